"""Reads the file: cells become values, bad cells become a list for the reader."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

from django.utils.text import slugify

from accounts.models import Country, Stakeholder
from events.models import Cycle
from foundation.spreadsheets import BY_COMMAND, Limits, Record, Table, UnreadableFileError, read_table
from foundation.text import clean_line, clean_text
from pledges.facts import PledgeFacts
from pledges.loading import cells
from pledges.loading.cells import BadValueError
from pledges.models import ContributionType, Theme

Value = TypeVar("Value")
REQUIRED = (
    "reference",
    "title",
    "entity",
    "entity_type",
    "country",
    "partners",
    "contribution_types",
    "area_of_focus",
    "occasion",
    "target_value",
    "target_unit",
    "target_year",
    "host_countries",
    "source",
)
OPTIONAL = ("language", "description")


@dataclass(frozen=True)
class BadCell:
    """What is wrong, and where: the line of the file (the header is line 1), the column, the cell's name in sheets."""

    line: int
    column: str
    message: str
    cell: str = ""

    def __str__(self) -> str:
        cell = f" (cell {self.cell})" if self.cell else ""
        return f"line {self.line}, column {self.column}{cell}: {self.message}"


@dataclass(frozen=True)
class Entity:
    """A stakeholder as the file names it. Of one that is nowhere a lead the file says no kind and no country."""

    slug: str
    name: str
    kind: str = Stakeholder.Kind.OTHER
    country: str = ""
    is_lead: bool = False


@dataclass(frozen=True)
class PledgeRow:
    """One good row. A description is only known when the file has such a column."""

    line: int
    reference: str
    occasion: Cycle
    source_url: str
    facts: PledgeFacts
    has_description: bool = False


@dataclass(frozen=True)
class Reading:
    """What a file says: its good rows, its bad cells, and the entities that it names, by slug."""

    rows: list[PledgeRow] = field(default_factory=list)
    bad: list[BadCell] = field(default_factory=list)
    entities: dict[str, Entity] = field(default_factory=dict)


@dataclass
class Known:
    """What cells may refer to, read once for the whole file."""

    cycles: dict[str, Cycle] = field(default_factory=lambda: {cycle.slug: cycle for cycle in Cycle.objects.all()})
    countries: set[str] = field(default_factory=lambda: set(Country.objects.values_list("code", flat=True)))
    types: set[str] = field(default_factory=lambda: set(ContributionType.objects.values_list("slug", flat=True)))
    areas: set[str] = field(
        default_factory=lambda: set(Theme.objects.filter(is_area_of_focus=True).values_list("slug", flat=True))
    )


def read_rows(content: bytes, limits: Limits = BY_COMMAND) -> Reading:
    """All good rows and all bad cells of a CSV file in UTF-8 or of an XLSX file."""
    try:
        table = read_table(content, limits)
    except UnreadableFileError as error:
        return Reading(bad=[BadCell(1, "–", str(error))])
    return _Reader(table).read()


