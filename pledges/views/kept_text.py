"""Text that arrived but could not be taken goes back to the person, on a page that can send it again."""

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.models import User
from foundation.http import PortalRequest
from pledges.access import MyPledge, get_my_pledge
from pledges.evidence_form import to_choose_again
from pledges.form_fields import marked
from pledges.forms import UpdateForm

ShowForm = Callable[..., HttpResponse]


def page_for_the_logged_out(request: HttpRequest, *, form: type[forms.Form] = UpdateForm) -> HttpResponse:
    """The session has ended: nothing is stored, the page itself carries the text. Tells nothing of the pledge."""
    return render(request, "pledges/log_in_again.html", _context(request, form), status=403)


def page_for_the_refused(request: HttpRequest, *, reason: str, form: type[forms.Form] = UpdateForm) -> HttpResponse:
    """The person may not take this step (any more): says why, and gives the text back for copying."""
    return render(request, "pledges/text_refused.html", _context(request, form) | {"reason": reason}, status=403)


def after_csrf_failure(request: HttpRequest, show_form: ShowForm) -> HttpResponse | None:
    """For the form of an update sent from our own pages with an old token (after logging in in another tab)."""
    match = request.resolver_match
    if match is None or match.view_name != "pledges:update" or not comes_from_us(request):
        return None
    if not isinstance(request.user, User):
        return page_for_the_logged_out(request)
    return _form_once_more(request, match.kwargs["reference"], show_form)


def _form_once_more(request: Any, reference: str, show_form: ShowForm) -> HttpResponse | None:
    portal_request: PortalRequest = request
    try:
        mine: MyPledge = get_my_pledge(request.user, reference, at=portal_request.at)
    except Http404:
        return None
    if not mine.may_draft:
        return page_for_the_refused(request, reason=mine.why_not())
    form = UpdateForm(request.POST)
    form.add_error(None, press_once_more())
    return show_form(portal_request, mine, form, evidence_form=to_choose_again(request), status=403)


def press_once_more() -> str:
    """What is said above a form whose security token had grown old."""
    return _(
        "Your text is here, but not saved yet: the form was open for long, or you logged in again in another tab. "
        "Press the button once more."
    )


def comes_from_us(request: HttpRequest) -> bool:
    """Whether the browser says that one of our own pages sent the form; a foreign page must not fill it."""
    here = f"{request.scheme}://{request.get_host()}"
    origin = request.headers.get("Origin")
    return origin == here if origin else request.headers.get("Referer", "").startswith(f"{here}/")


def _context(request: HttpRequest, form: type[forms.Form]) -> dict[str, object]:
    return {"kept": list(_kept(request, form())), "action": request.path, "lost_file": "evidence" in request.FILES}


def _kept(request: HttpRequest, form: forms.Form) -> Iterator[dict[str, object]]:
    """The known fields that were sent, with their names and texts; others are not sent back."""
    typed = marked(request.POST)
    for name, field in form.fields.items():
        is_long = isinstance(field.widget, forms.Textarea)
        is_shown = is_long or type(field.widget) in (forms.TextInput, forms.DateInput)
        for text in typed.getlist(name) if name in typed else []:
            if text:
                yield {"name": name, "label": field.label, "text": text, "is_shown": is_shown, "is_long": is_long}
