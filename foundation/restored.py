"""Noticing that the rows were restored from a backup, and holding all mail then."""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from foundation import pauses
from foundation.models import OutboxControl
from foundation.outbox_control import control


def pause_after_restore(*, at: datetime) -> bool:
    """Pauses when the rows stand in another database than before, as after a restored backup; whether it did.

    What was sent since the backup looks unsent there, so a person compares with the mail server's log first
    (``manage.py reminders reconcile``). On SQLite nothing tells a restored file, and nothing is done.
    """
    here = _database_here()
    row = control()
    if not here or row.database == here:
        return False
    known = row.database
    if OutboxControl.objects.filter(pk=row.pk, database=known).update(database=here) != 1 or not known:
        return False
    reason = _("This database was restored or moved. Compare with the mail server's log before you resume.")
    return pauses.pause(at=at, actor=None, reason=reason)


def _database_here() -> str:
    """What changes when a backup is restored: the database's number, or the timeline after a point-in-time recovery."""
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
            " FROM pg_database WHERE datname = current_database()"
        )
        oid, timeline = cursor.fetchone()
    return f"{oid}/{timeline}"
