"""Sending a mail again because a person decided to: as a new row, under its own Message-ID."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.delivery import prepares
from foundation.mail import message_id_for
from foundation.models import OutgoingMail

PURPOSE = "sent-again"
State = OutgoingMail.State

# Why a mail of this purpose is not wanted by its reader, as a sentence for staff; empty when nothing is known.
Objection = Callable[[OutgoingMail], str]
_objections: dict[str, Objection] = {}


def register_objection(purpose: str, objection: Objection) -> None:
    """Lets an app speak for those who asked for no more mails of one purpose."""
    _objections[purpose] = objection


class CannotResendError(ValueError):
    """Why a mail is not sent again, as a sentence for the reader."""


@transaction.atomic
def send_again(mail: OutgoingMail, *, at: datetime) -> OutgoingMail:
    """Puts the same text to the same address into the outbox as a new mail, under its own Message-ID.

    What could not be written is written as it goes out. It lasts as long as the first one did, from when that was
    made. Raises CannotResendError for what is secret, unwanted or still on its way, and for what was sent again
    already: then the later mail can be, if need be.
    """
    # Two members of staff at once wait for each other here.
    mail = OutgoingMail.objects.select_for_update().get(pk=mail.pk)
    if reason := _why_not(mail):
        raise CannotResendError(reason)
    return OutgoingMail.objects.create(
        **_again(mail),
        created_at=at,
        not_before=at,
        expires_at=at + (mail.expires_at - mail.created_at),
        resend_of=mail,
    )


def first_of(mail: OutgoingMail) -> OutgoingMail:
    """The mail that this one is a resend of, or of which it is a resend of a resend; itself when it is none."""
    while mail.resend_of:
        mail = mail.resend_of
    return mail


def _why_not(mail: OutgoingMail) -> str:
    if mail.sensitive:
        return _("What it said was secret and is erased. The person can ask for a new code.")
    if mail.state not in OutgoingMail.FINAL:
        return _("It is still on its way. Wait until it is sent or has failed.")
    if mail.resends.exists():
        return _("It was sent again already. If that did not help, send the later mail again.")
    if mail.state == State.SUPPRESSED:
        return _("It is not wanted: %(reason)s.") % {"reason": mail.reply}
    if not mail.text and not _was_to_be_written(mail):
        return _("It was never written, because nobody was to get it any more.")
    objection = _objections.get(first_of(mail).purpose)
    return objection(mail) if objection else ""


def _was_to_be_written(mail: OutgoingMail) -> bool:
    """Whether writing it failed, so that it may be better by now; what was skipped nobody was to get."""
    return mail.state == State.FAILED and mail.purpose in prepares


def _again(mail: OutgoingMail) -> dict[str, Any]:
    """What a resend takes over, and its own key.

    A text that was written goes out as it is: no re-check speaks for it, a person decided.
    """
    key = f"again-{uuid.uuid4()}"
    same = ("priority", "campaign", "address", "language", "subject", "text", "html", "headers")
    return {name: getattr(mail, name) for name in same} | {
        "dedupe_key": key,
        "purpose": PURPOSE if mail.text else mail.purpose,
        "message_id": message_id_for(key),
    }
