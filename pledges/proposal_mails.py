"""The mails about proposals of pledges: a receipt for who submitted, the decision for all focal points."""

from datetime import datetime, timedelta
from typing import Any

from accounts.access import focal_points_of
from accounts.models import User
from foundation.mail import absolute_reverse, enqueue
from foundation.mail_text import render_mail
from foundation.models import OutgoingMail
from foundation.outbox import send_soon
from pledges.mails import when_nothing_ticks
from pledges.models import PledgeProposal
from pledges.windows import surviving_stakeholders

_RECEIPT_LASTS = timedelta(days=3)
_NEWS_LASTS = timedelta(days=14)


def send_receipt(proposal: PledgeProposal, *, at: datetime) -> None:
    """To the person who submitted. Tried at once after the commit."""
    if proposal.submitted_by:
        mail = _enqueue("receipt", proposal, proposal.submitted_by, at=at, lasts=_RECEIPT_LASTS)
        send_soon(mail, at=at)


def send_decision(proposal: PledgeProposal, *, at: datetime) -> None:
    """To all focal points of the stakeholder: returned or declined with the comment, or published."""
    key = proposal.stakeholder_id
    for person in focal_points_of(surviving_stakeholders([key])[key], at=at).order_by("pk"):
        mail = _enqueue(proposal.state, proposal, person, at=at, lasts=_NEWS_LASTS)
        when_nothing_ticks(mail, at=at)


def _enqueue(purpose: str, proposal: PledgeProposal, person: User, *, at: datetime, lasts: timedelta) -> OutgoingMail:
    return enqueue(
        dedupe_key=f"proposal-{purpose}:{proposal.uuid}:{proposal.revision}:{person.uuid}",
        purpose=f"proposal-{purpose}",
        address=person.email,
        content=render_mail(f"proposal_{purpose}", _context(proposal, person), language=person.language),
        at=at,
        lasts=lasts,
        language=person.language,
    )


def _context(proposal: PledgeProposal, person: User) -> dict[str, Any]:
    pledge = proposal.published_as or proposal.corrects
    return {
        "person": person,
        "proposal": proposal,
        "title": proposal.sent.get("title", ""),
        "stakeholder": proposal.stakeholder.name,
        "reference": pledge.reference if pledge else "",
        "proposal_url": absolute_reverse("pledges:proposal", str(proposal.uuid)),
        "pledge_url": absolute_reverse("pledges:pledge", pledge.reference) if pledge else "",
    }
