"""What the public reads of a pledge's progress: accepted updates and confirmations, newest first.

Everything comes from the frozen round that was accepted, by an allow-list: no drafts, no comments, no people.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.utils.translation import gettext as _

from pledges.models import Confirmation, Pledge, Stage, UpdateRound
from pledges.models.update import ScopeChange
from pledges.selectors import confirmations_as_of
from pledges.wording import is_web_link, public_name, result_words


@dataclass(frozen=True)
class Result:
    """One number that was reported."""

    label: str
    value: str
    unit: str


@dataclass(frozen=True)
class Entry:
    """One entry of the timeline. Of a withdrawn update nothing is filled but its dates and the public note."""

    kind: Literal["update", "withdrawn", "confirmation"]
    at: datetime
    reported_by: str = ""
    stage: str = ""
    stage_label: str = ""
    scope_change_label: str = ""
    narrative: str = ""
    challenges: str = ""
    support_needed: str = ""
    results: list[Result] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    language: str = ""
    withdrawn_at: datetime | None = None
    note: str = ""
    since: datetime | None = None


def public_timeline(pledge: Pledge, *, at: datetime) -> list[Entry]:
    """All entries that were public at ``at``, in two queries."""
    rounds = UpdateRound.objects.filter(
        update__pledge=pledge, decision=UpdateRound.Decision.ACCEPTED, update__accepted_at__lte=at
    ).select_related("update__stakeholder__merged_into")
    confirmations = confirmations_as_of(at).filter(pledge=pledge)
    entries = [_of_round(round_, at=at) for round_ in rounds]
    entries += [
        _of_confirmation(one) for one in confirmations.select_related("stakeholder__merged_into", "since_round__update")
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _of_round(accepted: UpdateRound, *, at: datetime) -> Entry:
    update = accepted.update
    submitted_at = update.first_submitted_at or accepted.submitted_at
    if update.revoked_at is not None and update.revoked_at <= at:
        return Entry("withdrawn", submitted_at, withdrawn_at=update.revoked_at, note=update.revoke_note)
    content, labels = _mapping(accepted.content), _mapping(accepted.labels)
    stage, scope_change = _text(content, "stage"), _text(content, "scope_change")
    return Entry(
        kind="update",
        at=submitted_at,
        reported_by=_reporter(accepted),
        stage=stage,
        stage_label=_text(labels, "stage") or str(dict(Stage.choices).get(stage, "")),
        scope_change_label=scope_change
        and (_text(labels, "scope_change") or str(dict(ScopeChange.choices).get(scope_change, ""))),
        narrative=_text(content, "narrative"),
        challenges=_text(content, "challenges"),
        support_needed=_text(content, "support_needed"),
        results=_results(content.get("results")),
        links=[link for link in _items(content.get("links")) if is_web_link(link)],
        language=_text(content, "language"),
    )


def _reporter(accepted: UpdateRound) -> str:
    """The name that was accepted, unless the stakeholder is no longer to be named."""
    stakeholder = accepted.update.stakeholder
    shown = stakeholder.merged_into or stakeholder
    return (_text(_mapping(accepted.labels), "stakeholder") if shown.is_public else "") or public_name(stakeholder)


def _of_confirmation(confirmation: Confirmation) -> Entry:
    return Entry(
        kind="confirmation",
        at=confirmation.at,
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
        Result(_text(row, "label") or _("Result"), result_words(_text(row, "value")), _text(row, "unit"))
        for row in rows
    ]
    return [result for result in read if result.value]
