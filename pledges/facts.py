"""What a version of a pledge says, as one comparable value without keys of the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import chain
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
    support_asked: str = ""
    expected_impact: str = ""
    aligned_with: str = ""
    is_additional: str = ""
    prematched_with: str = ""
    refugees_consulted: str = ""
    diversity: str = ""
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


# What the form of 2023 asks beside the promise itself; older pledges and most files say nothing of it.
QUALITY_FIELDS = (
    "expected_impact",
    "aligned_with",
    "is_additional",
    "prematched_with",
    "refugees_consulted",
    "diversity",
)
_PLAIN = (
    "title",
    "description",
    "language",
    "support_asked",
    *QUALITY_FIELDS,
    "target_value",
    "target_unit",
    "target_currency",
    "target_period",
    "target_year",
)
# Fields that link to rows of a small table: the table, and what stands for a row.
_LINKED = (
    ("themes", Theme.objects.all(), "slug"),
    ("contribution_types", ContributionType.objects.all(), "slug"),
    ("objectives", Objective.objects.all(), "slug"),
    ("host_countries", Country.objects.all(), "code"),
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
    write_versions([(version, facts)])
    return version


def write_versions(pairs: Sequence[tuple[PledgeVersion, PledgeFacts]]) -> None:
    """The same for many, in a number of statements that does not depend on how many."""
    for version, facts in pairs:
        for name in _PLAIN:
            setattr(version, name, getattr(facts, name))
    PledgeVersion.objects.bulk_create([version for version, _facts in pairs])
    for name, rows, key in _LINKED:
        _link(pairs, name, _rows(rows, key, {each for _version, facts in pairs for each in getattr(facts, name)}))
    stakeholders = Stakeholder.objects.select_related("country", "merged_into__country")
    entities = _rows(stakeholders, "slug", {slug for _version, facts in pairs for slug in _entities(facts)})
    parties = [list(_parties(version, facts, entities)) for version, facts in pairs]
    PledgeParty.objects.bulk_create(chain.from_iterable(parties))
    countries = _rows(
        Country.objects.all(), "code", {code for _version, facts in pairs for code in facts.host_countries}
    )
    words.keep(
        [
            words.words_of(version, own, [countries[code] for code in sorted(facts.host_countries)])
            for (version, facts), own in zip(pairs, parties, strict=True)
        ]
    )


def _rows(rows: QuerySet[Any], key: str, wanted: set[str]) -> dict[str, Any]:
    """The rows of these names, in one query, none for none."""
    found = {getattr(row, key): row for row in rows.filter(**{f"{key}__in": wanted})} if wanted else {}
    if missing := wanted - found.keys():
        raise rows.model.DoesNotExist(f"{rows.model.__name__} matching query does not exist: {sorted(missing)}")
    return found


def _link(pairs: Sequence[tuple[PledgeVersion, PledgeFacts]], name: str, found: dict[str, Any]) -> None:
    """Links new versions to rows of a small table."""
    through = getattr(PledgeVersion, name).through
    column = f"{PledgeVersion._meta.get_field(name).related_model._meta.model_name}_id"  # type: ignore[union-attr] # noqa: SLF001 -- Django's documented API
    through.objects.bulk_create(
        through(**{"pledgeversion_id": version.pk, column: found[each].pk})
        for version, facts in pairs
        for each in sorted(getattr(facts, name))
    )


def _entities(facts: PledgeFacts) -> tuple[str, ...]:
    return (facts.lead, *facts.partners)


def _parties(version: PledgeVersion, facts: PledgeFacts, entities: dict[str, Stakeholder]) -> Iterator[PledgeParty]:
    roles = PledgeParty.Role
    for slug, role in ((facts.lead, roles.LEAD), *((slug, roles.PARTNER) for slug in facts.partners)):
        yield PledgeParty(version=version, stakeholder=entities[slug], role=role)
    for label in facts.labels:
        yield PledgeParty(version=version, label=label, role=roles.PARTNER)
