"""Rows for tests of pledges and what is reported on them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from accounts.models import Stakeholder, User
from accounts.tests.factories import make_user
from events.models import Cycle
from events.tests.factories import get_cycle
from foundation.tests.files import PDF
from foundation.uploads import FileKind, Taken
from pledges import evidence
from pledges.models import (
    EvidenceFile,
    Pledge,
    PledgeParty,
    PledgeProposal,
    PledgeVersion,
    ProgressUpdate,
    ReminderRule,
    Stage,
    UpdateRound,
    UpdateWindow,
)
from pledges.proposal_content import empty_proposal
from pledges.words import keep_words

_numbers = count(1001)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def make_pledge(
    lead: Stakeholder,
    *,
    partners: tuple[Stakeholder, ...] = (),
    title: str = "",
    occasion: Cycle | None = None,
    published: bool = True,
    **version_fields: Any,
) -> Pledge:
    """A published pledge of the 2019 forum with one open version."""
    number = next(_numbers)
    pledge = Pledge.objects.create(
        reference=f"TST-{number}",
        occasion=occasion or get_cycle("grf-2019"),
        source_url="https://example.org/pledge",
        published_at=LONG_AGO if published else None,
    )
    version = PledgeVersion.objects.create(
        pledge=pledge, number=1, valid_from=LONG_AGO, title=title or f"Pledge {number}", **version_fields
    )
    PledgeParty.objects.create(version=version, stakeholder=lead, role=PledgeParty.Role.LEAD)
    for partner in partners:
        PledgeParty.objects.create(version=version, stakeholder=partner, role=PledgeParty.Role.PARTNER)
    keep_words(Pledge.objects.filter(pk=pledge.pk))
    return pledge


def make_update(
    pledge: Pledge,
    state: str = ProgressUpdate.State.ACCEPTED,
    *,
    at: datetime = datetime(2021, 2, 1, tzinfo=UTC),
    stage: str = Stage.IN_PROGRESS,
    stakeholder: Stakeholder | None = None,
    **fields: Any,
) -> ProgressUpdate:
    """An update in any state, with the rounds and times that the state implies."""
    reporter = stakeholder or pledge.current.parties.get(role="lead").stakeholder
    submitted = state != ProgressUpdate.State.DRAFT
    accepted = state in (ProgressUpdate.State.ACCEPTED, ProgressUpdate.State.REVOKED)
    fields.setdefault("narrative", "Work has begun.")
    update = ProgressUpdate.objects.create(
        pledge=pledge,
        stakeholder=reporter,
        state=state,
        stage=stage,
        saved_at=at,
        first_submitted_at=at if submitted else None,
        accepted_at=at if accepted else None,
        revoked_at=at if state == ProgressUpdate.State.REVOKED else None,
        **fields,
    )
    if submitted:
        decision = {"returned": "returned", "submitted": ""}.get(state, "accepted")
        UpdateRound.objects.create(
            update=update,
            number=1,
            content={name: getattr(update, name) for name in ProgressUpdate.DRAFT_FIELDS},
            labels={},
            submitted_at=at,
            decision=decision,
            decided_at=at if decision else None,
            comment="Please say how many." if decision == "returned" else "",
        )
    return update


def make_evidence(
    update: ProgressUpdate,
    content: bytes = PDF,
    *,
    name: str = "report.pdf",
    caption: str = "What was built",
    at: datetime = datetime(2021, 2, 1, tzinfo=UTC),
) -> EvidenceFile:
    """A file of an update, named by all its rounds."""
    taken = Taken(FileKind(name.rpartition(".")[2]), name, content)
    actor = update.saved_by or make_user(f"sender-{next(_numbers)}@example.org")
    [made] = evidence.attach_to_locked(at=at, actor=actor, update=update, offered=[evidence.Offered(taken, caption)])
    for row in update.rounds.all():
        row.content |= {evidence.IN_ROUND: evidence.frozen(update)}
        row.save()
    return made


def make_proposal(
    stakeholder: Stakeholder,
    state: str = PledgeProposal.State.DRAFT,
    *,
    by: User,
    corrects: Pledge | None = None,
    at: datetime = datetime(2021, 10, 1, 8, tzinfo=UTC),
    **content: Any,
) -> PledgeProposal:
    """A proposal in any state but published, for the forum of 2023, with the times that the state implies."""
    occasion = corrects.occasion if corrects else get_cycle("grf-2023")
    usual = {"occasion": occasion.slug, "title": "Bridges to work", "description": "We train."}
    said = empty_proposal(**usual | content)
    submitted = state != PledgeProposal.State.DRAFT
    decided = state in (PledgeProposal.State.RETURNED, PledgeProposal.State.DECLINED)
    return PledgeProposal.objects.create(
        stakeholder=stakeholder,
        state=state,
        corrects=corrects,
        from_version=corrects.current.number if corrects else None,
        occasion=occasion,
        content=said,
        sent=said if submitted else {},
        saved_at=at,
        saved_by=by,
        submitted_at=at if submitted else None,
        submitted_by=by if submitted else None,
        decided_at=at if decided else None,
        comment="Please say where." if decided else "",
    )


def make_window(
    opens_on: date = date(2021, 10, 1), closes_on: date = date(2021, 10, 31), **fields: Any
) -> UpdateWindow:
    """The October window of 2021, asking for the pledges of 2019, without rules."""
    window = UpdateWindow.objects.create(
        cycle=fields.pop("cycle", None) or get_cycle("hlom-2021"),
        opens_on=opens_on,
        closes_on=closes_on,
        activated_at=fields.pop("activated_at", LONG_AGO),
        **fields,
    )
    window.occasions.set([get_cycle("grf-2019"), get_cycle("hls-2019")])
    return window


def make_rule(
    window: UpdateWindow, name: str = "opening", anchor: str = "opens", days: int = 0, **fields: Any
) -> ReminderRule:
    """A rule that was there long before its moment: at the opening, unless said otherwise."""
    fields.setdefault("created_at", LONG_AGO)
    return ReminderRule.objects.create(window=window, name=name, anchor=anchor, offset_days=days, **fields)


def make_usual_rules(window: UpdateWindow) -> dict[str, ReminderRule]:
    """The four rules of 2021 by name."""
    rules = [
        ("opening", "opens", 0),
        ("two weeks left", "closes", 14),
        ("three days left", "closes", 3),
        ("last day", "closes", 0),
    ]
    return {name: make_rule(window, name, anchor, days) for name, anchor, days in rules}


def money(value: str) -> Decimal:
    """A number as the database stores it."""
    return Decimal(value)
