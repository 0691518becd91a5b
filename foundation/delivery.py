"""One claimed mail on its way to the mail server: re-check, mark sending, hand over, mark what became of it.

A worker may be killed between any two lines. Before "sending" nothing has left, so the row goes back for free;
after it, the mail may have left, so it is tried once more under the same Message-ID and then left to a person.
A mail that the server took is marked together with the next one, before that leaves: never is more than one mail of
a line between the server's yes and its mark.
No transaction is open while the mail server is talked to.
"""

import logging
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError

from foundation import outbox_control
from foundation.line import Line
from foundation.mail import Content, WrittenMessage, build_message
from foundation.marks import Accepted, mark_sending, mark_sent
from foundation.models import OutgoingMail
from foundation.outcomes import after_error, finish, line_failed, ours, try_later, wait_after
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


def register_prepare(purpose: str, prepare: Prepare) -> None:
    """Lets an app re-check, and write, the mails of one purpose at the moment they go out."""
    prepares[purpose] = prepare


def deliver(mail: OutgoingMail, line: Line) -> bool:
    """Takes one claimed mail as far as it gets; whether the mails behind it may be tried as well."""
    try:
        if not _prepared(mail, line):
            return True
    except SoftTimeLimitExceeded:
        # Celery's clock interrupts whatever runs: nothing is wrong with this mail.
        raise
    except (OperationalError, InterfaceError) as error:
        return _write_later(mail, error, line)
    except Exception as error:
        logger.exception("mail %s cannot be written now", mail.pk)
        return _write_later(mail, error, line)
    try:
        message = build_message(mail, line.connection)
        message.message()
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        # What stands in the row gets no better. It fails alone and is shown to staff; the others must not wait for it.
        logger.exception("mail %s cannot be written", mail.pk)
        finish(mail, State.FAILED, f"cannot be written: {error!r}")
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
        ours(mail).filter(state=State.CLAIMED).update(state=State.DUE, lease_until=None, claim_token=None)


def _prepared(mail: OutgoingMail, line: Line) -> bool:
    """Whether the mail is still wanted; writes the text that its purpose gives it."""
    prepare = prepares.get(mail.purpose)
    answer = prepare(mail, line.now()) if prepare else None
    if isinstance(answer, Refusal):
        finish(mail, answer.state, answer.reason)
        line.tally.refused += 1
        return False
    if answer is not None:
        mail.subject, mail.text, mail.html = clean_line(answer.subject, at_most=200), answer.text, answer.html
        mail.headers = answer.headers
    return True


def _write_later(mail: OutgoingMail, error: Exception, line: Line) -> bool:
    """A busy database may be there again by then, and a fault in our own words be mended; the others go on."""
    mail.attempts += 1
    later = line.now() + wait_after(mail.attempts)
    try_later(mail, f"cannot be written: {error!r}", line, at=later, attempts=mail.attempts)
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
        return line_failed(mail, error, line)
    try:
        line.connection.send_messages([message])
    except (smtplib.SMTPException, OSError) as error:
        return after_error(mail, error, line)
    _accepted(mail, line)
    return True


def _accepted(mail: OutgoingMail, line: Line) -> None:
    line.accepted = Accepted(mail, line.now())
    line.tally.sent += 1
    if not line.has_worked:
        outbox_control.forget_failures()
        line.has_worked = True
