"""What becomes of a mail that the mail server did not take: later, failed, or left alone with the others for a while.

One no is about one mail. Several in a row, with no yes between them, are about the server or about us.
"""

import random
import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Case, F, TextField, Value, When

from foundation import outbox_control
from foundation.line import Line
from foundation.marks import ERASED
from foundation.models import OutgoingMail
from foundation.refusals import About, about_recipient, about_sender, about_text
from foundation.text import clean_line

State = OutgoingMail.State

on_refused_address: list[Callable[[str, datetime], None]] = []


def register_refused_address(handler: Callable[[str, datetime], None]) -> None:
    """Lets an app learn of an address that the mail server refused for good."""
    on_refused_address.append(handler)


def after_error(mail: OutgoingMail, error: smtplib.SMTPException | OSError, line: Line) -> bool:
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
    return line_failed(mail, error, line, was_open=not isinstance(error, smtplib.SMTPResponseException))


def line_failed(mail: OutgoingMail, error: Exception, line: Line, *, was_open: bool = False) -> bool:
    """The line or the server as a whole failed. If the text was out the mail may have arrived; else it did not."""
    maybe_sent = bool(getattr(line.connection, "text_handed_over", False))
    line.close()
    at = line.now()
    if maybe_sent and mail.unknown_outcomes >= 1:
        finish(mail, State.FAILED, f"unknown: {error!r}", unknown_outcomes=F("unknown_outcomes") + 1)
        line.tally.failed += 1
        return True
    if maybe_sent:
        later = at + settings.MAIL_UNKNOWN_RETRY_AFTER
        try_later(mail, f"unknown: {error!r}", line, at=later, unknown_outcomes=F("unknown_outcomes") + 1)
        return True
    # The server took the line and dropped it on this mail, again, or on a code, which comes before all others: the
    # others are tried over a new one.
    is_code = mail.priority == OutgoingMail.Priority.NOW
    is_about_this_one = was_open and (is_code or outbox_control.fails_in_a_row())
    if is_about_this_one and not is_code:
        _noted(line)
        _try_much_later(mail, repr(error), line)
        return True
    # Else it is not this mail's fault: its attempt is not counted, and the mails behind it wait with it.
    if _may_count(mail):
        outbox_control.note_failure(at=at)
    line.has_worked = False
    try_later(mail, repr(error), line, at=at + settings.MAIL_RETRY_AFTER, attempts=F("attempts") - 1)
    return is_about_this_one


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
        try_later(mail, reply, line, at=line.now() + wait_after(mail.attempts))
    else:
        finish(mail, State.FAILED, reply)
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
    """Whether the no may be one of many. Dead addresses count in campaigns alone: codes go to whoever asks for one."""
    if about in (About.US, About.TEXT):
        return _may_count(mail)
    return about == About.ADDRESS and mail.priority == OutgoingMail.Priority.CAMPAIGN


def _may_count(mail: OutgoingMail) -> bool:
    """A code that does not get out may begin a rest, so that staff hear of it, and never makes one longer.

    Codes go to whoever asks for one, and are tried while the outbox rests.
    """
    return mail.priority != OutgoingMail.Priority.NOW or not outbox_control.fails_in_a_row()


def _fails_among_many(mail: OutgoingMail) -> bool:
    """Whether a rest was begun and nothing went out since. A code cannot wait for long, so it is no one of many."""
    return mail.priority != OutgoingMail.Priority.NOW and outbox_control.fails_in_a_row()


def _noted(line: Line) -> bool:
    """Counts a no, of one batch after a rest a single one; whether the outbox may go on."""
    if outbox_control.rests_until(at=line.now()) is None:
        outbox_control.note_failure(at=line.now())
    line.has_worked = False
    return outbox_control.rests_until(at=line.now()) is None


def _words(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer


def wait_after(attempts: int) -> timedelta:
    """60 s doubled with every try up to an hour, spread by half either way so that retries do not come in step."""
    return _spread(min(settings.MAIL_RETRY_AFTER * 2 ** (attempts - 1), settings.MAIL_RETRY_AT_MOST))


def _spread(wait: timedelta) -> timedelta:
    return max(settings.MAIL_RETRY_AFTER, wait * random.uniform(0.5, 1.5))  # noqa: S311 -- no secret


def _try_much_later(mail: OutgoingMail, reply: str, line: Line) -> None:
    """For a server that does not work with us: no try of this mail is counted, and others are tried before it."""
    at = line.now()
    wait = min(_spread(settings.MAIL_RETRY_AT_MOST), (mail.expires_at - at) / 2)
    try_later(mail, reply, line, at=at + wait, attempts=F("attempts") - 1)


def try_later(mail: OutgoingMail, reply: str, line: Line, *, at: datetime, **changes: Any) -> None:
    """Lets the mail wait until ``at``; it fails when it was tried often enough, or is useless by then."""
    if mail.attempts >= settings.MAIL_MAX_ATTEMPTS or at >= mail.expires_at:
        finish(mail, State.FAILED, f"given up: {reply}", **changes)
        line.tally.failed += 1
        return
    changes |= {"state": State.DUE, "not_before": at, "lease_until": None, "claim_token": None}
    ours(mail).update(reply=clean_line(reply, at_most=500), **changes)
    line.tally.retried += 1


def finish(mail: OutgoingMail, state: OutgoingMail.State, reply: str, **changes: Any) -> None:
    """Ends the mail, unless it is no longer the caller's."""
    ours(mail).update(**final(state, reply), **changes)


def ours(mail: OutgoingMail) -> models.QuerySet[OutgoingMail]:
    """The row of the mail, as long as it carries the caller's claim."""
    return OutgoingMail.objects.filter(pk=mail.pk, claim_token=mail.claim_token)
