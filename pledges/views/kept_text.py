"""Text that arrived but could not be taken goes back to the person, on a page that can send it again."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.models import User
from foundation.http import PortalRequest
from pledges.access import MyPledge, get_my_pledge
from pledges.evidence_form import to_choose_again
from pledges.forms import UpdateForm, marked

_LONG = ("narrative", "challenges", "support_needed", "refugees_involved", "links")
ShowForm = Callable[..., HttpResponse]


def page_for_the_logged_out(request: HttpRequest) -> HttpResponse:
    """The session has ended: nothing is stored, the page itself carries the text. Tells nothing of the pledge."""
    return render(request, "pledges/log_in_again.html", _context(request), status=403)


def page_for_the_refused(request: HttpRequest, *, reason: str) -> HttpResponse:
    """The person may not take this step (any more): says why, and gives the text back for copying."""
    return render(request, "pledges/text_refused.html", _context(request) | {"reason": reason}, status=403)


def after_csrf_failure(request: HttpRequest, show_form: ShowForm) -> HttpResponse | None:
    """For the form of an update sent from our own pages with an old token (after logging in in another tab)."""
    match = request.resolver_match
    if match is None or match.view_name != "pledges:update" or not _comes_from_us(request):
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
    form.add_error(
        None,
        _(
            "Your text is here, but not saved yet: the form was open for long, or you logged in again in another tab. "
            "Press the button once more."
        ),
    )
    return show_form(portal_request, mine, form, evidence_form=to_choose_again(request), status=403)


def _comes_from_us(request: HttpRequest) -> bool:
    """Whether the browser says that one of our own pages sent the form; a foreign page must not fill it."""
    here = f"{request.scheme}://{request.get_host()}"
    origin = request.headers.get("Origin")
    return origin == here if origin else request.headers.get("Referer", "").startswith(f"{here}/")


def _context(request: HttpRequest) -> dict[str, object]:
    return {"kept": list(_kept(request)), "action": request.path, "lost_file": "evidence" in request.FILES}


def _kept(request: HttpRequest) -> Iterator[dict[str, object]]:
    """The known fields that were sent, with their names and texts; others are not sent back."""
    typed = marked(request.POST)
    for name, field in UpdateForm().fields.items():
        if typed.get(name):
            shown = name in _LONG or name.startswith("result_")
            yield {"name": name, "label": field.label, "text": typed[name], "is_shown": shown, "is_long": name in _LONG}
