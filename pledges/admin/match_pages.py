"""The page on which staff see both sides of a match, the buttons on it, and what may fit."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import focal_points_of
from accounts.admin.requests import at_of, staff_of
from accounts.models import Stakeholder, User
from pledges import match_suggestions, matching
from pledges.admin.match_forms import NoteForm, OnRequestForm
from pledges.models import Pledge, PledgeMatch
from pledges.refusals import Refused

_PAGE = "admin:pledges_pledgematch_change"
_PAGE_SIZE = 10
_SHOWN_AT_MOST = 5
State = PledgeMatch.State


@dataclass(frozen=True)
class Side:
    """One side of a match, with those to whom staff would write."""

    title: str
    stakeholder: Stakeholder
    people: list[User]
    pledge: Pledge | None


def show(request: HttpRequest, pk: str | int, *, form: forms.Form | None = None, status: int = 200) -> HttpResponse:
    """Both pledges, both sides' focal points, what was offered and answered, and what staff can do."""
    if not request.user.has_perm("pledges.view_pledgematch"):
        raise PermissionDenied(_("Your role does not include reading matches. Ask an administrator."))
    match = _get(pk)
    may_act = request.user.has_perm("pledges.change_pledgematch")
    context: dict[str, Any] = {
        "match": match,
        "sides": _sides(request, match),
        "may_act": may_act,
        "may_answer": may_act and match.state == State.OFFERED,
        "may_withdraw": may_act and match.state in PledgeMatch.STANDING,
        "answer_form": form if isinstance(form, OnRequestForm) else OnRequestForm(),
        "note_form": form if isinstance(form, NoteForm) else NoteForm(initial=_note_initial(match)),
    }
    context |= {**admin.site.each_context(request), "opts": PledgeMatch._meta, "title": str(match)}  # noqa: SLF001 -- Django's documented API
    return render(request, "admin/pledges/pledgematch/match.html", context, status=status)


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Accepts for the host; the focal points of both sides are introduced."""
    return _answer(request, pk, matching.accept, _("Accepted. The focal points of both sides are introduced by mail."))


@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Declines for the host, with the reason that the other side reads."""
    return _answer(request, pk, matching.decline, _("Declined. The side that offered is told why."), "reason")


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes the offer back for the side that made it."""
    return _answer(request, pk, matching.withdraw, _("Taken back. The host is told."))


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Keeps the note of staff; of two who write at once the second sees the first one's."""
    actor, match, form = _may_act(request), _get(pk), NoteForm(request.POST)
    if not form.is_valid():
        return show(request, pk, form=form, status=422)
    said = form.cleaned_data
    try:
        matching.note(at=at_of(request), actor=actor, match=match, text=said["staff_note"], seen=said["seen"])
    except Refused as refused:
        again = NoteForm({"staff_note": said["staff_note"], "seen": match.staff_note})
        again.add_error("staff_note", str(refused))
        return show(request, pk, form=again, status=409)
    messages.success(request, _("The note is kept."))
    return redirect(_PAGE, pk)


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """The pledges that ask for support, each with those of others that fit best."""
    if not request.user.has_perm("pledges.view_pledgematch"):
        raise PermissionDenied(_("Your role does not include reading matches. Ask an administrator."))
    waiting = Count("offers_received", filter=Q(offers_received__state=State.OFFERED))
    asking = matching.asking(Pledge.objects.published_by(at_of(request)))
    listed = asking.annotate(waiting=waiting).prefetch_related("versions").order_by("reference")
    page = Paginator(listed, _PAGE_SIZE).get_page(request.GET.get("page"))
    found = match_suggestions.for_asking(
        Pledge.objects.filter(pk__in=[pledge.pk for pledge in page]), at=at_of(request)
    )
    found.sort(key=lambda pair: pair.asking.pledge_id)
    fitting = {key: list(pairs) for key, pairs in groupby(found, key=lambda pair: pair.asking.pledge_id)}
    rows = [(pledge, fitting.get(pledge.pk, [])[:_SHOWN_AT_MOST]) for pledge in page]
    context = {"page": page, "rows": rows, "title": _("What may fit"), "opts": PledgeMatch._meta}  # noqa: SLF001 -- Django's documented API
    return render(request, "admin/pledges/pledgematch/suggestions.html", context | admin.site.each_context(request))


def _answer(request: HttpRequest, pk: int, verb: Callable[..., PledgeMatch], done: str, *more: str) -> HttpResponse:
    actor, match, form = _may_act(request), _get(pk), OnRequestForm(request.POST)
    if not form.is_valid():
        return show(request, pk, form=form, status=422)
    said = {name: form.cleaned_data[name] for name in ("on_request_of", *more)}
    try:
        verb(at=at_of(request), actor=actor, match=match, **said)
    except Refused as refused:
        form.add_error(None, str(refused))
        return show(request, pk, form=form, status=409)
    messages.success(request, done)
    return redirect(_PAGE, pk)


def _may_act(request: HttpRequest) -> User:
    if not request.user.has_perm("pledges.change_pledgematch"):
        raise PermissionDenied(_("Your role does not include helping with matches. Ask an editor."))
    return staff_of(request)


def _get(pk: str | int) -> PledgeMatch:
    if not str(pk).isdecimal() or len(str(pk)) > 18:
        raise Http404
    related = ("pledge__occasion", "own_pledge", "stakeholder", "offered_by", "answered_by")
    match = PledgeMatch.objects.select_related(*related).filter(pk=pk).first()
    if match is None:
        raise Http404
    return match


def _sides(request: HttpRequest, match: PledgeMatch) -> list[Side]:
    host, offerer, at = matching.host_of(match), matching.offerer_of(match), at_of(request)
    return [
        Side(_("Host"), host, list(focal_points_of(host, at=at).order_by("pk")), match.pledge),
        Side(_("Offered by"), offerer, list(focal_points_of(offerer, at=at).order_by("pk")), match.own_pledge),
    ]


def _note_initial(match: PledgeMatch) -> dict[str, str]:
    return {"seen": match.staff_note, "staff_note": match.staff_note}
