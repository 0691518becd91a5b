"""What a version of a pledge says, as one comparable value without keys of the database."""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet

from accounts.models import Country, Stakeholder
from pledges import words
from pledges.models import ContributionType, Objective, PledgeParty, PledgeVersion, Theme


@dataclass(frozen=True, kw_only=True)
class PledgeFacts:
    """Slugs and codes stand for rows; of the parties, ``labels`` are those that are no entity ("118 actors")."""

    title: str
    lead: str
    description: str = ""
    language: str = "en"
    target_value: Decimal | None = None
    target_unit: str = ""
    target_currency: str = ""
    target_period: str = PledgeVersion.Period.TOTAL
    target_year: int | None = None
    themes: frozenset[str] = frozenset()
    contribution_types: frozenset[str] = frozenset()
    objectives: frozenset[str] = frozenset()
    host_countries: frozenset[str] = frozenset()
    partners: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


_PLAIN = (
    "title",
    "description",
    "language",
    "target_value",
    "target_unit",
    "target_currency",
    "target_period",
    "target_year",
)


def versions_with_facts() -> QuerySet[PledgeVersion]:
    """Versions with everything that ``facts_of`` reads, in six queries for any number of them."""
    parties = PledgeParty.objects.select_related("stakeholder__merged_into")
    return PledgeVersion.objects.prefetch_related(
        "themes", "contribution_types", "objectives", "host_countries", Prefetch("parties", queryset=parties)
    )


def facts_of(version: PledgeVersion) -> PledgeFacts:
    """What a stored version says; without a query if it came from ``versions_with_facts``."""
    parties = list(version.parties.all())
    entities = [(party.role, party.stakeholder.slug) for party in parties if party.stakeholder]
    return PledgeFacts(
        **{name: getattr(version, name) for name in _PLAIN},
        lead=next((slug for role, slug in entities if role == PledgeParty.Role.LEAD), ""),
        partners=tuple(slug for role, slug in entities if role == PledgeParty.Role.PARTNER),
        labels=tuple(party.label for party in parties if party.label),
        themes=frozenset(row.slug for row in version.themes.all()),
        contribution_types=frozenset(row.slug for row in version.contribution_types.all()),
        objectives=frozenset(row.slug for row in version.objectives.all()),
        host_countries=frozenset(row.code for row in version.host_countries.all()),
    )


def differences(old: PledgeFacts, new: PledgeFacts) -> dict[str, list[str]]:
    """What differs, as ``{field: [before, now]}`` in words that JSON and a terminal can hold."""
    pairs = {field.name: (getattr(old, field.name), getattr(new, field.name)) for field in fields(PledgeFacts)}
    return {name: [in_words(before), in_words(now)] for name, (before, now) in pairs.items() if before != now}


def in_words(value: object) -> str:
    """One value as a line of text; "–" for nothing."""
    if isinstance(value, frozenset):
        return "; ".join(sorted(value)) or "–"
    if isinstance(value, tuple):
        return "; ".join(value) or "–"
    return "–" if value in (None, "") else str(value)


def write_version(version: PledgeVersion, facts: PledgeFacts) -> PledgeVersion:
    """Saves a new version with these facts and the words it is found by.

    Raises DoesNotExist for a slug or code that no row has.
    """
    for name in _PLAIN:
        setattr(version, name, getattr(facts, name))
    version.save(force_insert=True)
    _link(version.themes, Theme.objects.all(), "slug", facts.themes)
    _link(version.contribution_types, ContributionType.objects.all(), "slug", facts.contribution_types)
    _link(version.objectives, Objective.objects.all(), "slug", facts.objectives)
    countries = _link(version.host_countries, Country.objects.all(), "code", facts.host_countries)
    words.keep([words.words_of(version, _write_parties(version, facts), countries)])
    return version


def _link(links: Any, rows: QuerySet[Any], name: str, wanted: frozenset[str]) -> list[Any]:
    """Links a new version to the rows of these names and returns them, in two queries, none for none."""
    if not wanted:
        return []
    found = list(rows.filter(**{f"{name}__in": wanted}))
    if len(found) != len(wanted):
        missing = sorted(wanted - {getattr(row, name) for row in found})
        raise rows.model.DoesNotExist(f"{rows.model.__name__} matching query does not exist: {missing}")
    links.add(*found)
    return found


def _write_parties(version: PledgeVersion, facts: PledgeFacts) -> list[PledgeParty]:
    roles = PledgeParty.Role
    entities = [(facts.lead, roles.LEAD), *((slug, roles.PARTNER) for slug in facts.partners)]
    named = Stakeholder.objects.select_related("country", "merged_into__country")
    stakeholders = {row.slug: row for row in named.filter(slug__in=[slug for slug, _role in entities])}
    if missing := {slug for slug, _role in entities} - stakeholders.keys():
        raise Stakeholder.DoesNotExist(f"Stakeholder matching query does not exist: {sorted(missing)}")
    parties = [PledgeParty(version=version, stakeholder=stakeholders[slug], role=role) for slug, role in entities]
    parties += [PledgeParty(version=version, label=label, role=roles.PARTNER) for label in facts.labels]
    return PledgeParty.objects.bulk_create(parties)
