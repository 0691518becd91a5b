"""Putting a mail into the outbox. Nothing here talks to a mail server."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.models import OutgoingMail
from foundation.text import clean_line

SUBJECT_AT_MOST = 200


@dataclass(frozen=True)
class Content:
    """What the reader gets. The text is complete by itself; the HTML says the same."""

    subject: str
    text: str
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def absolute_url(path: str) -> str:
    """The full address of a path of this site; the one place where links in mails and feeds are built."""
    if not path.startswith("/"):
        raise ValueError(f"not a path of this site: {path!r}")
    return f"{settings.SITE_URL}{path}"


def absolute_reverse(name: str, *args: object) -> str:
    """The full address of a named page."""
    return absolute_url(reverse(name, args=args))


def message_id_for(dedupe_key: str) -> str:
    """The Message-ID of a mail: the same at every try, so that receivers and logs can tell copies."""
    digest = hashlib.sha256(f"{settings.MAIL_DOMAIN}|{dedupe_key}".encode()).hexdigest()[:32]
    return f"<{digest}@{settings.MAIL_DOMAIN}>"


def enqueue(
    *,
    dedupe_key: str,
    purpose: str,
    address: str,
    content: Content | None,
    at: datetime,
    lasts: timedelta,
    language: str = "en",
    priority: OutgoingMail.Priority = OutgoingMail.Priority.SOON,
    sensitive: bool = False,
) -> OutgoingMail:
    """Inserts a mail that is due at ``at`` and useless after ``at + lasts``; the same key again changes nothing.

    ``content`` may be None when the purpose has a registered ``prepare`` (see ``foundation.outbox``),
    which then writes the text just before the mail goes out.
    """
    row = new_mail(
        dedupe_key=dedupe_key,
        purpose=purpose,
        address=address,
        content=content,
        at=at,
        lasts=lasts,
        language=language,
        priority=priority,
        sensitive=sensitive,
    )
    return enqueue_all([row])[dedupe_key]


def new_mail(
    *,
    dedupe_key: str,
    purpose: str,
    address: str,
    content: Content | None,
    at: datetime,
    lasts: timedelta,
    language: str = "en",
    priority: OutgoingMail.Priority = OutgoingMail.Priority.SOON,
    sensitive: bool = False,
    campaign: str = "",
) -> OutgoingMail:
    """The row that ``enqueue`` inserts, not yet inserted; ``enqueue_all`` takes many of them."""
    shown = content or Content(subject="", text="")
    return OutgoingMail(
        dedupe_key=dedupe_key,
        purpose=purpose,
        priority=priority,
        campaign=campaign,
        address=clean_line(address),
        language=language,
        subject=clean_line(shown.subject, at_most=SUBJECT_AT_MOST),
        text=shown.text,
        html=shown.html,
        headers={name: clean_line(value) for name, value in shown.headers.items()},
        sensitive=sensitive,
        created_at=at,
        not_before=at,
        expires_at=at + lasts,
        message_id=message_id_for(dedupe_key),
    )


def enqueue_all(mails: Sequence[OutgoingMail]) -> dict[str, OutgoingMail]:
    """Inserts many mails by two statements and returns what stands there now, by key.

    A key that is there already keeps its row. Give at most some hundreds at a time, always in the order of
    their keys: two processes that insert the same ones then wait for each other instead of locking up.
    """
    OutgoingMail.objects.bulk_create(mails, ignore_conflicts=True)
    there = OutgoingMail.objects.filter(dedupe_key__in=[mail.dedupe_key for mail in mails])
    return {mail.dedupe_key: mail for mail in there}


def let_wait_again(mails: Collection[int], *, at: datetime, expires_at: datetime) -> None:
    """Lets those of the mails be due once more that ended without ever leaving and that nobody sent again by hand.

    In the caller's transaction; locked in one order, so that two at once wait for each other instead of locking up.
    """
    ended = OutgoingMail.objects.filter(
        pk__in=mails, state__in=OutgoingMail.NOT_TRIED, unknown_outcomes=0, resends=None
    )
    again = list(ended.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    changes = {"state": OutgoingMail.State.DUE, "not_before": at, "expires_at": expires_at, "reply": ""}
    OutgoingMail.objects.filter(pk__in=again).update(**changes)


def _is_one_address(address: str) -> bool:
    if clean_line(address) != address:
        return False
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


class WrittenMessage(EmailMultiAlternatives):
    """A mail that is written once, although it is checked first and sent then."""

    _written: Any = None

    def message(self) -> Any:
        """The mail as the standard library knows it, with its bytes ready. Raises what goes wrong in writing it."""
        if self._written is None:
            self._written = super().message()
            ready = self._written.as_bytes(linesep="\r\n")
            self._written.as_bytes = partial(_with_line_ends, ready)
        return self._written


def _with_line_ends(ready: bytes, *, linesep: str = "\n") -> bytes:
    """What a mail server (CRLF) or a file (LF) asks of a message."""
    return ready if linesep == "\r\n" else ready.replace(b"\r\n", linesep.encode())


def build_message(mail: OutgoingMail, connection: BaseEmailBackend | None = None) -> WrittenMessage:
    """The mail as it goes over the wire. Raises ValueError when a row has no recipient or no text."""
    if not mail.text or not _is_one_address(mail.address):
        raise ValueError(str(_("The mail has no single address or no text.")))
    message = WrittenMessage(
        subject=clean_line(mail.subject, at_most=SUBJECT_AT_MOST),
        body=mail.text,
        to=[mail.address],
        reply_to=[settings.CONTACT_EMAIL],
        headers={
            "Message-ID": mail.message_id,
            # Tells vacation responders and mailing lists not to answer.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "OOF, AutoReply",
            "Content-Language": clean_line(mail.language),
            **{name: clean_line(value) for name, value in mail.headers.items()},
        },
        connection=connection,
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message
