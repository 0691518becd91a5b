"""The verbs for accounts, and for the facts of people and stakeholders. Each writes its history."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import mails
from accounts.changes import tell_stakeholder_changed
from accounts.models import Stakeholder, User
from foundation import history
from foundation.models import HistoryEntry
from foundation.text import clean_line


@transaction.atomic
def save_changes(*, at: datetime, actor: User | None, row: User | Stakeholder, changed: Collection[str]) -> None:
    """Saves the named fields of a person or a stakeholder, or a new row whole, and notes them before and after."""
    before = type(row)._default_manager.filter(pk=row.pk).first()  # noqa: SLF001 -- a documented API
    columns = {field.name for field in row._meta.concrete_fields}  # noqa: SLF001 -- as above
    # Groups and the like are rows of their own, which the form saves.
    row.save(update_fields=sorted(columns.intersection(changed)) if before else None)
    if isinstance(row, Stakeholder):
        tell_stakeholder_changed(row)
    changes: dict[str, Any] = {
        name: [_in_words(getattr(before, name)), _in_words(getattr(row, name))]
        if before
        else _in_words(getattr(row, name))
        for name in sorted(columns.intersection(changed))
    }
    if others := sorted(set(changed) - columns):
        changes["fields"] = ", ".join(others)
    history.record(at=at, actor=actor, verb="changed" if before else "added", subject=row, changes=changes)


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value in (None, "") else str(value)


@transaction.atomic
def add_stakeholders(*, at: datetime, actor: User | None, rows: Sequence[Stakeholder]) -> None:
    """Saves many new stakeholders in few statements. Raises IntegrityError for an address that is taken."""
    Stakeholder.objects.bulk_create(rows, batch_size=500)
    history.record_many(at=at, actor=actor, verb="added", subjects=((row, {"name": row.name}) for row in rows))


@transaction.atomic
def add_person(*, at: datetime, actor: User | None, user: User) -> None:
    """Saves a new person who can log in by code at once: staff vouch for the address."""
    user.set_unusable_password()
    user.save()
    prove_address(user)
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
    prove_address(user)
    entry = _record(at, actor, "address changed", user, old=old, new=new)
    mails.tell_that_the_address_changed(old=old, new=new, language=user.language, key=str(entry.pk), at=at)


def prove_address(user: User) -> None:
    """Notes that codes sent to a person's address reach the person; any other address is forgotten."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def _record(at: datetime, actor: User | None, verb: str, subject: Stakeholder | User, **changes: str) -> HistoryEntry:
    return history.record(at=at, actor=actor, verb=verb, subject=subject, changes=dict(changes))
