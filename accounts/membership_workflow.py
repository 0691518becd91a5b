"""The verbs for roles: give, change, hand over, end. Each writes its history in the same transaction.

Whoever changes roles locks first the stakeholder, then the invitation, then the person, then the role, so that nobody
waits in a circle.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import contacts, mails
from accounts.access import focal_points_of, mailboxes_of, outranks
from accounts.models import ContactRequest, Invitation, Membership, Stakeholder, User
from foundation import history


class LastFocalPointError(ValidationError):
    """The role is the last by which somebody reports for its stakeholder; the caller must say that this is meant."""


def lock(stakeholder: Stakeholder) -> None:
    """Lets those who would change who reports for a stakeholder wait for each other; rows may still refer to it."""
    Stakeholder.objects.select_for_update(no_key=True).filter(pk=stakeholder.pk).first()


@transaction.atomic
def open_membership(*, at: datetime, actor: User | None, user: User, stakeholder: Stakeholder, role: str) -> Membership:
    """Gives a person a role from ``at`` on and tells the colleagues.

    A lesser role ends in its favour; an equal or higher one stays, and is returned.
    """
    membership, is_new = _give(user, stakeholder, role, actor=actor, at=at)
    if is_new:
        mails.tell_that_somebody_joined(membership, _others(membership, at=at), at=at)
    return membership


@transaction.atomic
def take_over(*, at: datetime, user: User, role: str, handed_over: Membership) -> Membership:
    """Gives a successor a role and ends the one that was handed over, in one step; all who are concerned are told.

    If that one ended meanwhile, or is the successor's own, the successor only joins.
    """
    lock(handed_over.stakeholder)
    handed_over = _locked(handed_over)
    if not handed_over.is_open(at) or handed_over.user_id == user.pk:
        stakeholder = handed_over.stakeholder
        return open_membership(at=at, actor=user, user=user, stakeholder=stakeholder, role=role)
    given, _is_new = _give(user, handed_over.stakeholder, role, actor=user, at=at)
    _end(handed_over, verb="role handed over", actor=user, at=at, successor=user.email)
    mails.tell_that_a_role_was_handed_over(handed_over, str(user), _others(given, at=at), accepted=True, at=at)
    return given


@transaction.atomic
def change_role(
    *, at: datetime, actor: User, membership: Membership, role: str, even_if_last: bool = False
) -> Membership:
    """Ends a role and begins another, lesser or higher, at the same moment; the person and the colleagues are told.

    The same role again changes nothing. Raises ValidationError when the role has ended meanwhile, and
    LastFocalPointError like ``end_membership``.
    """
    lock(membership.stakeholder)
    membership = _locked(membership)
    if not membership.is_open(at):
        raise ValidationError(_("This role ended meanwhile. Nothing was changed."))
    if membership.role == role:
        return membership
    _keep_one(membership, even_if_last=even_if_last, at=at)
    _close(membership, at=at)
    given = Membership.objects.create(
        user=membership.user, stakeholder=membership.stakeholder, role=role, begins_at=membership.ends_at or at
    )
    Invitation.objects.filter(hands_over=membership, accepted_at=None, revoked_at=None).update(hands_over=given)
    changes = {"person": given.user.email, "role": [membership.role, role]}
    history.record(at=at, actor=actor, verb="role changed", subject=given.stakeholder, changes=changes)
    _note_if_nobody_left(membership, actor=actor, at=at)
    mails.tell_that_a_role_changed(given, mailboxes_of(given.stakeholder, at=at), actor=actor, at=at)
    return given


@transaction.atomic
def end_membership(
    *, at: datetime, actor: User | None, membership: Membership, even_if_last: bool = True, successor: str = ""
) -> bool:
    """Ends a role at ``at`` and tells those who stay, and the person if somebody else did it.

    Whether there was anything to end. ``successor`` names who was invited to take over. Raises LastFocalPointError
    when nobody would be left to report, unless that is meant (``even_if_last``); staff then find a request to look
    for somebody.
    """
    lock(membership.stakeholder)
    membership = _locked(membership)
    if not membership.is_open(at) and membership.ends_at:
        return False
    _keep_one(membership, even_if_last=even_if_last, at=at)
    verb = "role handed over" if successor else "role left" if actor == membership.user else "role ended"
    _end(membership, verb=verb, actor=actor, at=at, **({"successor": successor} if successor else {}))
    tell_to = _others(membership, at=at)
    if successor:
        mails.tell_that_a_role_was_handed_over(membership, successor, tell_to, accepted=False, at=at)
    else:
        mails.tell_that_somebody_left(membership, tell_to, actor=actor, at=at)
    return True


def is_last(membership: Membership, *, at: datetime) -> bool:
    """Whether nobody but this person reports for the stakeholder at ``at``."""
    if membership.role != Membership.Role.FOCAL_POINT:
        return False
    return not focal_points_of(membership.stakeholder, at=at).exclude(pk=membership.user_id).exists()


def _locked(membership: Membership) -> Membership:
    rows = Membership.objects.select_for_update(of=("self",)).select_related("user", "stakeholder")
    return rows.get(pk=membership.pk)


def _give(
    user: User, stakeholder: Stakeholder, role: str, *, actor: User | None, at: datetime
) -> tuple[Membership, bool]:
    """The role, and whether it is new."""
    lock(stakeholder)
    # Two invitations for one person may be accepted at once: the second waits here for the first.
    User.objects.select_for_update().get(pk=user.pk)
    held = Membership.objects.filter(user=user, stakeholder=stakeholder, ends_at=None).first()
    if held and not outranks(role, held.role):
        return held, False
    if held:
        _close(held, at=at)
    membership = Membership.objects.create(user=user, stakeholder=stakeholder, role=role, begins_at=at)
    changes = {"person": user.email, "role": role}
    history.record(at=at, actor=actor, verb="role given", subject=stakeholder, changes=changes)
    if role == Membership.Role.FOCAL_POINT:
        contacts.settle(stakeholder, reason=ContactRequest.Reason.NOBODY_LEFT, at=at)
    return membership, True


def _end(membership: Membership, *, verb: str, actor: User | None, at: datetime, **more: str) -> None:
    """Ends it, with all that follows but the news."""
    _close(membership, at=at)
    changes = {"person": membership.user.email, "role": membership.role, **more}
    history.record(at=at, actor=actor, verb=verb, subject=membership.stakeholder, changes=changes)
    not_me = ContactRequest.Reason.NOT_ME
    contacts.settle(membership.stakeholder, reason=not_me, user=membership.user, by=actor, at=at)
    _note_if_nobody_left(membership, actor=actor, at=at)


def _close(membership: Membership, *, at: datetime) -> None:
    membership.ends_at = max(at, membership.begins_at)
    membership.save(update_fields=["ends_at"])


def _keep_one(membership: Membership, *, even_if_last: bool, at: datetime) -> None:
    if not even_if_last and is_last(membership, at=at):
        raise LastFocalPointError(
            _("Nobody else reports for %(name)s now. Say below that this is meant, or invite somebody first.")
            % {"name": membership.stakeholder}
        )


def _note_if_nobody_left(ended: Membership, *, actor: User | None, at: datetime) -> None:
    if is_last(ended, at=at):
        reason = ContactRequest.Reason.NOBODY_LEFT
        contacts.ask(at=at, actor=actor, user=ended.user, stakeholder=ended.stakeholder, reason=reason)


def _others(membership: Membership, *, at: datetime) -> dict[str, str]:
    """Where news about a person's role goes: to all but the person."""
    mailboxes = mailboxes_of(membership.stakeholder, at=at)
    mailboxes.pop(membership.user.email, None)
    return mailboxes
