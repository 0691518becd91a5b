"""The registry as rows of text, for a CSV file: an allow-list of what is public of each pledge, and its stage."""

from collections.abc import Iterator
from datetime import date, datetime

from django.conf import settings
from django.db.models import Prefetch

from accounts.models import Stakeholder
from pledges import selectors, wording
from pledges.facts import facts_of
from pledges.models import Pledge, PledgeParty, PledgeVersion
from pledges.models.pledge import PledgeQuerySet

COLUMNS = (
    "reference",
    "kind",
    "part_of",
    "title",
    "language",
    "stakeholder",
    "stakeholder_kind",
    "country",
    "partners",
    "occasion",
    "areas",
    "contribution_types",
    "objectives",
    "host_countries",
    "target_value",
    "target_unit",
    "target_currency",
    "target_period",
    "target_year",
    "stage",
    "scope_change",
    "updated_on",
    "unchanged_on",
    "sample",
    "source",
    "address",
)
# Rows that are fetched at once: the whole file never stands in memory.
_AT_ONCE = 500


def write_registry(pledges: PledgeQuerySet, *, at: datetime) -> Iterator[list[str]]:
    """The names of the columns, then a row for each pledge (from ``RegistryForm.apply``) as it stood at ``at``.

    Days are those of the zone of the cycle in which the pledge was made; codes and slugs stand for words, so that
    files of different languages can be compared. An empty ``stage`` means that no update was published.
    """
    yield [*COLUMNS]
    parties = PledgeParty.objects.select_related("stakeholder__country", "stakeholder__merged_into__country")
    versions = PledgeVersion.objects.filter(valid_until=None).prefetch_related(
        "themes", "contribution_types", "objectives", "host_countries", Prefetch("parties", queryset=parties)
    )
    whole = selectors.with_confirmation(pledges, at=at).select_related("occasion", "parent")
    for pledge in whole.prefetch_related(Prefetch("versions", queryset=versions)).iterator(chunk_size=_AT_ONCE):
        cells = _cells(pledge, at)
        yield [cells[name] for name in COLUMNS]


def _cells(pledge: Pledge, at: datetime) -> dict[str, str]:
    version, facts = pledge.current, facts_of(pledge.current)
    parent = pledge.parent if pledge.parent and pledge.parent.is_published_by(at) else None
    return {
        "reference": pledge.reference,
        "kind": pledge.kind,
        "part_of": parent.reference if parent else "",
        "title": facts.title,
        "language": facts.language,
        **_party_cells(version),
        "occasion": pledge.occasion.slug,
        "areas": _list(facts.themes),
        "contribution_types": _list(facts.contribution_types),
        "objectives": _list(facts.objectives),
        "host_countries": _list(facts.host_countries),
        "target_value": "" if facts.target_value is None else f"{facts.target_value.normalize():f}",
        "target_unit": facts.target_unit,
        "target_currency": facts.target_currency,
        "target_period": facts.target_period if facts.target_value is not None else "",
        "target_year": str(facts.target_year or ""),
        "stage": getattr(pledge, "stage", None) or "",
        "scope_change": getattr(pledge, "scope_change", None) or "",
        "updated_on": _day(getattr(pledge, "reported_at", None), pledge),
        "unchanged_on": _day(getattr(pledge, "confirmed_at", None), pledge),
        "sample": "yes" if pledge.is_sample else "no",
        "source": pledge.source_url,
        "address": settings.SITE_URL + pledge.get_absolute_url(),
    }


def _party_cells(version: PledgeVersion) -> dict[str, str]:
    parties = list(version.parties.all())
    lead = next((party for party in parties if party.role == PledgeParty.Role.LEAD), None)
    named = _named(lead.stakeholder) if lead and lead.stakeholder else None
    return {
        "stakeholder": wording.party_name(lead) if lead else "",
        "stakeholder_kind": named.kind if named else "",
        "country": named.country.code if named and named.country else "",
        "partners": "; ".join(wording.party_name(party) for party in parties if party.role == PledgeParty.Role.PARTNER),
    }


def _named(stakeholder: Stakeholder) -> Stakeholder | None:
    """The entity that the public is told of; None for one that is not to be named."""
    shown = stakeholder.merged_into or stakeholder
    return shown if shown.is_public else None


def _list(slugs: frozenset[str]) -> str:
    return "; ".join(sorted(slugs))


def _day(moment: datetime | None, pledge: Pledge) -> str:
    day: date | None = moment.astimezone(pledge.occasion.zoneinfo).date() if moment else None
    return day.isoformat() if day else ""
