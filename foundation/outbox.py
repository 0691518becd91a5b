"""Emptying the outbox: reap, claim, re-check, send, mark. The database is the truth; nothing here needs a broker.

A worker may be killed between any two lines. Before "sending" nothing has left, so the row goes back for free;
after it, the mail may have left, so it is tried once more under the same Message-ID and then left to a person.
"""

import logging
import random
import smtplib
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection as database
from django.db import models, transaction
from django.db.models import Case, F, Q, TextField, Value, When
from django.db.models.functions import Now

from foundation.mail import Content, build_message
from foundation.models import OutgoingMail
from foundation.text import clean_line

logger = logging.getLogger(__name__)
State = OutgoingMail.State

HEARTBEAT = "drain"
_ERASED = "—"


@dataclass(frozen=True)
class Refusal:
    """A mail that must not go out any more, and why: ``skipped`` (no longer asked) or ``suppressed`` (not wanted)."""

    state: OutgoingMail.State
    reason: str


# Called for a claimed mail just before it goes out: None sends what the row holds, a Content replaces it first.
Prepare = Callable[[OutgoingMail, datetime], Content | Refusal | None]
_prepares: dict[str, Prepare] = {}
_on_refused_address: list[Callable[[str, datetime], None]] = []
_inline = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")


@dataclass
class Tally:
    """What one drain did."""

    sent: int = 0
    failed: int = 0
    retried: int = 0
    refused: int = 0
    expired: int = 0
    stopped: bool = False

    @property
    def touched(self) -> int:
        """How many mails were taken in hand."""
        return self.sent + self.failed + self.retried + self.refused

    def add(self, other: "Tally") -> None:
        """Counts another drain's work in."""
        self.sent += other.sent
        self.failed += other.failed
        self.retried += other.retried
        self.refused += other.refused
        self.expired += other.expired
        self.stopped = other.stopped

    def __str__(self) -> str:
        return (
            f"sent {self.sent}, failed {self.failed}, later {self.retried}, "
            f"not sent {self.refused}, expired {self.expired}"
        )


def register_prepare(purpose: str, prepare: Prepare) -> None:
    """Lets an app re-check, and write, the mails of one purpose at the moment they go out."""
    _prepares[purpose] = prepare


def register_refused_address(handler: Callable[[str, datetime], None]) -> None:
    """Lets an app learn of an address that the mail server refused for good."""
    _on_refused_address.append(handler)


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
    tally = Tally(expired=expire(at=at))
    reap(at=at)
    _send_batch(claim(at=at, limit=limit or settings.MAIL_BATCH), at=at, tally=tally, timeout=settings.EMAIL_TIMEOUT)
    return tally


def drain_all(*, at: datetime, batches: int = 40) -> Tally:
    """Drains batch after batch until nothing is due, the mail server fails, or ``batches`` are done."""
    total = Tally()
    for _batch in range(batches):
        tally = drain(at=at)
        total.add(tally)
        if tally.stopped or not tally.touched:
            break
    return total


def expire(*, at: datetime) -> int:
    """Ends what is still waiting although it is useless by now; how many."""
    return OutgoingMail.objects.filter(state=State.DUE, expires_at__lte=at).update(
        **_final(State.EXPIRED, "too late to be of use")
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
        **_final(State.FAILED, "unknown: no answer after the text was handed over"),
        unknown_outcomes=F("unknown_outcomes") + 1,
    )
    maybe_sent = lost.filter(state=State.SENDING).update(
        state=State.DUE, unknown_outcomes=F("unknown_outcomes") + 1, not_before=next_try, **freed
    )
    return never_left + given_up + maybe_sent


