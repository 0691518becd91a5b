"""Noticing that the rows were restored from a backup, and holding all mail then."""

from datetime import datetime

from django.db import connection, transaction
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
    # Nothing is known before the first drain, and the server's own number was not written down once.
    if not row.database or here.endswith(f"/{row.database}"):
        _noted(row.database, here)
        return False
    return _noted_and_paused(row.database, here, at=at)


def _noted(known: str, here: str) -> bool:
    return OutboxControl.objects.filter(database=known).update(database=here) == 1


@transaction.atomic
def _noted_and_paused(known: str, here: str, *, at: datetime) -> bool:
    """The new place and the pause stand together or not at all; who asks meanwhile waits for them."""
    if not _noted(known, here):
        return False
    reason = _("This database was restored or moved. Compare with the mail server's log before you resume.")
    pauses.pause_all_for(reason, at=at)
    return True


def _database_here() -> str:
    """What changes when a backup is restored.

    The server's own number in another cluster, the database's number in another database, the timeline after a
    point-in-time recovery.
    """
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier, oid, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
            " FROM pg_control_system(), pg_database WHERE datname = current_database()"
        )
        cluster, oid, timeline = cursor.fetchone()
    return f"{cluster}/{oid}/{timeline}"
