"""Who reports for a stakeholder, and what its focal points do about it. 404 for all who have no role for it."""

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import colleagues
from accounts.access import role_for
from accounts.fresh_code import page_for_stale_code
from accounts.membership_workflow import LastFocalPointError, is_last
from accounts.models import Membership, Stakeholder, User
from accounts.people_forms import HandOverForm, InviteForm, LeaveForm, RoleForm
from foundation.http import PortalRequest
from foundation.text import clean_line

_METHODS = ["GET", "HEAD", "POST"]
UNPROCESSABLE, CONFLICT = 422, 409


@dataclass(frozen=True)
class Mine:
    """A stakeholder as one person sees it who has a role for it."""

    stakeholder: Stakeholder
    user: User
    role: Membership.Role

    @property
    def may_change(self) -> bool:
        """Whether the person decides who reports."""
        return self.role == Membership.Role.FOCAL_POINT

    def require_change(self) -> None:
        """Raises PermissionDenied, saying who can, unless the person decides who reports."""
        if not self.may_change:
            raise PermissionDenied(_("A focal point invites people and changes their roles. You see who that is."))


@login_required
@require_http_methods(_METHODS)
def people(request: PortalRequest, slug: str) -> HttpResponse:
    """GET lists colleagues and open invitations; POST takes an invitation back."""
    mine = _mine(request, slug)
    if mine.stakeholder.slug != slug:
        return redirect("people", mine.stakeholder.slug, permanent=True)
    if request.method == "POST":
        return _revoke(request, mine)
    invitations = mine.stakeholder.invitations.usable_at(request.at).select_related("invited_by", "hands_over__user")
    context = {
        "mine": mine,
        "rows": _colleagues(request, mine.stakeholder),
        "invitations": invitations.order_by("created_at", "pk"),
        "zone": mine.user.zone,
    }
    return render(request, "accounts/people.html", context)


def _colleagues(request: PortalRequest, stakeholder: Stakeholder) -> list[Membership]:
    """Who can log in and do something, those who may most first."""
    held = stakeholder.memberships.open_at(request.at).filter(user__is_active=True).select_related("user")
    order = list(Membership.Role.values)
    return sorted(held.order_by("begins_at", "pk"), key=lambda row: order.index(row.role))


def _revoke(request: PortalRequest, mine: Mine) -> HttpResponse:
    mine.require_change()
    address = clean_line(request.POST.get("address", ""), at_most=254)
    try:
        revoked = colleagues.revoke_invitation(
            at=request.at, actor=mine.user, stakeholder=mine.stakeholder, address=address
        )
    except ValidationError as error:
        messages.warning(request, error.messages[0])
        return redirect("people", mine.stakeholder.slug)
    if revoked:
        messages.success(request, _("The invitation of %(address)s is taken back.") % {"address": address})
    else:
        messages.warning(request, _("That invitation is no longer open: it was accepted or taken back meanwhile."))
    return redirect("people", mine.stakeholder.slug)


@login_required
@require_http_methods(_METHODS)
def invite(request: PortalRequest, slug: str) -> HttpResponse:
    """Asks whom to invite; the mail goes out at once. Only with a fresh login code."""
    mine = _mine(request, slug)
    mine.require_change()
    if stale := page_for_stale_code(request, mine.user):
        return stale
    form = InviteForm(request.POST if request.method == "POST" else None, initial={"language": mine.user.language})
    status = _status_of(request, form)
    if form.is_bound and form.is_valid():
        try:
            invitation = colleagues.invite_colleague(
                at=request.at, actor=mine.user, stakeholder=mine.stakeholder, **form.cleaned_data
            )
        except ValidationError as error:
            form.add_error(None, error.messages)
            status = CONFLICT
        else:
            words = _("The invitation for %(address)s is on its way. It is open for 14 days.")
            messages.success(request, words % {"address": invitation.address})
            return redirect("people", mine.stakeholder.slug)
    return _page(request, "people_invite", mine, form, status=status)


@login_required
@require_http_methods(_METHODS)
def colleague(request: PortalRequest, slug: str, uuid: UUID) -> HttpResponse:
    """One colleague: POST changes the role, or ends it."""
    mine = _mine(request, slug)
    mine.require_change()
    held = mine.stakeholder.memberships.open_at(request.at).select_related("user", "stakeholder")
    membership = get_object_or_404(held, user__uuid=uuid, user__is_active=True)
    if membership.user_id == mine.user.pk:
        return redirect("people_leave", mine.stakeholder.slug)
    ends = request.POST.get("action") == "end"
    bound = request.method == "POST" and not ends
    form = RoleForm(request.POST if bound else None, initial={"role": membership.role})
    status = _status_of(request, form)
    if ends or (bound and form.is_valid()):
        try:
            _change(request, mine, membership, role="" if ends else form.cleaned_data["role"])
        except ValidationError as error:
            messages.warning(request, error.messages[0])
        return redirect("people", mine.stakeholder.slug)
    return _page(request, "people_colleague", mine, form, status=status, membership=membership)