def claim(*, at: datetime, limit: int, only: int | None = None) -> list[OutgoingMail]:
    """Marks up to ``limit`` due mails as ours by one conditional UPDATE and returns them, most urgent first.

    Two workers that pick the same rows cannot both win: the second UPDATE finds them no longer due.
    """
    due = OutgoingMail.objects.filter(state=State.DUE, not_before__lte=at, expires_at__gt=at)
    if only is not None:
        due = due.filter(pk=only)
    token = uuid.uuid4()
    picked = due.order_by("priority", "not_before", "pk").values("pk")[:limit]
    OutgoingMail.objects.filter(pk__in=models.Subquery(picked), state=State.DUE).update(
        state=State.CLAIMED, claim_token=token, lease_until=Now() + settings.MAIL_LEASE
    )
    return list(OutgoingMail.objects.filter(claim_token=token).order_by("priority", "not_before", "pk"))


def _send_in_process(pk: int, at: datetime) -> None:
    _send_batch(claim(at=at, limit=1, only=pk), at=at, tally=Tally(), timeout=settings.MAIL_INLINE_TIMEOUT)


def _in_thread(attempt: Callable[[], None]) -> None:
    try:
        attempt()
    except Exception:
        # Nobody waits for this thread's result; the row is still due, so the tick repeats the work.
        logger.exception("a mail could not be tried at once; the tick will")
    finally:
        database.close()


def _send_batch(mails: list[OutgoingMail], *, at: datetime, tally: Tally, timeout: int) -> None:
    if not mails:
        return
    connection: BaseEmailBackend = get_connection(timeout=timeout)
    try:
        for position, mail in enumerate(mails):
            if not _send_one(mail, connection, at=at, tally=tally):
                _give_back(mails[position:], at=at)
                tally.stopped = True
                break
    finally:
        _close(connection)


def _send_one(mail: OutgoingMail, connection: BaseEmailBackend, *, at: datetime, tally: Tally) -> bool:
    """Whether the batch may go on."""
    try:
        if not _prepared(mail, at=at, tally=tally):
            return True
        message = build_message(mail, connection)
        message.message().as_bytes()
    except Exception as error:
        # A row that cannot be written fails alone and is shown to staff; the others must not wait for it.
        logger.exception("mail %s cannot be written", mail.pk)
        _finish(mail, State.FAILED, f"cannot be written: {error!r}")
        tally.failed += 1
        return True
    return _hand_over(mail, message, connection, at=at, tally=tally)


def _prepared(mail: OutgoingMail, *, at: datetime, tally: Tally) -> bool:
    """Whether the mail is still wanted; writes the text that its purpose gives it."""
    prepare = _prepares.get(mail.purpose)
    answer = prepare(mail, at) if prepare else None
    if isinstance(answer, Refusal):
        _finish(mail, answer.state, answer.reason)
        tally.refused += 1
        return False
    if answer is not None:
        mail.subject, mail.text, mail.html = clean_line(answer.subject, at_most=200), answer.text, answer.html
        mail.headers = answer.headers
        mail.save(update_fields=["subject", "text", "html", "headers"])
    return True


def _hand_over(mail: OutgoingMail, message: Any, connection: BaseEmailBackend, *, at: datetime, tally: Tally) -> bool:
    if not _mark_sending(mail):
        return True
    try:
        connection.open()
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        return _answered(mail, code, answer, at=at, tally=tally)
    except smtplib.SMTPDataError as error:
        return _answered(mail, error.smtp_code, error.smtp_error, at=at, tally=tally)
    except (smtplib.SMTPException, OSError) as error:
        return _line_failed(mail, connection, error, at=at, tally=tally)
    _mark_sent(mail, at=at)
    tally.sent += 1
    return True


def _mark_sending(mail: OutgoingMail) -> bool:
    won = OutgoingMail.objects.filter(pk=mail.pk, claim_token=mail.claim_token, state=State.CLAIMED).update(
        state=State.SENDING, attempts=F("attempts") + 1, lease_until=Now() + settings.MAIL_LEASE
    )
    return won == 1


def _mark_sent(mail: OutgoingMail, *, at: datetime) -> None:
    _finish(mail, State.SENT, "", sent_at=at)


