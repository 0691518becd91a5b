"""What the public reads of a pledge's progress: accepted updates and confirmations, newest first.

Everything comes from the frozen round that was accepted, by an allow-list: no drafts, no comments, no people.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from pledges.evidence import FileLine, lines_of
from pledges.models import Confirmation, PartnerNote, Pledge, Stage, UpdateRound
from pledges.models.pledge import PledgeQuerySet
from pledges.models.update import ScopeChange
from pledges.partners import fingerprint_of
from pledges.selectors import confirmations_as_of
from pledges.wording import is_web_link, public_name, result_words


@dataclass(frozen=True)
class Result:
    """One number that was reported."""

    label: str
    value: str
    unit: str
    reached_on: date | None = None
    # What the update before said of the same; empty when it said nothing, or the same.
    before: str = ""


@dataclass(frozen=True)
class Entry:
    """One entry of the timeline. Of a withdrawn update nothing is filled but its dates and the public note."""

    kind: Literal["update", "withdrawn", "confirmation"]
    at: datetime
    pledge: Pledge
    key: UUID
    reported_by: str = ""
    # The partners that agreed with this text, by their public names.
    agreed_by: list[str] = field(default_factory=list)
    stage: str = ""
    stage_label: str = ""
    stage_before: str = ""
    scope_change_label: str = ""
    narrative: str = ""
    challenges: str = ""
    support_needed: str = ""
    refugees_involved: str = ""
    no_evidence_reason: str = ""
    results: list[Result] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    files: list[FileLine] = field(default_factory=list)
    language: str = ""
    withdrawn_at: datetime | None = None
    note: str = ""
    since: datetime | None = None


def public_timeline(pledge: Pledge, *, at: datetime) -> list[Entry]:
    """All entries of a pledge that were public at ``at``, each with what the one before said.

    In two queries, three where partners agreed.
    """
    return _with_differences(_entries(Pledge.objects.filter(pk=pledge.pk), at=at, at_most=None))


def newest_entries(pledges: PledgeQuerySet, *, at: datetime, at_most: int) -> list[Entry]:
    """What the public was told last of several pledges, in two queries however many they are."""
    return _entries(pledges, at=at, at_most=at_most)


def _entries(pledges: PledgeQuerySet, *, at: datetime, at_most: int | None) -> list[Entry]:
    rounds = UpdateRound.objects.filter(
        update__pledge__in=pledges.order_by().values("pk"),
        decision=UpdateRound.Decision.ACCEPTED,
        update__accepted_at__lte=at,
    ).order_by("-update__first_submitted_at", "-update__pk")
    confirmations = confirmations_as_of(at).filter(pledge__in=pledges.order_by().values("pk")).order_by("-at", "-pk")
    rows = list(rounds.select_related("update__stakeholder__merged_into", "update__pledge")[:at_most])
    agreed = _agreed_partners(rows)
    entries = [replace(_of_round(row, at=at), agreed_by=agreed.get(row.pk, [])) for row in rows]
    entries += [
        _of_confirmation(one)
        for one in confirmations.select_related("pledge", "stakeholder__merged_into", "since_round__update")[:at_most]
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:at_most]


def _with_differences(entries: list[Entry]) -> list[Entry]:
    """Newest first as they came; stage and numbers know what the update before said of them."""
    told, before = [], None
    for entry in reversed(entries):
        told.append(_beside(entry, before) if before and entry.kind == "update" else entry)
        before = entry if entry.kind == "update" else before
    return told[::-1]


def _beside(entry: Entry, before: Entry) -> Entry:
    numbers = {(result.label.casefold(), result.unit): result.value for result in before.results}
    results = []
    for result in entry.results:
        was = numbers.get((result.label.casefold(), result.unit), "")
        results.append(replace(result, before=was if was != result.value else ""))
    return replace(entry, results=results, stage_before=before.stage_label if before.stage != entry.stage else "")


def _of_round(accepted: UpdateRound, *, at: datetime) -> Entry:
    update = accepted.update
    submitted_at = update.first_submitted_at or accepted.submitted_at
    if update.revoked_at is not None and update.revoked_at <= at:
        return Entry(
            "withdrawn",
            submitted_at,
            update.pledge,
            update.uuid,
            withdrawn_at=update.revoked_at,
            note=update.revoke_note,
        )
    content, labels = _mapping(accepted.content), _mapping(accepted.labels)
    stage, scope_change = _text(content, "stage"), _text(content, "scope_change")
    return Entry(
        kind="update",
        at=submitted_at,
        pledge=update.pledge,
        key=update.uuid,
        reported_by=_reporter(accepted),
        stage=stage,
        stage_label=_text(labels, "stage") or str(dict(Stage.choices).get(stage, "")),
        scope_change_label=scope_change
        and (_text(labels, "scope_change") or str(dict(ScopeChange.choices).get(scope_change, ""))),
        narrative=_text(content, "narrative"),
        challenges=_text(content, "challenges"),
        support_needed=_text(content, "support_needed"),
        refugees_involved=_text(content, "refugees_involved"),
        no_evidence_reason=_text(content, "no_evidence_reason"),
        results=_results(content.get("results")),
        links=[link for link in _items(content.get("links")) if is_web_link(link)],
        files=lines_of(accepted.content),
        language=_text(content, "language"),
    )


def _agreed_partners(rows: list[UpdateRound]) -> dict[int, list[str]]:
    """For each round the public names of the partners that agreed with its text, as it was frozen."""
    shown = [row for row in rows if row.update.revoked_at is None and _mapping(row.labels).get("agreed_partners")]
    if not shown:
        return {}
    notes = PartnerNote.objects.filter(update__in=[row.update_id for row in shown])
    agreed: dict[tuple[int, str], list[str]] = {}
    for note in notes.select_related("stakeholder__merged_into").order_by("stakeholder__name", "pk"):
        agreed.setdefault((note.update_id, note.agreed_with), []).append(public_name(note.stakeholder))
    return {row.pk: agreed.get((row.update_id, fingerprint_of(row.content)), []) for row in shown}


def _reporter(accepted: UpdateRound) -> str:
    """The name that was accepted, unless the stakeholder is no longer to be named."""
    stakeholder = accepted.update.stakeholder
    shown = stakeholder.merged_into or stakeholder
    return (_text(_mapping(accepted.labels), "stakeholder") if shown.is_public else "") or public_name(stakeholder)


def _of_confirmation(confirmation: Confirmation) -> Entry:
    return Entry(
        kind="confirmation",
        at=confirmation.at,
        pledge=confirmation.pledge,
        # The row has no identifier that is public; this one is the same each time and belongs to no other.
        key=uuid5(confirmation.pledge.uuid, confirmation.at.isoformat()),
        reported_by=public_name(confirmation.stakeholder),
        since=confirmation.since_round.update.first_submitted_at,
    )


def _mapping(stored: Any) -> dict[str, Any]:
    """Stored JSON as it should be. The public page must open whatever an import once left there."""
    return stored if isinstance(stored, dict) else {}


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _items(values: Any) -> list[Any]:
    return values if isinstance(values, list) else []


def _results(values: Any) -> list[Result]:
    rows = [_mapping(row) for row in _items(values)]
    read = [
        Result(
            _text(row, "label") or _("Result"),
            result_words(_text(row, "value")),
            _text(row, "unit"),
            _day(_text(row, "reached_on")),
        )
        for row in rows
    ]
    return [result for result in read if result.value]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
