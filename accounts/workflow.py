"""The verbs of this room: invite, accept, end, close. Each writes its history in the same transaction."""

from collections.abc import Collection
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import mails
from accounts.access import mailboxes_of, outranks, role_for
from accounts.changes import tell_stakeholder_changed
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
) -> Invitation:
    """Asks a person to report for a stakeholder; the mail goes out after the commit.

    Raises ValidationError with a sentence for the reader: closed account, role already held, open invitation,
    merged stakeholder, no address. An invitation that has expired makes room for the new one.
    """
    address = clean_line(address).lower()
    _refuse_if_needless(address, stakeholder, role, at=at)
    _make_room(address, stakeholder, actor=actor, at=at)
    invitation = Invitation(
        address=address,
        name=clean_line(name, at_most=NAME_AT_MOST),
        stakeholder=stakeholder,
        role=role,
        language=language,
        invited_by=actor,
        created_at=at,
        expires_at=at + INVITATION_LASTS,
    )
    invitation.full_clean(validate_unique=False)
    _save_only_one(invitation)
    _record(at, actor, "invited", stakeholder, address=address, role=role)
    mails.send_invitation(invitation, at=at)
    return invitation


def _refuse_if_needless(address: str, stakeholder: Stakeholder, role: str, *, at: datetime) -> None:
    person = User.objects.filter(email=address).first()
    if person is None:
        return
    if not person.is_active:
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
    invitation = _locked(invitation)
    if invitation.accepted_at:
        return User.objects.get(email=invitation.address.lower())
    if not invitation.is_usable(at):
        raise ValidationError(_("This invitation is over. Ask for a new one."))
    user = _person_behind(invitation)
    invitation.accepted_at = at
    invitation.save(update_fields=["accepted_at"])
    _record(at, user, "invitation accepted", invitation.stakeholder, address=invitation.address)
    open_membership(at=at, actor=user, user=user, stakeholder=invitation.stakeholder, role=invitation.role)
    return user


def _locked(invitation: Invitation) -> Invitation:
    """The row as it is now; others who want it wait for us (on SQLite they wait for the whole transaction)."""
    return Invitation.objects.select_for_update(of=("self",)).select_related("stakeholder").get(pk=invitation.pk)


def _person_behind(invitation: Invitation) -> User:
    address = invitation.address.lower()
    user, _created = User.objects.get_or_create(
        email=address,
        defaults={"name": invitation.name, "language": invitation.language, "password": make_password(None)},
    )
    if not user.is_active:
        raise ValidationError(_("Your account was closed. Write to us, and we open it again."))
    # The link came to this mailbox, so the address is proven and works.
    _prove_address(user)
    User.objects.filter(pk=user.pk).update(address_failed_at=None)
    return user


def _prove_address(user: User) -> None:
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


@transaction.atomic
def open_membership(*, at: datetime, actor: User | None, user: User, stakeholder: Stakeholder, role: str) -> Membership:
    """Gives a person a role from ``at`` on and tells the colleagues.

    A lesser role ends in its favour; an equal or higher one stays, and is returned.
    """
    # Two invitations for one person may be accepted at once: the second waits here for the first.
    User.objects.select_for_update().get(pk=user.pk)
    held = Membership.objects.filter(user=user, stakeholder=stakeholder, ends_at=None).first()
    if held and not outranks(role, held.role):
        return held
    if held:
        _end(held, at=at)
    membership = Membership.objects.create(user=user, stakeholder=stakeholder, role=role, begins_at=at)
    _record(at, actor, "role given", stakeholder, person=user.email, role=role)
    mails.tell_that_somebody_joined(membership, _others(membership, at=at), at=at)
    return membership


@transaction.atomic
def end_membership(*, at: datetime, actor: User | None, membership: Membership) -> bool:
    """Ends a role at ``at`` and tells those who stay; whether there was anything to end."""
    membership = (
        Membership.objects.select_for_update(of=("self",)).select_related("user", "stakeholder").get(pk=membership.pk)
    )
    if membership.ends_at and membership.ends_at <= at:
        return False
    _end(membership, at=at)
    _record(at, actor, "role ended", membership.stakeholder, person=membership.user.email, role=membership.role)
    mails.tell_that_somebody_left(membership, _others(membership, at=at), at=at)
    return True


