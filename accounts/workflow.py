"""The verbs for invitations: invite, send again, revoke, accept. Each writes its history in the same transaction.

Roles begin and end in ``membership_workflow``, accounts open and close in ``account_workflow``, what focal points do
themselves stands in ``colleagues``.
"""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import mails
from accounts.access import mailboxes_of, outranks, role_for
from accounts.account_workflow import prove_address
from accounts.membership_workflow import lock, open_membership, take_over
from accounts.models import Invitation, Membership, Stakeholder, User
from foundation import history
from foundation.models import HistoryEntry
from foundation.text import clean_line

INVITATION_LASTS = timedelta(days=14)
NAME_AT_MOST = 120


@transaction.atomic
def invite(
    *,
    at: datetime,
    actor: User | None,
    address: str,
    stakeholder: Stakeholder,
    role: str = Membership.Role.FOCAL_POINT,
    name: str = "",
    language: str = "en",
    hands_over: Membership | None = None,
    tell: bool = True,
) -> Invitation:
    """Asks a person to report for a stakeholder; the mail goes out after the commit.

    The colleagues and the institutional mailbox are told, unless the caller tells them more (``tell``). Accepting it
    ends the role that it ``hands_over``. Raises ValidationError with a sentence for the reader: closed account (to
    staff only), role already held, open invitation, merged stakeholder, no address. An invitation that has expired
    makes room for the new one.
    """
    address = clean_line(address).lower()
    _refuse_if_needless(address, stakeholder, role, closed_is_told=actor is None or actor.is_staff, at=at)
    _make_room(address, stakeholder, actor=actor, at=at)
    invitation = Invitation(
        address=address,
        name=clean_line(name, at_most=NAME_AT_MOST),
        stakeholder=stakeholder,
        role=role,
        language=language,
        hands_over=hands_over,
        invited_by=actor,
        created_at=at,
        expires_at=at + INVITATION_LASTS,
    )
    invitation.full_clean(validate_unique=False)
    _save_only_one(invitation)
    _record(at, actor, "invited", stakeholder, address=address, role=role)
    mails.send_invitation(invitation, at=at)
    if tell:
        mails.tell_that_somebody_was_invited(invitation, mailboxes_of(stakeholder, at=at), at=at)
    return invitation


def _refuse_if_needless(
    address: str, stakeholder: Stakeholder, role: str, *, closed_is_told: bool, at: datetime
) -> None:
    person = User.objects.filter(email=address).first()
    if person is None:
        return
    if not person.is_active and closed_is_told:
        raise ValidationError(_("The account of this person is closed. Open it again first."))
    held = role_for(person, stakeholder, at=at)
    if held and not outranks(role, held):
        raise ValidationError(_("This person already has this role, or a higher one, for this stakeholder."))


def _make_room(address: str, stakeholder: Stakeholder, *, actor: User | None, at: datetime) -> None:
    """Takes back an invitation that nobody can accept any more; an open one stays and stands in the way."""
    pending = Invitation.objects.filter(
        address__iexact=address, stakeholder=stakeholder, accepted_at=None, revoked_at=None
    )
    for invitation in pending.filter(expires_at__lte=at):
        revoke_invitation(at=at, actor=actor, invitation=invitation)


def _save_only_one(invitation: Invitation) -> None:
    try:
        with transaction.atomic():
            invitation.save()
    except IntegrityError as error:
        # Two people of staff at once: the database let one of them win.
        raise ValidationError(
            _("This address has an open invitation for this stakeholder. Revoke it first.")
        ) from error


@transaction.atomic
def send_invitation_again(*, at: datetime, actor: User | None, invitation: Invitation) -> None:
    """Mails the link once more and gives it another 14 days. Raises ValidationError once it is accepted or revoked."""
    invitation = _locked(invitation)
    if invitation.accepted_at or invitation.revoked_at:
        raise ValidationError(_("This invitation was accepted or revoked. Invite the person anew."))
    invitation.expires_at = at + INVITATION_LASTS
    invitation.save(update_fields=["expires_at"])
    entry = _record(at, actor, "invited again", invitation.stakeholder, address=invitation.address)
    mails.send_invitation(invitation, at=at, copy=entry.pk)


@transaction.atomic
def revoke_invitation(*, at: datetime, actor: User | None, invitation: Invitation) -> bool:
    """Takes an invitation back; whether there was anything to take back."""
    pending = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
    if not pending.update(revoked_at=at):
        return False
    _record(at, actor, "invitation revoked", invitation.stakeholder, address=invitation.address)
    return True


@transaction.atomic
def accept_invitation(*, at: datetime, invitation: Invitation) -> User:
    """Makes the person, if new, and their role; accepting again changes nothing. Returns the person.

    Raises ValidationError, with a sentence for the reader, when the invitation is over or the account closed.
    """
    lock(invitation.stakeholder)
    invitation = _locked(invitation)
    if invitation.accepted_at:
        return User.objects.get(email=invitation.address.lower())
    if not invitation.is_usable(at):
        raise ValidationError(_("This invitation is over. Ask for a new one."))
    user = _person_behind(invitation)
    invitation.accepted_at = at
    invitation.save(update_fields=["accepted_at"])
    _record(at, user, "invitation accepted", invitation.stakeholder, address=invitation.address)
    if invitation.hands_over:
        take_over(at=at, user=user, role=invitation.role, handed_over=invitation.hands_over)
    else:
        open_membership(at=at, actor=user, user=user, stakeholder=invitation.stakeholder, role=invitation.role)
    return user


def _locked(invitation: Invitation) -> Invitation:
    """The row as it is now; others who want it wait for us (on SQLite they wait for the whole transaction)."""
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("stakeholder", "hands_over")
    return rows.get(pk=invitation.pk)


def _person_behind(invitation: Invitation) -> User:
    address = invitation.address.lower()
    user, _created = User.objects.get_or_create(
        email=address,
        defaults={"name": invitation.name, "language": invitation.language, "password": make_password(None)},
    )
    if not user.is_active:
        raise ValidationError(_("Your account was closed. Write to us, and we open it again."))
    # The link came to this mailbox, so the address is proven and works.
    prove_address(user)
    User.objects.filter(pk=user.pk).update(address_failed_at=None)
    return user


def _record(at: datetime, actor: User | None, verb: str, subject: Stakeholder | User, **changes: str) -> HistoryEntry:
    return history.record(at=at, actor=actor, verb=verb, subject=subject, changes=dict(changes))
