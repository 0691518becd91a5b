"""Brings the rows of a file into the database: new ones are added, changed ones only when told to."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from django.db import transaction

from accounts.models import Country, Stakeholder
from events.models import Cycle
from pledges.facts import PledgeFacts, differences, facts_of, versions_with_facts
from pledges.loading.rows import BadCell, Entity, PledgeRow, read_rows
from pledges.models import PledgeVersion
from pledges.pledge_workflow import create_pledge, own_differences, publish_pledge, revise_pledge

Changes = dict[str, list[str]]


@dataclass
class Report:
    """What a load did, by reference. ``changed`` says for each what differs; ``written`` whether that was saved."""

    bad: list[BadCell] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    changed: dict[str, Changes] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    written: bool = False


def load(content: bytes, *, at: datetime, update: bool) -> Report:
    """Loads a CSV or XLSX file; rows match by reference.

    New pledges are published as of the day after their occasion: that is when they had become public. A pledge
    that is here but says something else is changed only with ``update``, and then by a new version.
    """
    reading = read_rows(content)
    report = Report(bad=reading.bad, written=update)
    if reading.bad:
        return report
    with transaction.atomic():
        current = _current_versions(row.reference for row in reading.rows)
        for row in reading.rows:
            _load_row(row, current.get(row.reference), reading.entities, report, at=at)
    return report


def _current_versions(references: Iterable[str]) -> dict[str, PledgeVersion]:
    versions = versions_with_facts().filter(valid_until=None, pledge__reference__in=list(references))
    return {version.pledge.reference: version for version in versions.select_related("pledge__occasion")}


def _load_row(
    row: PledgeRow, current: PledgeVersion | None, entities: dict[str, Entity], report: Report, *, at: datetime
) -> None:
    if current is None:
        _create(row, entities, at=at)
        report.new.append(row.reference)
        return
    facts = _with_what_the_file_does_not_say(row, facts_of(current))
    own = {"occasion": row.occasion, "source_url": row.source_url}
    changes = differences(facts_of(current), facts) | own_differences(current.pledge, own)
    if not changes:
        report.unchanged.append(row.reference)
        return
    report.changed[row.reference] = changes
    if report.written:
        _make_stakeholders(facts, entities)
        revise_pledge(pledge=current.pledge, facts=facts, at=at, actor=None, **own)


def _with_what_the_file_does_not_say(row: PledgeRow, stored: PledgeFacts) -> PledgeFacts:
    facts = replace(row.facts, objectives=stored.objectives)
    return facts if row.has_description else replace(facts, description=stored.description)


def _create(row: PledgeRow, entities: dict[str, Entity], *, at: datetime) -> None:
    _make_stakeholders(row.facts, entities)
    since = published_since(row.occasion) or at
    pledge = create_pledge(
        reference=row.reference,
        occasion=row.occasion,
        facts=row.facts,
        source_url=row.source_url,
        at=at,
        valid_from=since,
        actor=None,
    )
    publish_pledge(pledge=pledge, at=at, since=since, actor=None)


def published_since(occasion: Cycle) -> datetime | None:
    """Midnight UTC after the last day of the meeting at which a pledge was made; None if that day is not known."""
    if occasion.ends_on is None:
        return None
    return datetime.combine(occasion.ends_on + timedelta(days=1), time.min, tzinfo=UTC)


def _make_stakeholders(facts: PledgeFacts, entities: dict[str, Entity]) -> None:
    """Adds those that are not here yet; what staff made of the others stays."""
    for slug in (facts.lead, *facts.partners):
        entity = entities[slug]
        Stakeholder.objects.get_or_create(
            slug=slug,
            defaults={
                "name": entity.name,
                "kind": entity.kind,
                "country": Country.objects.get(code=entity.country) if entity.country else None,
            },
        )
