"""One claimed mail on its way to the mail server: re-check, mark sending, hand over, mark what became of it.

A worker may be killed between any two lines. Before "sending" nothing has left, so the row goes back for free;
after it, the mail may have left, so it is tried once more under the same Message-ID and then left to a person.
A mail that the server took is marked together with the next one, before that leaves: never is more than one mail of
a line between the server's yes and its mark.
No transaction is open while the mail server is talked to.
"""

import logging
import random
import smtplib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.db import InterfaceError, OperationalError, models
from django.db.models import Case, F, TextField, Value, When

from foundation import outbox_control
from foundation.mail import Content, WrittenMessage, build_message
from foundation.marks import ERASED, Accepted, mark_sending, mark_sent
from foundation.models import OutgoingMail
from foundation.refusals import About, about_recipient, about_sender, about_text
from foundation.text import clean_line

logger = logging.getLogger(__name__)
State = OutgoingMail.State


@dataclass(frozen=True)
class Refusal:
    """A mail that must not go out any more, and why: ``skipped`` (no longer asked) or ``suppressed`` (not wanted)."""

    state: OutgoingMail.State
    reason: str


# Called for a claimed mail just before it goes out: None sends what the row holds, a Content replaces it first.
Prepare = Callable[[OutgoingMail, datetime], Content | Refusal | None]
prepares: dict[str, Prepare] = {}
on_refused_address: list[Callable[[str, datetime], None]] = []


def register_prepare(purpose: str, prepare: Prepare) -> None:
    """Lets an app re-check, and write, the mails of one purpose at the moment they go out."""
    prepares[purpose] = prepare


def register_refused_address(handler: Callable[[str, datetime], None]) -> None:
    """Lets an app learn of an address that the mail server refused for good."""
    on_refused_address.append(handler)


@dataclass
class Tally:
    """What a drain did."""

    sent: int = 0
    failed: int = 0
    retried: int = 0
    refused: int = 0
    expired: int = 0
    # The mail server cannot be used, or was left alone; the mails wait.
    stopped: bool = False
    # Time was up before all was sent.
    unfinished: bool = False

    @property
    def touched(self) -> int:
        """How many mails were taken in hand."""
        return self.sent + self.failed + self.retried + self.refused

    def __str__(self) -> str:
        return (
            f"sent {self.sent}, failed {self.failed}, later {self.retried}, "
            f"not sent {self.refused}, expired {self.expired}"
        )


@dataclass
class Line:
    """One connection to the mail server, for one mail after another, and the count of what became of them."""

    connection: BaseEmailBackend
    now: Callable[[], datetime]
    tally: Tally = field(default_factory=Tally)
    # Once per line is enough to say that the mail server works.
    has_worked: bool = False
    # Taken by the mail server and not yet marked.
    accepted: Accepted | None = None

    def close(self) -> None:
        """Ends the connection; the next mail opens it again."""
        try:
            self.connection.close()
        except (smtplib.SMTPException, OSError) as error:
            logger.info("the mail server's line ended badly after use: %r", error)


def deliver(mail: OutgoingMail, line: Line) -> bool:
    """Takes one claimed mail as far as it gets; whether the mails behind it may be tried as well."""
    try:
        if not _prepared(mail, line):
            return True
        message = build_message(mail, line.connection)
        message.message()
    except (OperationalError, InterfaceError) as error:
        # The database was busy or away, and the mail is as good as before.
        mail.attempts += 1
        _try_later(mail, repr(error), line, at=line.now() + _wait(mail.attempts), attempts=mail.attempts)
        return True
    except SoftTimeLimitExceeded:
        # Celery's clock interrupts whatever runs: nothing is wrong with this mail.
        raise
    except Exception as error:
        # A row that cannot be written fails alone and is shown to staff; the others must not wait for it.
        logger.exception("mail %s cannot be written", mail.pk)
        _finish(mail, State.FAILED, f"cannot be written: {error!r}")
        line.tally.failed += 1
        return True
    return _hand_over(mail, message, line)


def settle(line: Line) -> None:
    """Marks what the mail server took last; nothing when that is done."""
    if line.accepted:
        mark_sent(line.accepted)
        line.accepted = None


