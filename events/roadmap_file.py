"""Reads a roadmap from CSV or XLSX: every row and every cell is judged, and nothing is written."""

import re
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.translation import gettext as _

from accounts.models import Stakeholder
from events import links
from events.dates import EARLIEST, LATEST, whole_span
from events.models import LONGEST_DESCRIPTION, RESERVED_SLUGS, Cycle, Event
from foundation.languages import is_language_code
from foundation.spreadsheets import BY_COMMAND, Record, Table, Trouble, UnreadableFileError, read_table
from foundation.text import clean_line, clean_text
from foundation.zones import zone_choices

REQUIRED = ("start", "end", "precision", "kind", "title", "note")
OPTIONAL = (
    "key",
    "slug",
    "place",
    "mode",
    "status",
    "status_reason",
    "start_time",
    "end_time",
    "zone",
    "date_confirmed",
    "language",
    "links",
    "audiences",
    "registration_url",
    # Where the row is known from; for those who read the file, and not stored.
    "source",
)
_LONGEST = {
    "title": 250,
    "note": LONGEST_DESCRIPTION,
    "key": 80,
    "slug": 120,
    "place": 200,
    "status_reason": 250,
    "language": 10,
    "links": 12_000,
    "audiences": 400,
    "registration_url": 500,
    "source": 1000,
}
_SEVERAL_LINES = ("note", "links")
_FORMATS = {
    "day": (r"(\d{4})-(\d{2})-(\d{2})", "2021-07-08"),
    "month": (r"(\d{4})-(\d{2})", "2021-07"),
    "quarter": (r"(\d{4})-Q([1-4])", "2021-Q3"),
    "year": (r"(\d{4})", "2021"),
}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_BREAK = re.compile("[\t\r\n\u2028\u2029]")
# What a roadmap can mean; anything else is a slip of the keyboard.
_YEARS = range(EARLIEST.year, LATEST.year + 1)


@dataclass
class Row:
    """One row as the event's fields it names; ``key`` is empty when the file gives none."""

    line: int
    key: str
    start: str
    fields: dict[str, Any]
    note: str = ""


@dataclass
class _Cells:
    """The cells of one row, and what is wrong with them so far."""

    record: Record
    names: list[str]
    values: dict[str, str]
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def line(self) -> int:
        return self.record.line

    def get(self, column: str) -> str:
        return self.values.get(column, "")

    def refuse(self, column: str, sentence: str) -> None:
        """Notes the first thing that is wrong with a cell; what follows from it is not said again."""
        if all(trouble.column != column for trouble in self.troubles):
            cell = self.record.name(self.names.index(column)) if column in self.names else ""
            self.troubles.append(Trouble(self.line, column, sentence, cell))


def read_roadmap(content: bytes, cycle: Cycle) -> tuple[list[Row], list[Trouble]]:
    """All good rows and all that is wrong with the others. Raises UnreadableFileError for what is no roadmap at all."""
    return judge_roadmap(read_table(content, BY_COMMAND), cycle)


def judge_roadmap(table: Table, cycle: Cycle) -> tuple[list[Row], list[Trouble]]:
    """The same for a file that is a table already."""
    _judge_header(table.names)
    rows: list[Row] = []
    troubles: list[Trouble] = []
    lines_of_keys: dict[tuple[str, ...], int] = {}
    for record in table.records:
        cells = _cells(table.names, record)
        row = _read_row(cells, cycle)
        _refuse_duplicate(cells, lines_of_keys)
        troubles += cells.troubles
        if row and not cells.troubles:
            rows.append(row)
    return rows, troubles


def _judge_header(names: list[str]) -> None:
    if not any(names):
        raise UnreadableFileError(_("The file is empty. Its first line must name the columns."))
    missing = [name for name in REQUIRED if name not in names]
    unknown = [clean_line(name, at_most=40) or "?" for name in names if name not in (*REQUIRED, *OPTIONAL)]
    twice = sorted({name for name in names if names.count(name) > 1} - set(unknown))
    complaints = [
        _("Missing columns: %(names)s.") % {"names": ", ".join(missing)} if missing else "",
        _("Unknown columns: %(names)s.") % {"names": ", ".join(unknown)} if unknown else "",
        _("Columns named twice: %(names)s.") % {"names": ", ".join(twice)} if twice else "",
    ]
    if any(complaints):
        if len(names) == 1 and ";" in names[0]:
            complaints.append(_("The columns must be separated by commas, not semicolons."))
        known = _("Known columns: %(names)s.") % {"names": ", ".join((*REQUIRED, *OPTIONAL))}
        raise UnreadableFileError(" ".join([*filter(None, complaints), known]))