def _change(request: PortalRequest, mine: Mine, membership: Membership, *, role: str) -> None:
    facts = {"who": membership.user}
    if role:
        colleagues.change_colleagues_role(at=request.at, actor=mine.user, membership=membership, role=role)
        messages.success(request, _("The role of %(who)s is changed.") % facts)
    elif colleagues.end_colleagues_role(at=request.at, actor=mine.user, membership=membership):
        messages.success(request, _("The role of %(who)s has ended. All who report are told.") % facts)
    else:
        messages.warning(request, _("The role of %(who)s had ended already.") % facts)


@login_required
@require_http_methods(_METHODS)
def hand_over(request: PortalRequest, slug: str) -> HttpResponse:
    """Asks who follows, and when the own role ends. Only with a fresh login code."""
    mine = _mine(request, slug)
    mine.require_change()
    if stale := page_for_stale_code(request, mine.user):
        return stale
    own = _own(request, mine)
    last = is_last(own, at=request.at)
    form = HandOverForm(request.POST if request.method == "POST" else None, initial={"language": mine.user.language})
    status = _status_of(request, form)
    if form.is_bound and form.is_valid():
        try:
            return _handed_over(request, mine, form)
        except LastFocalPointError:
            form.add_error("sure", _("Nobody else reports now. Tick this, or let your role end on acceptance."))
        except ValidationError as error:
            form.add_error(None, error.messages)
        status = CONFLICT
    pending = own.successors.usable_at(request.at).first()
    return _page(request, "people_hand_over", mine, form, status=status, is_last=last, pending=pending)


def _handed_over(request: PortalRequest, mine: Mine, form: HandOverForm) -> HttpResponse:
    given = dict(form.cleaned_data)
    at_once, sure = given.pop("when") == form.AT_ONCE, given.pop("sure", False)
    invitation = colleagues.hand_over(
        at=request.at, actor=mine.user, stakeholder=mine.stakeholder, at_once=at_once, even_if_last=sure, **given
    )
    if not at_once:
        words = _("%(address)s is invited. Your role ends as soon as the invitation is accepted; until then all stays.")
        messages.success(request, words % {"address": invitation.address})
        return redirect("people", mine.stakeholder.slug)
    words = _("Thank you. %(address)s is invited, and your role for %(name)s has ended.")
    messages.success(request, words % {"address": invitation.address, "name": mine.stakeholder})
    return redirect("home")


@login_required
@require_http_methods(_METHODS)
def leave(request: PortalRequest, slug: str) -> HttpResponse:
    """Names what follows when the person's own role ends; POST ends it."""
    mine = _mine(request, slug)
    own = _own(request, mine)
    last = is_last(own, at=request.at)
    form = LeaveForm(request.POST if request.method == "POST" else None, is_last=last)
    status = _status_of(request, form)
    if form.is_bound and form.is_valid():
        try:
            # What was ticked is what the page said: if the last colleague left meanwhile, it is asked anew.
            colleagues.leave(
                at=request.at, actor=mine.user, membership=own, even_if_last=request.POST.get("last") == "yes"
            )
        except LastFocalPointError as error:
            form = LeaveForm(None, is_last=True)
            return _page(request, "people_leave", mine, form, status=CONFLICT, is_last=True, wrong=error.messages[0])
        messages.success(
            request, _("Thank you for reporting. Your role for %(name)s has ended.") % {"name": mine.stakeholder}
        )
        return redirect("home")
    return _page(request, "people_leave", mine, form, status=status, is_last=last)


def _mine(request: PortalRequest, slug: str) -> Mine:
    """Raises Http404 for all who have no role for the stakeholder, or for the one that it was merged into."""
    assert isinstance(request.user, User)  # noqa: S101 -- login_required says so; this tells the type
    found = get_object_or_404(Stakeholder.objects.select_related("merged_into"), slug=slug)
    stakeholder = found.merged_into or found
    role = role_for(request.user, stakeholder, at=request.at)
    if role is None:
        raise Http404
    return Mine(stakeholder, request.user, role)


def _own(request: PortalRequest, mine: Mine) -> Membership:
    """The person's own role, the one that counts."""
    held = mine.stakeholder.memberships.open_at(request.at).filter(user=mine.user, role=mine.role)
    return held.select_related("user", "stakeholder").latest("begins_at")


def _status_of(request: PortalRequest, form: forms.Form) -> int:
    return UNPROCESSABLE if form.is_bound and not form.is_valid() else 200


def _page(
    request: PortalRequest, name: str, mine: Mine, form: forms.Form, *, status: int, **context: object
) -> HttpResponse:
    context |= {"mine": mine, "form": form, "zone": mine.user.zone}
    return render(request, f"accounts/{name}.html", context, status=status)