def give_back(mails: list[OutgoingMail]) -> None:
    """Lets others have claimed mails that were not begun."""
    for mail in mails:
        _ours(mail).filter(state=State.CLAIMED).update(state=State.DUE, lease_until=None, claim_token=None)


def final(state: OutgoingMail.State, reply: str) -> dict[str, Any]:
    """The changes that end a mail. What a sensitive mail said is erased with it."""
    return {
        "state": state,
        "reply": clean_line(reply, at_most=500),
        "lease_until": None,
        "claim_token": None,
        "text": Case(When(sensitive=True, then=Value(ERASED)), default=F("text"), output_field=TextField()),
        "html": Case(When(sensitive=True, then=Value("")), default=F("html"), output_field=TextField()),
    }


def _prepared(mail: OutgoingMail, line: Line) -> bool:
    """Whether the mail is still wanted; writes the text that its purpose gives it."""
    prepare = prepares.get(mail.purpose)
    answer = prepare(mail, line.now()) if prepare else None
    if isinstance(answer, Refusal):
        _finish(mail, answer.state, answer.reason)
        line.tally.refused += 1
        return False
    if answer is not None:
        mail.subject, mail.text, mail.html = clean_line(answer.subject, at_most=200), answer.text, answer.html
        mail.headers = answer.headers
    return True


def _hand_over(mail: OutgoingMail, message: WrittenMessage, line: Line) -> bool:
    begun = mark_sending(mail, freezes=mail.purpose in prepares, after=line.accepted)
    line.accepted = None
    if not begun:
        # Paused meanwhile, or taken back because this worker was too slow.
        give_back([mail])
        return True
    try:
        line.connection.open()
    except (smtplib.SMTPException, OSError) as error:
        return _line_failed(mail, error, line)
    try:
        line.connection.send_messages([message])
    except (smtplib.SMTPException, OSError) as error:
        return _failed(mail, error, line)
    _accepted(mail, line)
    return True


def _failed(mail: OutgoingMail, error: smtplib.SMTPException | OSError, line: Line) -> bool:
    """Finds out what the error is about; whether the mails behind this one may be tried."""
    about, reply = About.US, repr(error)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next((code, _words(answer)) for code, answer in error.recipients.values())
        return _refused(mail, about_recipient(code, words), f"{code} {words}", line)
    if isinstance(error, smtplib.SMTPResponseException):
        reply = f"{error.smtp_code} {_words(error.smtp_error)}"
    if isinstance(error, smtplib.SMTPDataError):
        return _refused(mail, about_text(error.smtp_code, _words(error.smtp_error)), reply, line)
    if isinstance(error, smtplib.SMTPSenderRefused):
        about = about_sender(error.smtp_code)
    if about == About.TEXT:
        return _refused(mail, about, reply, line)
    return _line_failed(mail, error, line, was_open=not isinstance(error, smtplib.SMTPResponseException))


def _accepted(mail: OutgoingMail, line: Line) -> None:
    line.accepted = Accepted(mail, line.now())
    line.tally.sent += 1
    if not line.has_worked:
        outbox_control.note_success()
        line.has_worked = True


