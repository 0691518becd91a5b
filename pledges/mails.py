"""The mails about updates. They are put into the outbox here; who gets them is decided here and nowhere else."""

from datetime import datetime, timedelta

from django.conf import settings

from accounts.access import focal_points_of
from accounts.models import User
from foundation.mail import absolute_reverse, enqueue
from foundation.mail_text import render_mail
from foundation.models import OutgoingMail
from foundation.outbox import send_soon
from pledges.field_comments import asks_single_fields_only, comments_on
from pledges.models import PartnerNote, ProgressUpdate, UpdateRound
from pledges.round_text import round_fields
from pledges.windows import surviving_stakeholders

_RECEIPT_LASTS = timedelta(days=3)
_NEWS_LASTS = timedelta(days=14)


def send_receipt(row: UpdateRound, *, at: datetime) -> None:
    """To the person who submitted: the number of the receipt and what was sent. Tried at once after the commit."""
    if row.submitted_by is None:
        return
    mail = _enqueue("receipt", row.submitted_by, row, key=str(row.uuid), at=at, lasts=_RECEIPT_LASTS)
    send_soon(mail, at=at)


def send_returned(row: UpdateRound, *, at: datetime) -> None:
    """To all focal points of the stakeholder: the reviewer's comment and where to correct the text."""
    _tell_focal_points("returned", row, key=f"{row.uuid}:returned", at=at)


def send_accepted(row: UpdateRound, *, at: datetime, but_not_to: User | None = None) -> None:
    """To all focal points of the stakeholder: the update is public. Whoever has a receipt that says so is left out."""
    _tell_focal_points("accepted", row, key=f"{row.uuid}:accepted", at=at, but_not_to=but_not_to)


def send_revoked(update: ProgressUpdate, *, at: datetime) -> None:
    """To all focal points of the stakeholder: the update is no longer public, and the note that says why."""
    row = update.rounds.get(decision=UpdateRound.Decision.ACCEPTED)
    _tell_focal_points("revoked", row, key=f"{row.uuid}:revoked", at=at)


def send_partner_note(note: PartnerNote, *, at: datetime) -> None:
    """To the focal points of the stakeholder that writes the update; within one hour of the clock only once."""
    update = note.update
    reporter = surviving_stakeholders([update.stakeholder_id])[update.stakeholder_id]
    reference = update.pledge.reference
    context = {
        "partner": note.stakeholder.name,
        "reference": reference,
        "title": update.pledge.current.title,
        "stakeholder": reporter.name,
        "notes_url": absolute_reverse("pledges:partner_notes", reference),
    }
    for person in focal_points_of(reporter, at=at).order_by("pk"):
        mail = enqueue(
            dedupe_key=f"partner-note:{note.pk}:{at:%Y-%m-%dT%H}:{person.uuid}",
            purpose="partner-note",
            address=person.email,
            content=render_mail("partner_note", context, language=person.language),
            at=at,
            lasts=_NEWS_LASTS,
            language=person.language,
        )
        when_nothing_ticks(mail, at=at)


def when_nothing_ticks(mail: OutgoingMail, *, at: datetime) -> None:
    """Everything but codes and receipts waits for the tick; the quick start has none, so it sends at once."""
    if settings.QUICK_START:
        send_soon(mail, at=at)


def _tell_focal_points(
    purpose: str, row: UpdateRound, *, key: str, at: datetime, but_not_to: User | None = None
) -> None:
    key_of_reporter = row.update.stakeholder_id
    reporter = surviving_stakeholders([key_of_reporter])[key_of_reporter]
    for person in focal_points_of(reporter, at=at).order_by("pk"):
        if person == but_not_to:
            continue
        mail = _enqueue(purpose, person, row, key=f"{key}:{person.uuid}", at=at, lasts=_NEWS_LASTS)
        when_nothing_ticks(mail, at=at)


def _enqueue(purpose: str, person: User, row: UpdateRound, *, key: str, at: datetime, lasts: timedelta) -> OutgoingMail:
    reference = row.update.pledge.reference
    context = {
        "person": person,
        "round": row,
        "update": row.update,
        "reference": reference,
        "title": row.labels.get("pledge_title", ""),
        "stakeholder": row.labels.get("stakeholder", ""),
        "fields": round_fields(row),
        "comments": comments_on(row, now=row.content),
        "single_fields_only": asks_single_fields_only(row),
        "update_url": absolute_reverse("pledges:update", reference),
        "receipt_url": absolute_reverse("pledges:receipt", row.uuid),
        "pledge_url": absolute_reverse("pledges:pledge", reference),
    }
    return enqueue(
        dedupe_key=f"update-{purpose}:{key}",
        purpose=f"update-{purpose}",
        address=person.email,
        content=render_mail(f"update_{purpose}", context, language=person.language),
        at=at,
        lasts=lasts,
        language=person.language,
    )