def _cells(names: list[str], record: Record) -> _Cells:
    values = {name: cell.strip() for name, cell in zip(names, record.cells, strict=False)}
    cells = _Cells(record, names, values)
    for position, sentence in record.refused.items():
        cells.refuse(names[position] if position < len(names) else "", sentence)
    if len(record.cells) != len(names):
        cells.refuse(
            "",
            _("%(found)d cells where the first line names %(wanted)d columns.")
            % {"found": len(record.cells), "wanted": len(names)},
        )
    return cells


def _read_row(cells: _Cells, cycle: Cycle) -> Row | None:
    if any(not trouble.column for trouble in cells.troubles):
        return None
    for column, value in cells.values.items():
        _judge_text(cells, column, value)
    fields = _facts(cells) | _span(cells) | _optional(cells)
    if not cells.troubles:
        _judge_whole(cells, Event(**({"zone": cycle.zone} | fields)))
    return Row(cells.line, cells.get("key"), cells.get("start"), fields, cells.get("note"))


def _judge_text(cells: _Cells, column: str, value: str) -> None:
    longest = _LONGEST.get(column, 40)
    is_text = column in _SEVERAL_LINES
    if len(value) > longest:
        cells.refuse(
            column, _("too long: %(length)d characters, at most %(most)d.") % {"length": len(value), "most": longest}
        )
    elif _CONTROL.search(value) or (_LINE_BREAK.search(value) and not is_text):
        cells.refuse(column, _("contains a control character or a line break; take it out."))
    else:
        cells.values[column] = clean_text(value) if is_text else clean_line(value)


def _facts(cells: _Cells) -> dict[str, Any]:
    if not cells.get("title"):
        cells.refuse("title", _("is empty."))
    note = cells.get("note")
    fields: dict[str, Any] = {
        "title": cells.get("title"),
        "kind": _choice(cells, "kind", [*Event.Kind.values]),
        # The seed's note of the meeting is its place; it is not said twice.
        "description": "" if note == cells.get("place") else note,
    }
    if cells.get("key"):
        fields["source_key"] = cells.get("key")
    return fields


def _choice(cells: _Cells, column: str, choices: list[str]) -> str:
    value = cells.get(column)
    if value not in choices:
        known = ", ".join(filter(None, choices))
        cells.refuse(
            column, _("“%(value)s” is not one of %(known)s.") % {"value": clean_line(value, at_most=40), "known": known}
        )
    return value


def _span(cells: _Cells) -> dict[str, Any]:
    precision = _choice(cells, "precision", [*Event.Precision.values])
    fields: dict[str, Any] = {"precision": precision, "starts_on": None, "ends_before": None}
    if precision == Event.Precision.UNKNOWN:
        for column in ("start", "end"):
            if cells.get(column):
                cells.refuse(column, _("must be empty when the date is not known."))
    elif precision in _FORMATS:
        first = _day(cells, "start", precision)
        last = _day(cells, "end", precision) if cells.get("end") else first
        if first and last and last < first:
            cells.refuse("end", _("%(end)s comes before the start, %(start)s.") % cells.values)
        elif first and last:
            fields["starts_on"], fields["ends_before"] = whole_span(precision, first, last)
    return fields


def _day(cells: _Cells, column: str, precision: str) -> date | None:
    pattern, example = _FORMATS[precision]
    match = re.fullmatch(pattern, cells.get(column), re.ASCII)
    if match is None:
        cells.refuse(
            column,
            _("“%(value)s” does not fit the precision “%(precision)s”; write it like %(example)s.")
            % {"value": clean_line(cells.get(column), at_most=40), "precision": precision, "example": example},
        )
        return None
    year, *rest = (int(part) for part in match.groups())
    month = (rest[0] - 1) * 3 + 1 if precision == "quarter" else (rest or [1])[0]
    try:
        if year not in _YEARS:
            raise ValueError
        return date(year, month, rest[1] if precision == "day" else 1)
    except ValueError:
        cells.refuse(column, _("“%(value)s” is not in the calendar.") % {"value": cells.get(column)})
        return None


