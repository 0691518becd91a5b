"""What focal points do about their colleagues: invite, revoke, change, end, hand over, leave.

Each verb lets others wait who change the same stakeholder's people, and looks once more whether the person may.
"""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import membership_workflow, workflow
from accounts.access import role_for
from accounts.models import Invitation, Membership, Stakeholder, User

INVITATIONS_A_DAY = 20
_DAY = timedelta(days=1)
Role = Membership.Role


@transaction.atomic
def invite_colleague(
    *, at: datetime, actor: User, stakeholder: Stakeholder, address: str, role: str, name: str, language: str
) -> Invitation:
    """A focal point asks somebody to report for the stakeholder as well.

    Raises ValidationError like ``workflow.invite``, and after too many invitations in a day. Whether the portal
    knows the address is not said.
    """
    _require_focal_point(actor, stakeholder, at=at)
    _refuse_too_many(stakeholder, at=at)
    return workflow.invite(
        at=at, actor=actor, address=address, stakeholder=stakeholder, role=role, name=name, language=language
    )


@transaction.atomic
def revoke_invitation(*, at: datetime, actor: User, stakeholder: Stakeholder, address: str) -> bool:
    """A focal point takes an invitation back; whether one was pending for this address."""
    _require_focal_point(actor, stakeholder, at=at)
    # The database keeps one pending for an address.
    pending = stakeholder.invitations.filter(address__iexact=address, accepted_at=None, revoked_at=None).first()
    return pending is not None and workflow.revoke_invitation(at=at, actor=actor, invitation=pending)


@transaction.atomic
def change_colleagues_role(*, at: datetime, actor: User, membership: Membership, role: str) -> Membership:
    """A focal point gives a colleague another role. Raises ValidationError when that is not possible any more."""
    _require_focal_point(actor, membership.stakeholder, at=at)
    return membership_workflow.change_role(at=at, actor=actor, membership=membership, role=role)


@transaction.atomic
def end_colleagues_role(*, at: datetime, actor: User, membership: Membership) -> bool:
    """A focal point ends a colleague's role, which tells the colleague; whether it had not ended yet."""
    _require_focal_point(actor, membership.stakeholder, at=at)
    return membership_workflow.end_membership(at=at, actor=actor, membership=membership, even_if_last=False)


@transaction.atomic
def hand_over(
    *,
    at: datetime,
    actor: User,
    stakeholder: Stakeholder,
    address: str,
    name: str,
    language: str,
    at_once: bool,
    even_if_last: bool = False,
) -> Invitation:
    """A focal point invites a successor; the own role ends when that person accepts, or ``at_once``.

    Raises ValidationError like ``invite_colleague`` or when a successor was invited already, and LastFocalPointError
    when nobody would report from now on unless that is meant.
    """
    _require_focal_point(actor, stakeholder, at=at)
    _refuse_too_many(stakeholder, at=at)
    own = stakeholder.memberships.open_at(at).filter(user=actor, role=Role.FOCAL_POINT).latest("begins_at")
    _refuse_second_successor(own, at=at)
    invitation = workflow.invite(
        at=at,
        actor=actor,
        address=address,
        stakeholder=stakeholder,
        name=name,
        language=language,
        hands_over=None if at_once else own,
        tell=not at_once,
    )
    if at_once:
        membership_workflow.end_membership(
            at=at, actor=actor, membership=own, even_if_last=even_if_last, successor=invitation.address
        )
    return invitation


@transaction.atomic
def leave(*, at: datetime, actor: User, membership: Membership, even_if_last: bool = False) -> bool:
    """A person gives up the own role; whether it had not ended yet. Raises LastFocalPointError as above."""
    if membership.user_id != actor.pk:
        raise ValidationError(_("This is somebody else's role."))
    return membership_workflow.end_membership(at=at, actor=actor, membership=membership, even_if_last=even_if_last)


def _require_focal_point(actor: User, stakeholder: Stakeholder, *, at: datetime) -> None:
    """Waits for others, then looks whether the role still holds."""
    membership_workflow.lock(stakeholder)
    if role_for(actor, stakeholder, at=at) != Role.FOCAL_POINT:
        raise ValidationError(_("Your role was changed or ended meanwhile, so nothing was done."))


def _refuse_too_many(stakeholder: Stakeholder, *, at: datetime) -> None:
    sent = stakeholder.invitations.filter(created_at__gt=at - _DAY, invited_by__is_staff=False).count()
    if sent >= INVITATIONS_A_DAY:
        raise ValidationError(
            _("%(count)d invitations went out within a day. Please go on tomorrow, or ask us to help.")
            % {"count": INVITATIONS_A_DAY}
        )


def _refuse_second_successor(own: Membership, *, at: datetime) -> None:
    """An expired invitation makes room; an open one stands in the way."""
    for pending in own.successors.filter(accepted_at=None, revoked_at=None):
        if pending.is_usable(at):
            raise ValidationError(
                _("You invited %(address)s as your successor already. Take that invitation back first.")
                % {"address": pending.address}
            )
        workflow.revoke_invitation(at=at, actor=own.user, invitation=pending)