class _Reader:
    """Goes through the rows once, keeping what earlier ones said."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.known = Known()
        self.reading = Reading()
        self.lines_of_references: dict[str, int] = {}

    def read(self) -> Reading:
        if self._header_is_good(self.table.names):
            for record in self.table.records:
                self._read_row(record)
        return self.reading

    def _refuse(self, line: int, column: str, message: str) -> None:
        self.reading.bad.append(BadCell(line, column, message))

    def _header_is_good(self, header: list[str]) -> bool:
        for name in REQUIRED:
            if name not in header:
                self._refuse(1, name, "this column is missing.")
        for name in dict.fromkeys(header):
            if name not in REQUIRED + OPTIONAL:
                self._refuse(1, name or "–", "this column is not known.")
            elif header.count(name) > 1:
                self._refuse(1, name, "this column is there twice.")
        return not self.reading.bad

    def _read_row(self, record: Record) -> None:
        names = self.table.names
        if len(record.cells) != len(names):
            self._refuse(record.line, "–", f"has {len(record.cells)} cells, the header has {len(names)}.")
            return
        read = _Cells(record, names)
        facts, reference, occasion = self._facts(read), self._reference(read), self._occasion(read)
        source_url = read("source", cells.web_address) or ""
        if read.bad or occasion is None:
            self.reading.bad.extend(read.bad)
            return
        has_description = "description" in read.row
        self.reading.rows.append(PledgeRow(record.line, reference, occasion, source_url, facts, has_description))

    def _facts(self, read: "_Cells") -> PledgeFacts:
        lead, partners, labels = self._lead(read), *self._partners(read)
        value, target = self._target(read)
        slugs = [lead, *partners]
        if len(set(slugs)) < len(slugs):
            read.refuse("partners", "an entity is named twice, or is the lead.")
        return PledgeFacts(
            title=read("title", cells.title) or "",
            description=clean_text(read.raw("description")),
            language=read("language", cells.language) or "",
            lead=lead,
            partners=partners,
            labels=labels,
            target_value=value,
            target_unit=target.unit,
            target_currency=target.currency,
            target_period=target.period,
            target_year=read("target_year", cells.year),
            themes=frozenset(read("area_of_focus", cells.some_of(self.known.areas)) or ()),
            contribution_types=frozenset(read("contribution_types", cells.some_of(self.known.types)) or ()),
            host_countries=frozenset(read("host_countries", cells.any_of(self.known.countries)) or ()),
        )

    def _reference(self, read: "_Cells") -> str:
        reference = read("reference", cells.reference) or ""
        earlier = self.lines_of_references.setdefault(reference, read.line)
        if reference and earlier != read.line:
            read.refuse("reference", f"{reference} stands in line {earlier} already.")
        return reference

    def _occasion(self, read: "_Cells") -> Cycle | None:
        slug = read("occasion", cells.occasion(self.known.cycles))
        return self.known.cycles[slug] if slug else None

    def _target(self, read: "_Cells") -> tuple[Decimal | None, cells.Unit]:
        value, unit = read("target_value", cells.number), read("target_unit", cells.unit) or cells.Unit()
        if value is not None and not read.raw("target_unit").strip():
            read.refuse("target_unit", "is empty, although there is a target_value.")
        if unit != cells.Unit() and not read.raw("target_value").strip():
            read.refuse("target_value", "is empty, although there is a target_unit.")
        return value, unit

    def _lead(self, read: "_Cells") -> str:
        name, kind = read("entity", cells.name), read("entity_type", cells.kind)
        country = read("country", cells.country(self.known.countries))
        if not name or not kind:
            return ""
        if country is None:
            # Other rows of the same entity do not contradict what could not be read here.
            return slug_of(name)
        return self._entity(read, "entity", Entity(slug_of(name), name, kind, country, is_lead=True))

    def _partners(self, read: "_Cells") -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The slugs of the partners that are entities, and the labels: "118 actors" counts some and names none."""
        names = read("partners", cells.names) or ()
        entities = [Entity(slug_of(name), name) for name in names if not name[0].isdigit()]
        slugs = tuple(self._entity(read, "partners", entity) for entity in entities)
        return slugs, tuple(name for name in names if name[0].isdigit())

    def _entity(self, read: "_Cells", column: str, entity: Entity) -> str:
        """Notes an entity and gives its slug; the file must not contradict itself."""
        known = self.reading.entities.setdefault(entity.slug, entity)
        if known.name.casefold() != entity.name.casefold():
            read.refuse(column, f"“{entity.name}” would get the same address as “{known.name}”.")
        elif entity.is_lead and not known.is_lead:
            self.reading.entities[entity.slug] = entity
        elif entity.is_lead and known != replace(entity, name=known.name):
            read.refuse(column, f"“{entity.name}” has another entity_type or country in an earlier line.")
        return entity.slug


class _Cells:
    """The cells of one row; a value that cannot be read is noted and becomes None."""

    def __init__(self, record: Record, names: list[str]) -> None:
        self.line, self.row = record.line, dict(zip(names, record.cells, strict=True))
        self.places = {name: record.name(position) for position, name in enumerate(names)}
        self.bad: list[BadCell] = []
        for position, sentence in record.refused.items():
            self.refuse(names[position], sentence)

    def raw(self, column: str) -> str:
        return self.row.get(column, "")

    def refuse(self, column: str, message: str) -> None:
        """Notes the first thing that is wrong with a cell; what follows from it is not said again."""
        if all(bad.column != column for bad in self.bad):
            self.bad.append(BadCell(self.line, column, message, self.places.get(column, "")))

    def __call__(self, column: str, read: Callable[[str], Value]) -> Value | None:
        try:
            return read(clean_line(self.raw(column)))
        except BadValueError as error:
            self.refuse(column, str(error))
            return None


def slug_of(name: str) -> str:
    """The stakeholder's part of addresses; a name without any Latin letter gets a number that stays the same."""
    return slugify(name)[:80].strip("-") or f"stakeholder-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