def _optional(cells: _Cells) -> dict[str, Any]:
    """The fields of optional columns that the file has; what it has not is left as it is stored."""
    readers = {
        "slug": _slug,
        "place": _Cells.get,
        "mode": lambda cells, column: _choice(cells, column, [*Event.Mode.values]),
        "status": lambda cells, column: _choice(cells, column, [*Event.Status.values]),
        "status_reason": _Cells.get,
        "start_time": _time,
        "end_time": _time,
        "zone": _zone,
        "date_confirmed": lambda cells, column: _choice(cells, column, ["yes", "no"]) == "yes",
        "language": _language,
        "links": _links,
        "audiences": _audiences,
        "registration_url": _registration_url,
    }
    # An empty cell in these columns means the usual value, not an empty one.
    silent = [name for name in ("slug", "status", "zone", "date_confirmed", "language") if not cells.get(name)]
    given = [name for name in readers if name in cells.values and name not in silent]
    return {name: readers[name](cells, name) for name in given}


def _slug(cells: _Cells, column: str) -> str:
    value = cells.get(column)
    try:
        validate_slug(value)
    except ValidationError:
        cells.refuse(column, _("only letters without accents, digits, hyphens and underscores."))
    if value in RESERVED_SLUGS:
        cells.refuse(column, _("this word is an address of the portal. Choose another."))
    return value


def _time(cells: _Cells, column: str) -> time | None:
    value = cells.get(column)
    if not value:
        return None
    try:
        if not re.fullmatch(r"\d{2}:\d{2}(:\d{2})?", value, re.ASCII):
            raise ValueError
        return time.fromisoformat(value)
    except ValueError:
        cells.refuse(
            column, _("“%(value)s” is no time of day; write it like 15:00.") % {"value": clean_line(value, at_most=40)}
        )
        return None


def _links(cells: _Cells, column: str) -> list[links.Link]:
    try:
        return links.read_lines(cells.get(column))
    except ValidationError as error:
        cells.refuse(column, " ".join(error.messages))
        return []


def _audiences(cells: _Cells, column: str) -> list[str]:
    """Codes of stakeholder groups, separated by semicolons; in the order of the forum's own list."""
    named = [name.strip() for name in cells.get(column).split(";") if name.strip()]
    known: list[str] = [*Stakeholder.Kind.values]
    unknown = [clean_line(name, at_most=40) for name in named if name not in known]
    if unknown:
        sentence = _("“%(value)s” is not one of %(known)s.")
        cells.refuse(column, sentence % {"value": "; ".join(unknown), "known": ", ".join(known)})
    return [name for name in known if name in named]


def _registration_url(cells: _Cells, column: str) -> str:
    value = cells.get(column)
    if value and not links.is_web_address(value):
        cells.refuse(column, _("Write a web address that begins with https://."))
    return value


def _zone(cells: _Cells, column: str) -> str:
    value = cells.get(column)
    if value not in dict(zone_choices()):
        sentence = _("“%(value)s” is no time zone; write it like Europe/Zurich.")
        cells.refuse(column, sentence % {"value": clean_line(value, at_most=40)})
    return value


def _language(cells: _Cells, column: str) -> str:
    value = cells.get(column)
    if not is_language_code(value):
        cells.refuse(
            column, _("“%(value)s” is no language code; write it like fr.") % {"value": clean_line(value, at_most=40)}
        )
    return value


def _judge_whole(cells: _Cells, event: Event) -> None:
    """What only the cells together can break: hours, their zone, their order."""
    if event.start_time and event.precision != Event.Precision.DAY:
        cells.refuse("start_time", _("a time needs an exact day."))
    elif event.end_time and not event.start_time:
        cells.refuse("end_time", _("an end time needs a start time."))
    else:
        try:
            event.clean()
        except ValidationError as error:
            for column, sentences in error.message_dict.items():
                cells.refuse(column, " ".join(sentences))


def _refuse_duplicate(cells: _Cells, seen: dict[tuple[str, ...], int]) -> None:
    """Two rows with one key, one address, or (without keys) one title and start."""
    names: list[tuple[str, ...]] = [(name, cells.get(name)) for name in ("key", "slug") if cells.get(name)]
    if not cells.get("key"):
        names.append(("title", cells.get("title"), cells.get("start")))
    for name in names:
        first = seen.setdefault(name, cells.line)
        if first != cells.line:
            cells.refuse(name[0], _("“%(value)s” stands in line %(line)d already.") % {"value": name[1], "line": first})
