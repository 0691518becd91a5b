"""What the form of an update saves by itself while somebody writes. The answers are for its script."""

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from accounts.models import User
from foundation.http import PortalRequest
from pledges import workflow
from pledges.access import MyPledge
from pledges.forms import UpdateForm
from pledges.refusals import StaleRevision
from pledges.templatetags.reporting import in_zone


def is_autosave(request: HttpRequest) -> bool:
    """Whether the script sent the form, not a person."""
    return request.POST.get("action") == "autosave"


def answer_the_logged_out() -> JsonResponse:
    """Says where the text is, and what to do; for who has no session, and whose form has grown old."""
    return answer(
        403,
        _("Not saved: you are logged out. Your text is still here: press “Save draft” to log in again and keep it."),
    )


def save(request: PortalRequest, user: User, mine: MyPledge) -> JsonResponse:
    """Keeps what is written so far; 403, 409 and 422 come with a sentence for the writer, who loses nothing."""
    try:
        mine.require_draft()
    except PermissionDenied as refused:
        return answer(403, _("Not saved: %(reason)s") % {"reason": refused})
    form = UpdateForm(request.POST)
    if not form.is_valid():
        return answer(422, _("Not saved yet: %(fields)s cannot be read.") % {"fields": names(form)})
    try:
        update = workflow.save_draft(
            at=request.at,
            actor=user,
            pledge=mine.pledge,
            stakeholder=mine.reporter,
            revision=form.cleaned_data["revision"],
            fields=form.content,
            by_itself=True,
        )
    except StaleRevision:
        return answer(
            409,
            _("Not saved: this update was changed elsewhere. Press “Save draft” to see both texts and to choose."),
        )
    sentence = _("Saved by itself, %(moment)s.") % {"moment": in_zone(request.at, user.zone)}
    return answer(200, sentence, revision=update.revision)


def names(form: forms.Form) -> str:
    """The labels of the fields that could not be read."""
    labels = [str(form.fields[name].label) for name in form.errors if name in form.fields]
    return ", ".join(_("“%(label)s”") % {"label": label} for label in dict.fromkeys(labels))


def answer(status: int, sentence: str, **more: int) -> JsonResponse:
    """For the script: a sentence for the person, and the next revision when something was saved."""
    return JsonResponse({"sentence": sentence, **more}, status=status)
