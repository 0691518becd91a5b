"""The three marks that every mail gets, as statements written once: claimed, sending before it leaves, and sent.

Put together by the ORM they cost as much as building and sending the mail. Written out they cost one round trip a
mail, because "sent" of one mail goes along with "sending" of the next, both or neither. A claim takes only what is
due; the other two hold only while the row carries the caller's claim.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Field

from foundation.models import OutboxControl, OutgoingMail, Pause

_META = OutgoingMail._meta  # noqa: SLF001 -- Django's documented way to a table and its fields
_MAIL, _CONTROL, _PAUSE = (model._meta.db_table for model in (OutgoingMail, OutboxControl, Pause))  # noqa: SLF001 -- as above
ERASED = "—"
# The database's own clock, moved on by a parameter.
_LEASE_END = {
    "postgresql": "STATEMENT_TIMESTAMP() + %s",
    "sqlite": "django_format_dtdelta('+', STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW'), %s)",
}
# This commit need not wait for the disk: the log is written in order, so the mark "sent", which does wait, takes it
# along. A crash of the database in between can lose only this mark, and the mail is sent again with it or without.
_NEED_NOT_WAIT = {"postgresql": " AND set_config('synchronous_commit', 'off', true) = 'off'", "sqlite": ""}
_FROZEN = ("subject", "text", "html", "headers")
_PAUSED = f"EXISTS (SELECT 1 FROM {_PAUSE} WHERE campaign IN ('', {_MAIL}.campaign))"  # noqa: S608 -- names of our own tables
# What a claim takes. Three statements and not one with OR between them, which the index of what is due could not serve.
_RESTED = f"NOT EXISTS (SELECT 1 FROM {_CONTROL} WHERE rests_until > %s)"  # noqa: S608 -- as above
_URGENT, _ONLY = "priority = %s", "id = %s"
_MAY_GO = f"(priority = %s OR NOT {_PAUSED})"
_CLAIMABLE = f"state = 'due' AND not_before <= %s AND expires_at > %s AND {_MAY_GO}"


# The claim walks along its index and stops at the limit, once: that is what MATERIALIZED says. With numbers from before
# a campaign was planned, PostgreSQL would rather read and sort all that is due, or walk anew for each mail that is due.
# A claim that a crash takes back is only due again, so it need not wait for the disk.
_CLAIM_PLAN = {
    "postgresql": "SET LOCAL enable_bitmapscan = off; SET LOCAL synchronous_commit = off; ",
    "sqlite": "",
}
# Put so that no index offers itself: the rows are to be looked up one by one, not sought among all that are due.
_STILL_DUE = "COALESCE(state, '') = 'due'"


def mark_claimed(
    token: UUID, *, at: datetime, limit: int, only: int | None = None, urgent: bool = False
) -> list[OutgoingMail]:
    """Takes up to ``limit`` due mails by one conditional UPDATE; returns them by urgency.

    While the outbox rests it takes none but the one of ``only``, or the ``urgent`` ones. Two workers that pick the
    same rows cannot both win: the second UPDATE finds them no longer due.
    """
    which, value = _RESTED, _stored("not_before", at)
    if only is not None:
        which, value = _ONLY, only
    elif urgent:
        which, value = _URGENT, OutgoingMail.Priority.NOW
    values = [*_claimable_values(at), value, limit, _stored("claim_token", token), _lease()]
    mails = OutgoingMail.objects.raw(_claim_statement(connection.vendor, which), values)
    return sorted(mails, key=lambda mail: (mail.priority, mail.not_before, mail.pk))


def is_any_claimable(*, at: datetime) -> bool:
    """Whether a mail waits that may go out at ``at``, rest or no rest."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {_MAIL} WHERE {_CLAIMABLE})", _claimable_values(at))  # noqa: S608 -- names of our own tables
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True)
class Accepted:
    """A mail that the mail server took, and when; it remains to be written down."""

    mail: OutgoingMail
    at: datetime


