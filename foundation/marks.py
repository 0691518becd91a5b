"""The two marks that every mail gets, as statements written once: "sending" before it leaves, and its end.

Put together by the ORM they cost as much as building and sending the mail; written out they cost two round trips.
Both hold only while the row carries the caller's claim.
"""

from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Field

from foundation.models import OutboxControl, OutgoingMail

_META = OutgoingMail._meta  # noqa: SLF001 -- Django's documented way to a table and its fields
_MAIL, _CONTROL = _META.db_table, OutboxControl._meta.db_table  # noqa: SLF001 -- as above
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
_HELD = f"EXISTS (SELECT 1 FROM {_CONTROL} WHERE paused_at IS NOT NULL)"  # noqa: S608 -- names of our own tables


def mark_sending(mail: OutgoingMail, *, freezes: bool) -> bool:
    """Says that the mail may have left from now on; with ``freezes``, keeps the text that was just written for it.

    False when the row is no longer the caller's, or all but urgent mail is held.
    """
    values = [settings.MAIL_LEASE if connection.vendor == "postgresql" else _microseconds(settings.MAIL_LEASE)]
    values += [_stored(name, getattr(mail, name)) for name in (_FROZEN if freezes else ())]
    values += [mail.pk, _stored("claim_token", mail.claim_token), OutgoingMail.Priority.NOW]
    return _run(_sending_statement(connection.vendor, freezes), values) == 1


def mark_sent(mail: OutgoingMail, *, at: datetime) -> bool:
    """Says that the mail server took the mail; a secret text is erased with it. False when the row was lost."""
    values = [_stored("sent_at", at), ERASED, mail.pk, _stored("claim_token", mail.claim_token)]
    return _run(_SENT, values) == 1


_SENT = (
    f"UPDATE {_MAIL} SET state = 'sent', reply = '', sent_at = %s, lease_until = NULL, claim_token = NULL,"  # noqa: S608
    " text = CASE WHEN sensitive THEN %s ELSE text END, html = CASE WHEN sensitive THEN '' ELSE html END"
    " WHERE id = %s AND claim_token = %s"
)


@cache
def _sending_statement(vendor: str, freezes: bool) -> str:
    frozen = "".join(f", {name} = %s" for name in (_FROZEN if freezes else ()))
    return (
        f"UPDATE {_MAIL} SET state = 'sending', attempts = attempts + 1, lease_until = {_LEASE_END[vendor]}{frozen}"  # noqa: S608
        f" WHERE id = %s AND claim_token = %s AND state = 'claimed' AND (priority = %s OR NOT {_HELD})"
        f"{_NEED_NOT_WAIT[vendor]}"
    )


def _run(statement: str, values: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _stored(name: str, value: Any) -> Any:
    field = _META.get_field(name)
    assert isinstance(field, Field)  # noqa: S101 -- tells the type
    return field.get_db_prep_save(value, connection)


def _microseconds(duration: Any) -> int:
    return int(duration.total_seconds() * 1_000_000)
