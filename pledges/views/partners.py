"""Joint reporting: the text so far, what each partner adds to it, and who agrees."""

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import WRITERS
from accounts.models import Membership, User
from foundation.http import PortalRequest
from pledges import partners
from pledges.access import MyPledge, get_my_pledge
from pledges.content import TEXT_LANGUAGES, checked_text, content_of
from pledges.evidence import lines_of_draft
from pledges.form_fields import CheckedField, KindChoiceField
from pledges.models import PartnerNote, ProgressUpdate
from pledges.refusals import Refused, StaleRevision
from pledges.round_text import fields_of
from pledges.views import kept_text


class NoteForm(forms.Form):
    """A partner's part of a joint update."""

    text = CheckedField(
        check=checked_text,
        label=gettext_lazy("What your organization contributed"),
        help_text=gettext_lazy("The lead reads it and brings it into the common text. It is not published by itself."),
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
    )
    language = KindChoiceField(label=gettext_lazy("Language of your text"), choices=TEXT_LANGUAGES)
    seen = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: PortalRequest, reference: str) -> HttpResponse:
    """Reads for all parties of the pledge; a partner's writers keep their note, a partner's focal point agrees.

    Whoever is no longer logged in when the note arrives gets it back on a page to send again.
    """
    if not isinstance(request.user, User):
        is_sent = request.method == "POST"
        return kept_text.page_for_the_logged_out(request, form=NoteForm) if is_sent else _to_login(request)
    mine = get_my_pledge(request.user, reference, at=request.at)
    if request.method == "POST":
        return _receive(request, mine)
    return _page(request, mine, _form_of(mine))


def answer_csrf_failure(request: HttpRequest) -> HttpResponse | None:
    """The typed note in its form again after the security token had grown old; None for other pages."""
    match = request.resolver_match
    if match is None or match.view_name != "pledges:partner_notes" or not kept_text.comes_from_us(request):
        return None
    if not isinstance(request.user, User):
        return kept_text.page_for_the_logged_out(request, form=NoteForm)
    portal_request = cast("PortalRequest", request)
    try:
        mine = get_my_pledge(request.user, match.kwargs["reference"], at=portal_request.at)
    except Http404:
        return None
    form = NoteForm(request.POST)
    form.add_error(None, kept_text.press_once_more())
    return _page(portal_request, mine, form, status=403)


def _to_login(request: HttpRequest) -> HttpResponse:
    return redirect_to_login(request.get_full_path())


def _receive(request: PortalRequest, mine: MyPledge) -> HttpResponse:
    agrees = request.POST.get("action") == "agree"
    _require(mine, agrees=agrees)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, mine, form, status=422)
    if mine.open_update is None:
        form.add_error(None, _("There is no draft yet. Your text is still here; send it when the lead has begun one."))
        return _page(request, mine, form, status=422)
    try:
        _keep(request, mine, mine.open_update, form, agrees=agrees)
    except StaleRevision:
        form.add_error(None, _("Text or files have changed since you opened this page. Please look again below."))
        return _page(request, mine, _with_fresh_seen(form, mine), status=409)
    except Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, mine, form, status=409)
    done = _("Your note is kept, and you agree with the text.") if agrees else _("Your note is kept.")
    messages.success(request, done)
    return redirect("pledges:partner_notes", mine.pledge.reference)


def _keep(request: PortalRequest, mine: MyPledge, update: ProgressUpdate, form: NoteForm, *, agrees: bool) -> None:
    assert isinstance(request.user, User)  # noqa: S101 -- login_required says so; this tells the type
    partners.save_note(
        at=request.at,
        actor=request.user,
        update=update,
        stakeholder=mine.stakeholder,
        text=form.cleaned_data["text"],
        language=form.cleaned_data["language"] or "en",
    )
    if agrees:
        partners.agree(
            at=request.at,
            actor=request.user,
            update=update,
            stakeholder=mine.stakeholder,
            seen=form.cleaned_data["seen"],
        )


def _require(mine: MyPledge, *, agrees: bool) -> None:
    """Raises PermissionDenied, saying who can, unless the person may write a note, or agree."""
    if mine.relation != "partner":
        raise PermissionDenied(_("You report on this pledge: write into the update itself. Partners write here."))
    if mine.role not in WRITERS:
        raise PermissionDenied(_("As a reader you see the notes. A focal point or a contributor writes them."))
    if agrees and mine.role != Membership.Role.FOCAL_POINT:
        raise PermissionDenied(_("As a contributor you can keep a note. A focal point agrees with the text."))


def _page(request: PortalRequest, mine: MyPledge, form: NoteForm, *, status: int = 200) -> HttpResponse:
    update = mine.open_update
    content = content_of(update) if update else None
    context = {
        "mine": mine,
        "update": update,
        "form": form,
        "fields": [field for field in fields_of(content) if field.text] if content else [],
        "language": content["language"] if content else "",
        "files": lines_of_draft(update),
        "voices": partners.voices_on(update) if update else [],
        "may_note": mine.relation == "partner" and mine.role in WRITERS and update is not None and update.is_editable,
        "may_agree": mine.role == Membership.Role.FOCAL_POINT,
        "zone": getattr(request.user, "zone", "UTC"),
    }
    return render(request, "pledges/partner_notes.html", context, status=status)


def _form_of(mine: MyPledge) -> NoteForm:
    note = _own_note(mine)
    initial = {"text": note.text if note else "", "language": note.language if note else mine.version.language}
    return NoteForm(initial=initial | {"seen": _seen(mine)})


def _with_fresh_seen(form: NoteForm, mine: MyPledge) -> NoteForm:
    again = NoteForm({**form.data.dict(), "seen": _seen(mine)} if isinstance(form.data, QueryDict) else None)
    for error in form.non_field_errors():
        again.add_error(None, error)
    return again


def _seen(mine: MyPledge) -> str:
    return partners.fingerprint(mine.open_update) if mine.open_update else ""


def _own_note(mine: MyPledge) -> PartnerNote | None:
    if mine.open_update is None:
        return None
    return PartnerNote.objects.filter(update=mine.open_update, stakeholder=mine.stakeholder).first()
