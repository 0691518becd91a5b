"""What stakeholders do with a proposal of a pledge, one function a verb; what staff do stands in
``pledges.proposal_review``.

Each verb changes the row only if it still stands as the caller saw it: one conditional UPDATE decides between two
people, and the slower one is told. Who may call what is the callers' question (``pledges.proposal_access``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Stakeholder, User
from events.models import Cycle
from foundation import history
from pledges import proposal_mails
from pledges.models import Pledge, PledgeProposal
from pledges.proposal_content import ProposalContent, missing_in
from pledges.refusals import Refused

State = PledgeProposal.State


@dataclass(frozen=True)
class Place:
    """Where a text belongs: its key, whose it is, and for a correction the pledge and the version it began from."""

    uuid: UUID
    stakeholder: Stakeholder
    corrects: Pledge | None = None
    from_version: int | None = None


class StaleProposal(Refused):
    """Somebody else was faster. ``current`` is the proposal as it stands now, None if it can no longer be seen."""

    def __init__(self, current: PledgeProposal | None) -> None:
        super().__init__(_("Somebody saved this proposal after you had opened it."))
        self.current = current


@transaction.atomic
def save_proposal(
    *, at: datetime, actor: User, place: Place, revision: int, content: ProposalContent, by_itself: bool = False
) -> PledgeProposal:
    """Keeps a draft, complete or not. ``revision`` is the one that the form showed, 0 for a text without a row.

    Raises StaleProposal for whoever comes second; the same text sent twice by the same person counts once. What a
    page saves ``by_itself`` is not noted in the history.
    """
    try:
        proposal = _write(at=at, actor=actor, place=place, revision=revision, content=content)
    except StaleProposal as stale:
        if stale.current and stale.current.is_editable and _is_repeat(stale.current, actor, revision, content):
            return stale.current
        raise
    if not by_itself:
        history.record(
            at=at, actor=actor, verb="proposal saved", subject=proposal, changes={"revision": proposal.revision}
        )
    return proposal


@transaction.atomic
def submit_proposal(
    *, at: datetime, actor: User, place: Place, revision: int, content: ProposalContent
) -> PledgeProposal:
    """Hands the text to staff, frozen as ``sent``, and mails a receipt.

    Raises ValidationError by field when something is missing, StaleProposal for whoever comes second. The same
    text sent again by the same person (a double click) counts once.
    """
    if sentences := missing_in(content):
        raise ValidationError(dict(sentences))
    try:
        proposal = _write(at=at, actor=actor, place=place, revision=revision, content=content, submits=True)
    except StaleProposal as stale:
        submitted = stale.current and stale.current.state == State.SUBMITTED
        if stale.current and submitted and _is_repeat(stale.current, actor, revision, content):
            return stale.current
        raise
    history.record(
        at=at, actor=actor, verb="proposal submitted", subject=proposal, changes={"revision": proposal.revision}
    )
    proposal_mails.send_receipt(proposal, at=at)
    return proposal


@transaction.atomic
def discard_proposal(*, at: datetime, actor: User, proposal: PledgeProposal, revision: int) -> None:
    """Throws a draft away: its text is erased; what staff were sent before stays with them. Raises StaleProposal."""
    mine = PledgeProposal.objects.filter(pk=proposal.pk, state__in=PledgeProposal.EDITABLE, revision=revision)
    if mine.update(state=State.DISCARDED, content={}, revision=revision + 1, saved_at=at, saved_by=actor) != 1:
        raise StaleProposal(_current(proposal.uuid))
    history.record(at=at, actor=actor, verb="proposal discarded", subject=proposal)


def _write(
    *, at: datetime, actor: User, place: Place, revision: int, content: ProposalContent, submits: bool = False
) -> PledgeProposal:
    values: dict[str, Any] = {
        "content": content,
        "occasion": Cycle.objects.get(slug=content["occasion"]),
        "saved_at": at,
        "saved_by": actor,
        "revision": revision + 1,
    }
    if submits:
        values |= {"state": State.SUBMITTED, "sent": content, "submitted_at": at, "submitted_by": actor}
        values |= {"decided_at": None, "decided_by": None}
    if revision == 0:
        return _create(place, values)
    unchanged = PledgeProposal.objects.filter(
        uuid=place.uuid, stakeholder=place.stakeholder, state__in=PledgeProposal.EDITABLE, revision=revision
    )
    if unchanged.update(**values) != 1:
        raise StaleProposal(_of_place(place))
    return PledgeProposal.objects.get(uuid=place.uuid)


def _create(place: Place, values: dict[str, Any]) -> PledgeProposal:
    try:
        with transaction.atomic():
            return PledgeProposal.objects.create(
                uuid=place.uuid,
                stakeholder=place.stakeholder,
                corrects=place.corrects,
                from_version=place.from_version,
                **values,
            )
    except IntegrityError as error:
        raise StaleProposal(_of_place(place)) from error


def _of_place(place: Place) -> PledgeProposal | None:
    """What stands where the text wanted to go: the row of its key, or the pledge's open correction."""
    current = _current(place.uuid)
    if current is None and place.corrects is not None:
        open_ones = PledgeProposal.objects.filter(corrects=place.corrects, state__in=PledgeProposal.OPEN)
        current = open_ones.select_related("saved_by").first()
    return current if current and current.stakeholder_id == place.stakeholder.pk else None


def _current(uuid: UUID) -> PledgeProposal | None:
    return PledgeProposal.objects.filter(uuid=uuid).select_related("saved_by").first()


def _is_repeat(proposal: PledgeProposal, actor: User, revision: int, content: ProposalContent) -> bool:
    return proposal.revision == revision + 1 and proposal.saved_by_id == actor.pk and proposal.content == content
