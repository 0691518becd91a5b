"""The mails about offers of support; who gets them, and whose addresses they name, is decided here."""

from datetime import datetime, timedelta
from typing import Any

from accounts.access import focal_points_of, mailboxes_of
from accounts.models import Stakeholder
from foundation.mail import absolute_reverse, enqueue
from foundation.mail_text import render_mail
from pledges.mails import when_nothing_ticks
from pledges.models import PledgeMatch

_NEWS_LASTS = timedelta(days=14)


def send_offered(match: PledgeMatch, *, host: Stakeholder, at: datetime) -> None:
    """To the host's side: somebody offers support, and where to answer."""
    _tell("match_offered", match, host, at=at)


def send_introductions(match: PledgeMatch, *, host: Stakeholder, offerer: Stakeholder, at: datetime) -> None:
    """To both sides, each with the names and addresses of the other side's focal points."""
    for side, other in ((host, offerer), (offerer, host)):
        _tell("match_accepted", match, side, at=at, other=other.name, contacts=contacts_of(other, at=at))


def send_declined(match: PledgeMatch, *, offerer: Stakeholder, at: datetime) -> None:
    """To the one who offered: the host's reason."""
    _tell("match_declined", match, offerer, at=at)


def send_withdrawn(match: PledgeMatch, *, host: Stakeholder, at: datetime) -> None:
    """To the host's side: the offer was taken back."""
    _tell("match_withdrawn", match, host, at=at)


def send_done_for(match: PledgeMatch, *, side: Stakeholder, on_request_of: str, at: datetime) -> None:
    """To the side that asked staff to act: what was done, and who asked for it. To nobody when nobody asked."""
    if on_request_of:
        state = match.get_state_display()
        _tell("match_done_for", match, side, at=at, on_request_of=on_request_of, state=state)


def contacts_of(stakeholder: Stakeholder, *, at: datetime) -> list[str]:
    """Its focal points as "Name, address"; the institutional mailbox where there are none."""
    people = focal_points_of(stakeholder, at=at).order_by("pk")
    found = [f"{person.name}, {person.email}" if person.name else person.email for person in people]
    return found or [address for address in [stakeholder.institutional_mailbox] if address]


def _tell(template: str, match: PledgeMatch, side: Stakeholder, *, at: datetime, **more: Any) -> None:
    pledge = match.pledge
    context = {
        "reference": pledge.reference,
        "title": pledge.current.title,
        "offerer": match.stakeholder.name,
        "reason": match.reason,
        "match_url": absolute_reverse("pledges:match", match.uuid),
        **more,
    }
    for address, language in mailboxes_of(side, at=at).items():
        mail = enqueue(
            dedupe_key=f"{template}:{match.uuid}:{side.pk}:{address}",
            purpose=template.replace("_", "-"),
            address=address,
            content=render_mail(template, context, language=language),
            at=at,
            lasts=_NEWS_LASTS,
            language=language,
        )
        when_nothing_ticks(mail, at=at)