def _answered(mail: OutgoingMail, code: int, answer: bytes | str, *, at: datetime, tally: Tally) -> bool:
    """The server refused this recipient or this text: for good (5xx) or for now (4xx)."""
    reply = f"{code} {answer.decode(errors='replace') if isinstance(answer, bytes) else answer}"
    if code >= 500:
        _finish(mail, State.FAILED, reply)
        for handler in _on_refused_address:
            handler(mail.address, at)
        tally.failed += 1
        return True
    mail.refresh_from_db(fields=["attempts"])
    _try_later(mail, reply, at=at + _wait(mail.attempts), tally=tally)
    return True


def _line_failed(
    mail: OutgoingMail, connection: BaseEmailBackend, error: Exception, *, at: datetime, tally: Tally
) -> bool:
    """The line or the server as a whole failed. If the text was out the mail may have arrived; else it did not."""
    maybe_sent = bool(getattr(connection, "text_handed_over", False))
    _close(connection)
    if maybe_sent and mail.unknown_outcomes >= 1:
        _finish(mail, State.FAILED, f"unknown: {error!r}", unknown_outcomes=F("unknown_outcomes") + 1)
        tally.failed += 1
        return True
    if maybe_sent:
        later = at + settings.MAIL_UNKNOWN_RETRY_AFTER
        _try_later(mail, f"unknown: {error!r}", at=later, tally=tally, unknown_outcomes=F("unknown_outcomes") + 1)
        return True
    logger.error("the mail server cannot be used: %r", error)
    # Not this mail's fault: its attempt is not counted, and the rest of the batch waits with it.
    _try_later(mail, repr(error), at=at + settings.MAIL_RETRY_AFTER, tally=tally, attempts=F("attempts") - 1)
    return False


def _wait(attempts: int) -> timedelta:
    """60 s doubled with every try up to an hour, spread by half either way so that retries do not come in step."""
    doubled: timedelta = min(settings.MAIL_RETRY_AFTER * 2 ** (attempts - 1), settings.MAIL_RETRY_AT_MOST)
    return max(settings.MAIL_RETRY_AFTER, doubled * random.uniform(0.5, 1.5))  # noqa: S311 -- no secret


def _try_later(mail: OutgoingMail, reply: str, *, at: datetime, tally: Tally, **changes: Any) -> None:
    if mail.attempts >= settings.MAIL_MAX_ATTEMPTS or at >= mail.expires_at:
        _finish(mail, State.FAILED, f"given up: {reply}", **changes)
        tally.failed += 1
        return
    changes |= {"state": State.DUE, "not_before": at, "lease_until": None, "claim_token": None}
    _ours(mail).update(reply=clean_line(reply, at_most=500), **changes)
    tally.retried += 1


def _give_back(mails: list[OutgoingMail], *, at: datetime) -> None:
    for mail in mails:
        OutgoingMail.objects.filter(pk=mail.pk, claim_token=mail.claim_token, state=State.CLAIMED).update(
            state=State.DUE, lease_until=None, claim_token=None
        )


def _finish(mail: OutgoingMail, state: OutgoingMail.State, reply: str, **changes: Any) -> None:
    _ours(mail).update(**_final(state, reply), **changes)


def _ours(mail: OutgoingMail) -> models.QuerySet[OutgoingMail]:
    return OutgoingMail.objects.filter(pk=mail.pk, claim_token=mail.claim_token)


def _final(state: OutgoingMail.State, reply: str) -> dict[str, Any]:
    """A final state. What a sensitive mail said is erased with it."""
    return {
        "state": state,
        "reply": clean_line(reply, at_most=500),
        "lease_until": None,
        "claim_token": None,
        "text": Case(When(sensitive=True, then=Value(_ERASED)), default=F("text"), output_field=TextField()),
        "html": Case(When(sensitive=True, then=Value("")), default=F("html"), output_field=TextField()),
    }


def _close(connection: BaseEmailBackend) -> None:
    try:
        connection.close()
    except (smtplib.SMTPException, OSError) as error:
        logger.info("the mail server's line ended badly after use: %r", error)
