"""Emptying the outbox: reap, claim, deliver. The database is the truth; nothing here needs a broker."""

import logging
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.conf import settings
from django.core.mail import get_connection
from django.db import connection as database
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from foundation import outbox_control, restored
from foundation.delivery import deliver, give_back, settle
from foundation.line import Line, Tally
from foundation.marks import is_any_claimable, mark_claimed
from foundation.models import OutgoingMail
from foundation.outcomes import final

logger = logging.getLogger(__name__)
State = OutgoingMail.State

HEARTBEAT = "drain"
_inline = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")
Progress = Callable[[Tally], None]


def send_soon(mail: OutgoingMail, *, at: datetime) -> None:
    """Tries one mail in this process once the transaction is committed; whatever goes wrong, the tick will do it."""
    if settings.MAIL_INLINE == "off":
        return

    def attempt() -> None:
        _send_in_process(mail.pk, at)

    def attempt_in_thread() -> None:
        _inline.submit(_in_thread, attempt)

    transaction.on_commit(attempt_in_thread if settings.MAIL_INLINE == "thread" else attempt, robust=True)


def drain(*, at: datetime, limit: int | None = None) -> Tally:
    """Reaps lost claims and sends one batch of what is due at ``at``; the heartbeat is the caller's."""
    return drain_all(at=at, batches=1, batch=limit)


def drain_all(
    *,
    at: datetime,
    clock: Callable[[], datetime] | None = None,
    batches: int = 1000,
    batch: int | None = None,
    progress: Progress | None = None,
) -> Tally:
    """Drains batch after batch over one connection until nothing is due or allowed.

    It ends early when the mail server fails or time is up; the tally says so. ``clock`` tells the time of each mail,
    without it every mail is sent at ``at``. ``progress`` hears of each batch.
    """
    restored.pause_after_restore(at=at)
    line = Line(get_connection(timeout=settings.EMAIL_TIMEOUT), clock or (lambda: at))
    line.tally.expired = expire(at=at)
    reap(at=at)
    ends_at = time.monotonic() + settings.MAIL_DRAIN_AT_MOST.total_seconds()
    try:
        for _batch in range(batches):
            goes_on = _drain_batch(line, wanted=batch or settings.MAIL_BATCH, ends_at=ends_at)
            if progress:
                progress(line.tally)
            if not goes_on:
                break
    finally:
        line.close()
    return line.tally


def _drain_batch(line: Line, *, wanted: int, ends_at: float) -> bool:
    """Whether there may be more to do."""
    at, touched = line.now(), line.tally.touched
    limit = outbox_control.allowed_now(at=at, wanted=wanted)
    mails = _next(at=at, limit=limit) if limit else []
    if not mails:
        line.tally.stopped = outbox_control.rests_until(at=at) is not None
        # Another worker may have taken just these in the same moment, and more wait behind them.
        may_be_more = limit and not line.tally.stopped and time.monotonic() < ends_at
        return bool(may_be_more) and is_any_claimable(at=at)
    _send_batch(mails, line, ends_at=ends_at)
    return line.tally.touched > touched and not line.tally.stopped and not line.tally.unfinished


def _next(*, at: datetime, limit: int) -> list[OutgoingMail]:
    """What is to be tried: while the outbox rests, codes to log in alone, for nobody can wait for those."""
    mails = claim(at=at, limit=limit)
    if mails or outbox_control.rests_until(at=at) is None:
        return mails
    return claim(at=at, limit=limit, urgent=True)


def expire(*, at: datetime) -> int:
    """Ends what is still waiting although it is useless by now; how many."""
    return OutgoingMail.objects.filter(state=State.DUE, expires_at__lte=at).update(
        **final(State.EXPIRED, "too late to be of use")
    )


def reap(*, at: datetime) -> int:
    """Takes back the claims of workers that are gone; how many.

    A claimed mail had not left and is simply due again. A mail that was being sent may have been delivered:
    it waits 15 minutes and is tried once more; the second time it is left to a person.
    """
    lost = OutgoingMail.objects.filter(lease_until__lt=Now())
    freed = {"lease_until": None, "claim_token": None}
    never_left = lost.filter(state=State.CLAIMED).update(state=State.DUE, **freed)
    next_try = at + settings.MAIL_UNKNOWN_RETRY_AFTER
    given_up = lost.filter(Q(unknown_outcomes__gte=1) | Q(expires_at__lte=next_try), state=State.SENDING).update(
        **final(State.FAILED, "unknown: no answer after the text was handed over"),
        unknown_outcomes=F("unknown_outcomes") + 1,
    )
    maybe_sent = lost.filter(state=State.SENDING).update(
        state=State.DUE, unknown_outcomes=F("unknown_outcomes") + 1, not_before=next_try, **freed
    )
    return never_left + given_up + maybe_sent


def claim(*, at: datetime, limit: int, only: int | None = None, urgent: bool = False) -> list[OutgoingMail]:
    """Takes up to ``limit`` due mails that nobody else has, most urgent first; none while the outbox rests.

    The one of ``only``, or the ``urgent`` ones, are tried all the same.
    """
    return mark_claimed(uuid.uuid4(), at=at, limit=limit, only=only, urgent=urgent)


def _send_in_process(pk: int, at: datetime) -> None:
    line = Line(get_connection(timeout=settings.MAIL_INLINE_TIMEOUT), lambda: at)
    try:
        _send_batch(claim(at=at, limit=1, only=pk), line)
    finally:
        line.close()


def _in_thread(attempt: Callable[[], None]) -> None:
    try:
        attempt()
    except Exception:
        # Nobody waits for this thread's result; the row is still due, so the tick repeats the work.
        logger.exception("a mail could not be tried at once; the tick will")
    finally:
        database.close()


def _send_batch(mails: list[OutgoingMail], line: Line, *, ends_at: float | None = None) -> None:
    try:
        _send_one_by_one(mails, line, ends_at=ends_at)
    except (Exception, KeyboardInterrupt, SystemExit):
        settle(line)
        raise
    settle(line)


def _send_one_by_one(mails: list[OutgoingMail], line: Line, *, ends_at: float | None) -> None:
    for position, mail in enumerate(mails):
        line.tally.unfinished = ends_at is not None and time.monotonic() > ends_at
        line.tally.stopped = not line.tally.unfinished and not deliver(mail, line)
        if line.tally.unfinished or line.tally.stopped:
            give_back(mails[position:])
            return
