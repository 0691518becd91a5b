"""Reads the file: cells become values, bad cells become a list for the reader."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

from django.utils.text import slugify

from accounts.models import Country, Stakeholder
from events.models import Cycle
from foundation.text import clean_line, clean_text
from pledges.facts import PledgeFacts
from pledges.loading import cells
from pledges.loading.cells import BadValueError
from pledges.models import ContributionType, Theme

Value = TypeVar("Value")
ROWS_AT_MOST = 50_000
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
    """What is wrong, and where: the line of the file (the header is line 1) and the column."""

    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.message}"


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


def read_rows(content: bytes) -> Reading:
    """All good rows and all bad cells of a CSV file in UTF-8."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _unreadable(content[: error.start].count(b"\n"), "is not UTF-8 text. Save the file as CSV UTF-8.")
    if "\x00" in text:
        return _unreadable(text[: text.index("\x00")].count("\n"), "holds a NUL character. This is no text file.")
    return _Reader(text).read()


def _unreadable(lines_before: int, message: str) -> Reading:
    return Reading(bad=[BadCell(lines_before + 1, "–", message)])


class _Reader:
    """Goes through the lines once, keeping what earlier lines said."""

    def __init__(self, text: str) -> None:
        self.lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        self.known = Known()
        self.reading = Reading()
        self.lines_of_references: dict[str, int] = {}

    def read(self) -> Reading:
        try:
            header = [name.strip() for name in next(self.lines, [])]
            if self._header_is_good(header):
                self._read_all(header)
        except csv.Error as error:
            self._refuse(self.lines.line_num, "–", f"is not CSV: {error}.")
        return self.reading

    def _read_all(self, header: list[str]) -> None:
        for number, (line, row) in enumerate(self._numbered(), start=1):
            if number > ROWS_AT_MOST:
                self._refuse(line, "–", f"the file has more than {ROWS_AT_MOST} rows. Cut it into several.")
                break
            self._read_row(line, header, row)

    def _numbered(self) -> Iterator[tuple[int, list[str]]]:
        """Each row with the line on which it begins; quoted cells may go over several lines."""
        begins = self.lines.line_num + 1
        for row in self.lines:
            if any(cell.strip() for cell in row):
                yield begins, row
            begins = self.lines.line_num + 1

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

    def _read_row(self, line: int, header: list[str], row: list[str]) -> None:
        if len(row) != len(header):
            self._refuse(line, "–", f"has {len(row)} cells, the header has {len(header)}.")
            return
        read = _Cells(line, dict(zip(header, row, strict=True)))
        facts, reference, occasion = self._facts(read), self._reference(read), self._occasion(read)
        source_url = read("source", cells.web_address) or ""
        if read.bad or occasion is None:
            self.reading.bad.extend(read.bad)
            return
        has_description = "description" in read.row
        self.reading.rows.append(PledgeRow(line, reference, occasion, source_url, facts, has_description))

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
        country = read("country", cells.country(self.known.countries)) or ""
        if not name or not kind:
            return ""
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

    def __init__(self, line: int, row: dict[str, str]) -> None:
        self.line, self.row = line, row
        self.bad: list[BadCell] = []

    def raw(self, column: str) -> str:
        return self.row.get(column, "")

    def refuse(self, column: str, message: str) -> None:
        self.bad.append(BadCell(self.line, column, message))

    def __call__(self, column: str, read: Callable[[str], Value]) -> Value | None:
        try:
            return read(clean_line(self.raw(column)))
        except BadValueError as error:
            self.refuse(column, str(error))
            return None


def slug_of(name: str) -> str:
    """The stakeholder's part of addresses; a name without any Latin letter gets a number that stays the same."""
    return slugify(name)[:80].strip("-") or f"stakeholder-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
