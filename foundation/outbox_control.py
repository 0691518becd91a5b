"""Whether the mail server lets the outbox send now: it rests because the server fails, or it is out of pace.

After some failures of the mail server in a row the drain tries again later and later, so that a broken server is
neither hammered nor forgotten. What people hold on purpose is in ``foundation.pauses``.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from foundation.models import OutboxControl, OutgoingMail

logger = logging.getLogger(__name__)

_A_MINUTE = timedelta(minutes=1)


def control() -> OutboxControl:
    """The row, made on first use."""
    row, _created = OutboxControl.objects.get_or_create(pk=1)
    return row


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


def forget_failures() -> None:
    """Ends a rest, because the server works or a person wants it tried; no effect where there were no failures."""
    OutboxControl.objects.filter(failures_in_a_row__gt=0).update(failures_in_a_row=0, rests_until=None)


def allowed_now(*, at: datetime, wanted: int) -> int:
    """How many of ``wanted`` mails may go out at ``at`` without exceeding the mails a minute of the settings."""
    if not settings.MAIL_PER_MINUTE:
        return wanted
    gone: int = OutgoingMail.objects.filter(state=OutgoingMail.State.SENT, sent_at__gt=at - _A_MINUTE).count()
    left: int = settings.MAIL_PER_MINUTE - gone
    return max(0, min(wanted, left))
