"""Matching: offers that a person's stakeholders made or were made, and what to do with them."""

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from crispy_forms.helper import FormHelper
from django import forms
from django.contrib import messages
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
from pledges.content import TEXT_LANGUAGES, checked_text
from pledges.form_fields import CheckedField, KindChoiceField
from pledges.match_suggestions import SHOWN_AT_MOST
from pledges.models import Pledge, PledgeMatch
from pledges.refusals import Refused
from pledges.views import kept_text
from pledges.windows import reporter_of

State = PledgeMatch.State
Roles = dict[Stakeholder, Membership.Role]
PAGE_SIZE = 25
_LISTS = ("waiting", "others", "asked")


class OfferForm(forms.Form):
    """What is offered, by which stakeholder."""

    stakeholder = forms.ChoiceField(label=gettext_lazy("Offered by"))
    own_pledge = KindChoiceField(label=gettext_lazy("With one of your pledges"))
    text = CheckedField(
        check=checked_text,
        label=gettext_lazy("What you offer"),
        help_text=gettext_lazy("The host country's focal points and UNHCR's team read it. It is never public."),
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
    )
    language = KindChoiceField(label=gettext_lazy("Language of your text"), choices=TEXT_LANGUAGES)

    def __init__(self, data: Any, *, stakeholders: list[Stakeholder], pledges: list[Pledge]) -> None:
        super().__init__(data, initial={"language": "en"})
        self.stakeholders = {row.slug: row for row in stakeholders}
        self.pledges = {row.reference: row for row in pledges}
        who, what = self.fields["stakeholder"], self.fields["own_pledge"]
        assert isinstance(who, forms.ChoiceField)  # noqa: S101 -- declared above; this tells the type
        assert isinstance(what, forms.ChoiceField)  # noqa: S101 -- declared above; this tells the type
        who.choices = [(slug, row.name) for slug, row in self.stakeholders.items()]
        titles = [(row.reference, f"{row.reference}: {row.current.title}") for row in pledges]
        what.choices = [("", _("None: only in words")), *titles]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class KeptOffer(forms.Form):
    """What is given back to somebody whose session has ended."""

    text = forms.CharField(label=gettext_lazy("What you offer"), widget=forms.Textarea)


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
    roles = _roles(request)
    able, at = _able(roles), request.at
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
def offer(request: PortalRequest, reference: str) -> HttpResponse:
    """The form of an offer to one policy pledge; for focal points of others."""
    if request.method == "POST" and not request.user.is_authenticated:
        return _give_back(request)
    return _offer(request, reference)


def answer_csrf_failure(request: HttpRequest) -> HttpResponse | None:
    """The typed offer in its form again after the security token had grown old; None for other pages."""
    at = request.resolver_match
    if at is None or at.view_name != "pledges:offer" or not kept_text.comes_from_us(request):
        return None
    if not request.user.is_authenticated:
        return _give_back(request)
    portal_request = cast("PortalRequest", request)
    try:
        pledge, form = _asked(portal_request, at.kwargs["reference"])
    except Http404:
        return None
    except PermissionDenied as refused:
        return kept_text.page_for_the_refused(request, reason=str(refused), form=KeptOffer)
    form.add_error(None, kept_text.press_once_more())
    return _offer_page(portal_request, pledge, form, status=403)


def _give_back(request: HttpRequest) -> HttpResponse:
    late = _("You were logged out before it arrived. Copy your text, log in, and open the pledge again.")
    return kept_text.page_for_the_refused(request, reason=late, form=KeptOffer)


@login_required
def _offer(request: PortalRequest, reference: str) -> HttpResponse:
    pledge, form = _asked(request, reference)
    if request.method != "POST":
        return _offer_page(request, pledge, form)
    if not form.is_valid():
        return _offer_page(request, pledge, form, status=422)
    said = form.cleaned_data
    try:
        match = matching.offer(
            at=request.at,
            actor=_user(request),
            pledge=pledge,
            stakeholder=form.stakeholders[said["stakeholder"]],
            own_pledge=form.pledges.get(said["own_pledge"]),
            text=said["text"],
            language=said["language"] or "en",
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return _offer_page(request, pledge, form, status=409)
    messages.success(request, _("Thank you. The host's focal points get a mail and answer here."))
    return redirect("pledges:match", match.uuid)


def _asked(request: PortalRequest, reference: str) -> tuple[Pledge, OfferForm]:
    """The policy pledge, and the form as it was sent. Raises Http404, and PermissionDenied for who may not offer."""
    roles = _roles(request)
    asked = matching.asking(Pledge.objects.published_by(request.at))
    pledge = get_object_or_404(asked.prefetch_related("versions"), reference=reference)
    able = _able(roles)
    if not able:
        raise PermissionDenied(_("A focal point offers support. You see the offers under “Matching”."))
    led = match_access.led_by(able).exclude(pk=pledge.pk)
    own = list(led.prefetch_related("versions").order_by("reference"))
    form = OfferForm(request.POST if request.method == "POST" else None, stakeholders=able, pledges=own)
    form.initial.update(_linked(request, own))
    return pledge, form


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def match(request: PortalRequest, uuid: UUID) -> HttpResponse:
    """One offer for both sides: the host's focal points answer, the offering one's take it back."""
    roles = _roles(request)
    found = get_object_or_404(_shown(match_access.offers_of(roles)), uuid=uuid)
    sides = Sides(found, matching.host_of(found), matching.offerer_of(found), roles)
    if request.method != "POST":
        return _match_page(request, sides)
    try:
        _act(request, sides)
    except Refused as refused:
        found.refresh_from_db()
        return _match_page(request, sides, wrong=str(refused), status=409)
    return redirect("pledges:match", uuid)


def _act(request: PortalRequest, sides: Sides) -> None:
    action, user, role = request.POST.get("action"), _user(request), Membership.Role.FOCAL_POINT
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


def _offer_page(request: PortalRequest, pledge: Pledge, form: OfferForm, *, status: int = 200) -> HttpResponse:
    asked = Pledge.objects.filter(pk=pledge.pk)
    own = Pledge.objects.filter(pk__in=[row.pk for row in form.pledges.values()])
    fitting = match_suggestions.for_offering(own, at=request.at, asking=asked)[:SHOWN_AT_MOST]
    context = {"pledge": pledge, "version": pledge.current, "form": form, "fitting": fitting}
    return render(request, "pledges/offer.html", context, status=status)


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


def _roles(request: PortalRequest) -> Roles:
    """A person's roles. Raises Http404 for people without any, staff included."""
    roles = roles_by_stakeholder(request.user, at=request.at)
    if not roles:
        raise Http404
    return roles


def _able(roles: Roles) -> list[Stakeholder]:
    """For whom the person can offer and answer."""
    return [row for row, role in roles.items() if role == Membership.Role.FOCAL_POINT]


def _linked(request: PortalRequest, own: list[Pledge]) -> dict[str, str]:
    """The pledge that a suggestion names in its address and who leads it, if it is one of the person's."""
    wanted = request.GET.get("with")
    found = next((row for row in own if row.reference == wanted), None)
    return {"own_pledge": found.reference, "stakeholder": reporter_of(found, None).slug} if found else {}


def _user(request: PortalRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 -- login_required says so; this tells the type
    return request.user
