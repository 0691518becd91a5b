"""Matching: offers that a person's stakeholders made or were made, and what to do with them."""

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Membership, Stakeholder, User
from foundation.http import PortalRequest
from pledges import match_access, match_suggestions, matching
from pledges.access import roles_by_stakeholder
from pledges.content import checked_text
from pledges.match_suggestions import SHOWN_AT_MOST
from pledges.models import PledgeMatch
from pledges.refusals import Refused
from pledges.views import kept_text

State = PledgeMatch.State
Roles = dict[Stakeholder, Membership.Role]
PAGE_SIZE = 25
_LISTS = ("waiting", "others", "asked")


class KeptReason(forms.Form):
    """What is given back to somebody whose session has ended."""

    reason = forms.CharField(label=gettext_lazy("Why you decline"), widget=forms.Textarea)


@dataclass(frozen=True)
class Sides:
    """One offer, and for which of its sides a person acts."""

    match: PledgeMatch
    host: Stakeholder
    offerer: Stakeholder
    roles: Roles

    @property
    def may_answer(self) -> bool:
        """Whether the person can accept or decline now."""
        return self.match.state == State.OFFERED and self.roles.get(self.host) == Membership.Role.FOCAL_POINT

    @property
    def may_withdraw(self) -> bool:
        """Whether the person can take the offer back now."""
        stands = self.match.state in PledgeMatch.STANDING
        return stands and self.roles.get(self.offerer) == Membership.Role.FOCAL_POINT


@dataclass(frozen=True)
class Listed:
    """One page of one of the lists; ``query`` keeps the others where they are."""

    page: Page[Any]
    name: str
    query: str


@login_required
@require_safe
def matches(request: PortalRequest) -> HttpResponse:
    """Offers to answer, what fits, the pledges that ask for support, and all other offers."""
    roles = roles_of(request)
    able, at = focal_point_of(roles), request.at
    waiting = match_access.waiting_for(roles)
    others = match_access.offers_of(roles).exclude(pk__in=waiting.values("pk"))
    asked = match_access.asking_others(roles, at=at).prefetch_related("versions")
    context = {
        "waiting": _listed(request, _shown(waiting), "waiting"),
        "others": _listed(request, _shown(others), "others"),
        "asked": _listed(request, asked, "asked"),
        "to_offer": match_suggestions.for_offering(match_access.led_by(able), at=at)[:SHOWN_AT_MOST],
        "to_be_offered": match_suggestions.for_asking(match_access.led_by(able), at=at)[:SHOWN_AT_MOST],
        "may_offer": bool(able),
        "zone": getattr(request.user, "zone", "UTC"),
    }
    return render(request, "pledges/matches.html", context)


def _listed(request: PortalRequest, rows: QuerySet[Any], name: str) -> Listed:
    numbers = {key: request.GET[key] for key in _LISTS if key != name and key in request.GET}
    return Listed(Paginator(rows, PAGE_SIZE).get_page(request.GET.get(name)), name, urlencode(numbers))


def _shown(rows: QuerySet[PledgeMatch]) -> QuerySet[PledgeMatch]:
    return rows.select_related("pledge", "stakeholder", "own_pledge")


@require_http_methods(["GET", "HEAD", "POST"])
def match(request: PortalRequest, uuid: UUID) -> HttpResponse:
    """One offer for both sides: the host's focal points answer, the offering one's take it back."""
    if not request.user.is_authenticated and _has_reason(request):
        return _give_back(request)
    return _match(request, uuid)


def answer_csrf_failure(request: HttpRequest) -> HttpResponse | None:
    """The typed reason in its form again after the security token had grown old; None for other pages."""
    at = request.resolver_match
    if at is None or at.view_name != "pledges:match" or not kept_text.comes_from_us(request):
        return None
    if not request.user.is_authenticated:
        return _give_back(request) if _has_reason(request) else None
    portal_request = cast("PortalRequest", request)
    try:
        sides = _sides(portal_request, at.kwargs["uuid"])
    except Http404:
        return None
    return _match_page(portal_request, sides, wrong=kept_text.press_once_more(), status=403)


def _has_reason(request: HttpRequest) -> bool:
    return bool(request.POST.get("reason", "").strip())


def _give_back(request: HttpRequest) -> HttpResponse:
    late = _("You were logged out before it arrived. Copy your text, log in, and open the offer again.")
    return kept_text.page_for_the_refused(request, reason=late, form=KeptReason)


@login_required
def _match(request: PortalRequest, uuid: UUID) -> HttpResponse:
    sides = _sides(request, uuid)
    if request.method != "POST":
        return _match_page(request, sides)
    try:
        _act(request, sides)
    except Refused as refused:
        sides.match.refresh_from_db()
        return _match_page(request, sides, wrong=str(refused), status=409)
    return redirect("pledges:match", uuid)


def _sides(request: PortalRequest, uuid: UUID) -> Sides:
    """The offer, for a person of either side. Raises Http404 for everybody else."""
    roles = roles_of(request)
    found = get_object_or_404(_shown(match_access.offers_of(roles)), uuid=uuid)
    return Sides(found, matching.host_of(found), matching.offerer_of(found), roles)


def _act(request: PortalRequest, sides: Sides) -> None:
    action, user, role = request.POST.get("action"), person_of(request), Membership.Role.FOCAL_POINT
    side = sides.offerer if action == "withdraw" else sides.host
    if sides.roles.get(side) != role:
        raise PermissionDenied(_("A focal point of %(name)s decides this.") % {"name": side})
    if action == "accept":
        matching.accept(at=request.at, actor=user, match=sides.match)
    elif action == "withdraw":
        matching.withdraw(at=request.at, actor=user, match=sides.match)
    elif action == "decline":
        matching.decline(at=request.at, actor=user, match=sides.match, reason=_reason(request))
    else:
        raise Refused(_("This page does not know what to do. Please use one of its buttons."))


def _reason(request: PortalRequest) -> str:
    try:
        return checked_text(request.POST.get("reason", ""))
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error


def _match_page(request: PortalRequest, sides: Sides, *, wrong: str = "", status: int = 200) -> HttpResponse:
    # What was taken back from the public is its host's alone.
    may_read = sides.match.pledge.is_published_by(request.at) or sides.host in sides.roles
    context = {
        "sides": sides,
        "match": sides.match,
        "version": sides.match.pledge.current if may_read else None,
        "wrong": wrong,
        "reason": request.POST.get("reason", ""),
        "zone": getattr(request.user, "zone", "UTC"),
    }
    return render(request, "pledges/match.html", context, status=status)


def roles_of(request: PortalRequest) -> Roles:
    """A person's roles. Raises Http404 for people without any, staff included."""
    roles = roles_by_stakeholder(request.user, at=request.at)
    if not roles:
        raise Http404
    return roles


def focal_point_of(roles: Roles) -> list[Stakeholder]:
    """For whom the person can offer and answer."""
    return [row for row, role in roles.items() if role == Membership.Role.FOCAL_POINT]


def person_of(request: PortalRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 -- login_required says so; this tells the type
    return request.user