def mark_sending(mail: OutgoingMail, *, freezes: bool, after: Accepted | None = None) -> bool:
    """Says that the mail may have left from now on; with ``freezes``, keeps the text that was just written for it.

    Marks ``after`` as sent in the same step, whatever comes of the other. False when the row of ``mail`` is no longer
    the caller's, or it is held by now.
    """
    values = [_lease(), *(_stored(name, getattr(mail, name)) for name in (_FROZEN if freezes else ()))]
    values += [mail.pk, _stored("claim_token", mail.claim_token), OutgoingMail.Priority.NOW]
    statement = _sending_statement(connection.vendor, freezes, waits=after is not None)
    if after:
        return _run_both(_SENT, _sent_values(after), statement, values) == 1
    return _run(statement, values) == 1


def mark_sent(accepted: Accepted) -> bool:
    """Says that the mail server took the mail; a secret text is erased with it. False when the row was lost."""
    return _run(_SENT, _sent_values(accepted)) == 1


def _sent_values(accepted: Accepted) -> list[Any]:
    mail = accepted.mail
    return [_stored("sent_at", accepted.at), ERASED, mail.pk, _stored("claim_token", mail.claim_token)]


_SENT = (
    f"UPDATE {_MAIL} SET state = 'sent', reply = '', sent_at = %s, lease_until = NULL, claim_token = NULL,"  # noqa: S608
    " text = CASE WHEN sensitive THEN %s ELSE text END, html = CASE WHEN sensitive THEN '' ELSE html END"
    " WHERE id = %s AND claim_token = %s"
)


@cache
def _claim_statement(vendor: str, which: str) -> str:
    return (
        f"{_CLAIM_PLAN[vendor]}WITH next AS MATERIALIZED (SELECT id FROM {_MAIL} WHERE {_CLAIMABLE}"  # noqa: S608 -- names of our own tables
        f" AND {which} ORDER BY priority, not_before, id LIMIT %s)"
        f" UPDATE {_MAIL} SET state = 'claimed', claim_token = %s, lease_until = {_LEASE_END[vendor]}"
        f" WHERE id IN (SELECT id FROM next) AND {_STILL_DUE} RETURNING *"
    )


@cache
def _sending_statement(vendor: str, freezes: bool, *, waits: bool) -> str:
    """``waits`` where a mark stands beside it that must reach the disk."""
    frozen = "".join(f", {name} = %s" for name in (_FROZEN if freezes else ()))
    return (
        f"UPDATE {_MAIL} SET state = 'sending', attempts = attempts + 1, lease_until = {_LEASE_END[vendor]}{frozen}"  # noqa: S608
        f" WHERE id = %s AND claim_token = %s AND state = 'claimed' AND {_MAY_GO}"
        f"{'' if waits else _NEED_NOT_WAIT[vendor]}"
    )


def _claimable_values(at: datetime) -> list[Any]:
    return [_stored("not_before", at), _stored("expires_at", at), OutgoingMail.Priority.NOW]


def _run(statement: str, values: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _run_both(first: str, first_values: list[Any], second: str, second_values: list[Any]) -> int:
    """Both or neither; how many rows the second one changed. PostgreSQL takes them in one round trip."""
    if connection.vendor == "postgresql":
        return _run(f"{first}; {second}", first_values + second_values)
    with transaction.atomic():
        _run(first, first_values)
        return _run(second, second_values)


def _stored(name: str, value: Any) -> Any:
    field = _META.get_field(name)
    assert isinstance(field, Field)  # noqa: S101 -- tells the type
    return field.get_db_prep_save(value, connection)


def _lease() -> Any:
    """How long a claim holds, as the database adds it."""
    lease = settings.MAIL_LEASE
    return lease if connection.vendor == "postgresql" else int(lease.total_seconds() * 1_000_000)
