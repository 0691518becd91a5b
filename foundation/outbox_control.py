"""Whether the outbox may send now: paused by a person, resting because the mail server fails, or out of pace.

A pause holds all but what cannot wait (login codes); a held campaign holds its own mails alone. A rest is the
portal's own: after some failures of the mail server in a row the drain tries again later and later, so that a broken
server is neither hammered nor forgotten.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from foundation import history
from foundation.models import HeldCampaign, OutboxControl, OutgoingMail
from foundation.text import clean_line

logger = logging.getLogger(__name__)

_A_MINUTE = timedelta(minutes=1)
_PAUSED = OutboxControl.objects.filter(paused_at__isnull=False)


def control() -> OutboxControl:
    """The row, made on first use."""
    row, _created = OutboxControl.objects.get_or_create(pk=1)
    return row


@transaction.atomic
def pause(*, at: datetime, actor: AbstractBaseUser | None, reason: str) -> bool:
    """Holds all mail that can wait until somebody resumes it; whether it was not paused before.

    Raises ValueError without a reason: whoever comes next must know why nothing goes out.
    """
    said = _said(reason)
    row = control()
    changes = {"paused_at": at, "paused_by_id": actor.pk if actor else None, "pause_reason": said}
    won = OutboxControl.objects.filter(pk=row.pk, paused_at=None).update(**changes) == 1
    if won:
        history.record(at=at, actor=actor, verb="mail paused", subject=row, changes={"reason": said})
    return won


@transaction.atomic
def resume(*, at: datetime, actor: AbstractBaseUser | None) -> bool:
    """Lets mail go out again, and tries a mail server that had failed at once; whether it was paused before."""
    row = control()
    OutboxControl.objects.filter(pk=row.pk).update(failures_in_a_row=0, rests_until=None)
    won = _PAUSED.filter(pk=row.pk).update(paused_at=None, paused_by=None, pause_reason="") == 1
    if won:
        history.record(at=at, actor=actor, verb="mail resumed", subject=row)
    return won


def paused() -> OutboxControl | None:
    """The row if mail that can wait is held, else None."""
    return _PAUSED.select_related("paused_by").first()


@transaction.atomic
def hold(campaign: str, *, title: str, at: datetime, actor: AbstractBaseUser | None, reason: str) -> bool:
    """Holds the mails of one campaign, made and yet to be made; whether it was not held before.

    ``title`` is what people call it, for the history. Raises ValueError without a reason.
    """
    said = _said(reason)
    facts = {"title": title, "held_at": at, "held_by_id": actor.pk if actor else None, "reason": said}
    _row, won = HeldCampaign.objects.get_or_create(name=campaign, defaults=facts)
    if won:
        changes = {"campaign": title, "reason": said}
        history.record(at=at, actor=actor, verb="campaign held", subject=control(), changes=changes)
    return won


@transaction.atomic
def release(campaign: str, *, title: str, at: datetime, actor: AbstractBaseUser | None) -> bool:
    """Lets the mails of the campaign go out again; whether it was held before."""
    won = HeldCampaign.objects.filter(name=campaign).delete()[0] == 1
    if won:
        history.record(at=at, actor=actor, verb="campaign released", subject=control(), changes={"campaign": title})
    return won


def held(campaign: str) -> HeldCampaign | None:
    """Who holds the campaign, since when and why; None when nobody does."""
    return HeldCampaign.objects.filter(name=campaign).select_related("held_by").first()


def what_is_held() -> list[str]:
    """A line for each thing that is held on purpose, since when and why."""
    everything = paused()
    pauses = [("all mail but login codes", everything.paused_at, everything.pause_reason)] if everything else []
    pauses += HeldCampaign.objects.order_by("held_at").values_list("title", "held_at", "reason")
    return [f"Paused since {when:%Y-%m-%d %H:%M} UTC: {what} ({why})." for what, when, why in pauses]


def _said(reason: str) -> str:
    said = clean_line(reason, at_most=300)
    if not said:
        raise ValueError(_("Please say why the mail is paused."))
    return said


def rests_until(*, at: datetime) -> datetime | None:
    """Until when the drain leaves the failing mail server alone, None when it may try."""
    row = OutboxControl.objects.filter(rests_until__gt=at).first()
    return row.rests_until if row else None


def note_failure(*, at: datetime) -> None:
    """Counts a failure of the mail server; from the fifth in a row on the drain rests 1, 2, 4 … at most 30 minutes."""
    control()
    OutboxControl.objects.filter(pk=1).update(failures_in_a_row=F("failures_in_a_row") + 1)
    failures = control().failures_in_a_row
    beyond = failures - settings.MAIL_FAILURES_BEFORE_REST
    if beyond < 0:
        return
    # No number of failures may overflow the doubling.
    rest = min(settings.MAIL_REST * 2 ** min(beyond, 20), settings.MAIL_REST_AT_MOST)
    OutboxControl.objects.filter(pk=1).update(rests_until=at + rest)
    # One line of alarm for each outage, not one for each try.
    level = logging.ERROR if beyond == 0 else logging.WARNING
    logger.log(level, "the mail server failed %d times in a row; next try after %s", failures, at + rest)


def fails_in_a_row() -> bool:
    """Whether the mail server failed often enough for a rest, and nothing went out since."""
    return OutboxControl.objects.filter(failures_in_a_row__gte=settings.MAIL_FAILURES_BEFORE_REST).exists()


def note_success() -> None:
    """Forgets the failures; a statement without effect where there were none."""
    OutboxControl.objects.filter(failures_in_a_row__gt=0).update(failures_in_a_row=0, rests_until=None)


def allowed_now(*, at: datetime, wanted: int) -> int:
    """How many of ``wanted`` mails may go out at ``at`` without exceeding the mails a minute of the settings."""
    if not settings.MAIL_PER_MINUTE:
        return wanted
    gone: int = OutgoingMail.objects.filter(state=OutgoingMail.State.SENT, sent_at__gt=at - _A_MINUTE).count()
    left: int = settings.MAIL_PER_MINUTE - gone
    return max(0, min(wanted, left))


def hold_after_restore(*, at: datetime) -> bool:
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
    return pause(at=at, actor=None, reason=reason)


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
