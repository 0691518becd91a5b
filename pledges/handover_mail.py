"""The mails about a report that was handed over or taken back; who gets them is decided here."""

from datetime import datetime, timedelta

from accounts.access import focal_points_of
from accounts.models import Stakeholder
from foundation.mail import absolute_reverse, enqueue
from foundation.mail_text import render_mail
from pledges.mails import when_nothing_ticks
from pledges.models import Handover

_NEWS_LASTS = timedelta(days=14)


def send_handed_over(handover: Handover, *, lead: Stakeholder, at: datetime) -> None:
    """To the focal points of the partner, who report now, and to those of the lead."""
    _tell("handover", handover, lead=lead, at=at)


def send_taken_back(handover: Handover, *, lead: Stakeholder, at: datetime) -> None:
    """To the same people: the lead reports again."""
    _tell("handover_ended", handover, lead=lead, at=at)


def _tell(template: str, handover: Handover, *, lead: Stakeholder, at: datetime) -> None:
    pledge, window = handover.pledge, handover.window
    context = {
        "reference": pledge.reference,
        "title": pledge.current.title,
        "lead": lead.name,
        "partner": handover.stakeholder.name,
        "cycle": window.cycle.title,
        "opens_on": window.opens_on,
        "closes_on": window.closes_on,
        "update_url": absolute_reverse("pledges:update", pledge.reference),
        "handover_url": absolute_reverse("pledges:handover", pledge.reference),
    }
    for side in (handover.stakeholder, lead):
        for person in focal_points_of(side, at=at).order_by("pk"):
            mail = enqueue(
                dedupe_key=f"{template}:{pledge.uuid}:{window.pk}:{at.isoformat()}:{side.pk}:{person.uuid}",
                purpose=template.replace("_", "-"),
                address=person.email,
                content=render_mail(template, context | {"is_lead": side == lead}, language=person.language),
                at=at,
                lasts=_NEWS_LASTS,
                language=person.language,
            )
            when_nothing_ticks(mail, at=at)