def _end(membership: Membership, *, at: datetime) -> None:
    membership.ends_at = max(at, membership.begins_at)
    membership.save(update_fields=["ends_at"])


def _others(membership: Membership, *, at: datetime) -> dict[str, str]:
    mailboxes = mailboxes_of(membership.stakeholder, at=at)
    mailboxes.pop(membership.user.email, None)
    return mailboxes


@transaction.atomic
def save_changes(*, at: datetime, actor: User | None, row: User | Stakeholder, changed: Collection[str]) -> None:
    """Saves the named fields of a person or a stakeholder, or a new row whole, and says in the history which."""
    verb = "changed" if row.pk else "added"
    columns = {field.name for field in row._meta.concrete_fields}  # noqa: SLF001 -- a documented API
    # Groups and the like are rows of their own, which the form saves.
    row.save(update_fields=sorted(columns.intersection(changed)) if row.pk else None)
    if isinstance(row, Stakeholder):
        tell_stakeholder_changed(row)
    _record(at, actor, verb, row, fields=", ".join(sorted(changed)))


@transaction.atomic
def add_person(*, at: datetime, actor: User | None, user: User) -> None:
    """Saves a new person who can log in by code at once: staff vouch for the address."""
    user.set_unusable_password()
    user.save()
    _prove_address(user)
    _record(at, actor, "added", user)


@transaction.atomic
def take_second_factor_away(*, at: datetime, actor: User | None, user: User) -> bool:
    """For somebody whose telephone is lost: they pair another at the next login. Whether there was one."""
    gone, _rows = Authenticator.objects.filter(user=user).delete()
    if gone:
        _record(at, actor, "second factor taken away", user)
        mails.tell_that_the_second_factor_is_gone(user, at=at)
    return bool(gone)


@transaction.atomic
def close_account(*, at: datetime, actor: User, user: User) -> bool:
    """Logs a person out for good: their next request is a stranger's. Whether the account was open.

    Raises ValidationError when people close their own account, which could leave nobody to open it again.
    """
    if actor.pk == user.pk:
        raise ValidationError(_("You cannot close your own account. Ask a colleague."))
    closed = User.objects.filter(pk=user.pk, is_active=True).update(is_active=False)
    if closed:
        _record(at, actor, "account closed", user)
    return bool(closed)


@transaction.atomic
def open_account(*, at: datetime, actor: User | None, user: User) -> bool:
    """Lets a person log in again; whether the account was closed."""
    opened = User.objects.filter(pk=user.pk, is_active=False).update(is_active=True)
    if opened:
        _record(at, actor, "account opened", user)
    return bool(opened)


@transaction.atomic
def change_address(*, at: datetime, actor: User | None, user: User, address: str) -> None:
    """Gives a person another address to log in with, and tells the old one. Raises ValidationError if it is taken."""
    old, new = user.email, clean_line(address).lower()
    if old == new:
        return
    user.email = new
    user.full_clean(exclude=["password"])
    user.address_failed_at = None
    user.save(update_fields=["email", "address_failed_at"])
    _prove_address(user)
    entry = _record(at, actor, "address changed", user, old=old, new=new)
    mails.tell_that_the_address_changed(old=old, new=new, language=user.language, key=str(entry.pk), at=at)


def note_refused_address(address: str, at: datetime) -> None:
    """Marks the person behind an address that a mail server refused for good; the first time counts."""
    User.objects.filter(email=address.lower(), address_failed_at=None).update(address_failed_at=at)


def _record(at: datetime, actor: User | None, verb: str, subject: Stakeholder | User, **changes: str) -> HistoryEntry:
    return history.record(at=at, actor=actor, verb=verb, subject=subject, changes=dict(changes))