def _words(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer


def _refused(mail: OutgoingMail, about: About, reply: str, line: Line) -> bool:
    """The server said no to this mail; whether the mails behind it may be tried.

    One no is about one mail. Several in a row, with no yes between them, are about the server or about us.
    """
    counts = _counts(mail, about)
    is_one_of_many = about == About.US and _fails_among_many(mail)
    if is_one_of_many:
        _try_much_later(mail, reply, line)
    elif about in (About.LATER, About.US):
        mail.refresh_from_db(fields=["attempts"])
        _try_later(mail, reply, line, at=line.now() + _wait(mail.attempts))
    else:
        _finish(mail, State.FAILED, reply)
        line.tally.failed += 1
    if about == About.ADDRESS:
        for handler in on_refused_address:
            handler(mail.address, line.now())
    if about == About.US:
        # A server that says it is closing has hung up.
        line.close()
    if is_one_of_many:
        # A few that are always refused must not hide that the server takes the others: what is claimed is tried.
        _noted(line)
        return True
    return not counts or _noted(line)


def _counts(mail: OutgoingMail, about: About) -> bool:
    """Whether the no may be one of many. Dead addresses count in campaigns alone: codes go to whoever asks for one.

    For the same reason a refused code may begin a rest, so that staff hear of it, and never makes one longer.
    """
    if about in (About.US, About.TEXT):
        return mail.priority != OutgoingMail.Priority.NOW or not outbox_control.fails_in_a_row()
    return about == About.ADDRESS and mail.priority == OutgoingMail.Priority.CAMPAIGN


def _fails_among_many(mail: OutgoingMail) -> bool:
    """Whether a rest was begun and nothing went out since. A code cannot wait for long, so it is no one of many."""
    return mail.priority != OutgoingMail.Priority.NOW and outbox_control.fails_in_a_row()


def _noted(line: Line) -> bool:
    """Counts a no, of one batch after a rest a single one; whether the outbox may go on."""
    if outbox_control.rests_until(at=line.now()) is None:
        outbox_control.note_failure(at=line.now())
    line.has_worked = False
    return outbox_control.rests_until(at=line.now()) is None


def _line_failed(mail: OutgoingMail, error: Exception, line: Line, *, was_open: bool = False) -> bool:
    """The line or the server as a whole failed. If the text was out the mail may have arrived; else it did not."""
    maybe_sent = bool(getattr(line.connection, "text_handed_over", False))
    line.close()
    at = line.now()
    if maybe_sent and mail.unknown_outcomes >= 1:
        _finish(mail, State.FAILED, f"unknown: {error!r}", unknown_outcomes=F("unknown_outcomes") + 1)
        line.tally.failed += 1
        return True
    if maybe_sent:
        later = at + settings.MAIL_UNKNOWN_RETRY_AFTER
        _try_later(mail, f"unknown: {error!r}", line, at=later, unknown_outcomes=F("unknown_outcomes") + 1)
        return True
    # Not this mail's fault: its attempt is not counted, and the mails behind it wait with it.
    if not (was_open and _fails_among_many(mail)):
        outbox_control.note_failure(at=at)
        line.has_worked = False
        _try_later(mail, repr(error), line, at=at + settings.MAIL_RETRY_AFTER, attempts=F("attempts") - 1)
        return False
    # Or is it? The server took the line and dropped it on this mail, so the others are tried over a new one.
    _noted(line)
    _try_much_later(mail, repr(error), line)
    return True


def _wait(attempts: int) -> timedelta:
    """60 s doubled with every try up to an hour, spread by half either way so that retries do not come in step."""
    return _spread(min(settings.MAIL_RETRY_AFTER * 2 ** (attempts - 1), settings.MAIL_RETRY_AT_MOST))


def _spread(wait: timedelta) -> timedelta:
    return max(settings.MAIL_RETRY_AFTER, wait * random.uniform(0.5, 1.5))  # noqa: S311 -- no secret


def _try_much_later(mail: OutgoingMail, reply: str, line: Line) -> None:
    """For a server that does not work with us: no try of this mail is counted, and others are tried before it."""
    at = line.now()
    wait = min(_spread(settings.MAIL_RETRY_AT_MOST), (mail.expires_at - at) / 2)
    _try_later(mail, reply, line, at=at + wait, attempts=F("attempts") - 1)


def _try_later(mail: OutgoingMail, reply: str, line: Line, *, at: datetime, **changes: Any) -> None:
    if mail.attempts >= settings.MAIL_MAX_ATTEMPTS or at >= mail.expires_at:
        _finish(mail, State.FAILED, f"given up: {reply}", **changes)
        line.tally.failed += 1
        return
    changes |= {"state": State.DUE, "not_before": at, "lease_until": None, "claim_token": None}
    _ours(mail).update(reply=clean_line(reply, at_most=500), **changes)
    line.tally.retried += 1


def _finish(mail: OutgoingMail, state: OutgoingMail.State, reply: str, **changes: Any) -> None:
    _ours(mail).update(**final(state, reply), **changes)


def _ours(mail: OutgoingMail) -> models.QuerySet[OutgoingMail]:
    return OutgoingMail.objects.filter(pk=mail.pk, claim_token=mail.claim_token)
