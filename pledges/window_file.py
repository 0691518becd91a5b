"""Reads update windows from CSV: every cell is judged, and nothing is written."""

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple, TypeVar

from events.models import Cycle, Event
from foundation.text import clean_line
from foundation.zones import local_moment
from pledges.models import ReminderRule

Value = TypeVar("Value")
COLUMNS = ("cycle", "occasions", "opens_on", "closes_on", "event_key", "activated_on", "rules")
_RULE = re.compile(r"(?P<name>[^=]{1,40})=(?P<anchor>opens|closes)(?P<sign>[+-])(?P<days>\d{1,3})")
# What a window can mean; anything else is a slip of the keyboard.
YEARS = range(1950, 2200)
_SIGNS = {ReminderRule.Anchor.OPENS: "+", ReminderRule.Anchor.CLOSES: "-"}


class Trouble(NamedTuple):
    """What is wrong with a cell; the line counts from 1, the header is line 1."""

    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: {self.sentence}"


class RuleCell(NamedTuple):
    """One rule as the file gives it: so many days after the opening or before the last day."""

    name: str
    anchor: str
    days: int


@dataclass(frozen=True)
class Row:
    """One window as the file gives it."""

    line: int
    cycle: Cycle
    occasions: list[Cycle]
    opens_on: date
    closes_on: date
    event: Event | None
    activated_at: datetime | None
    rules: list[RuleCell]


def read_windows(content: bytes) -> tuple[list[Row], list[Trouble]]:
    """The rows of the file, and what is wrong with them; with any trouble the rows are not to be used."""
    try:
        text = content.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            return [], [Trouble(1, "header", f"must be {','.join(COLUMNS)}")]
        readers = [_RowReader(reader.line_num, cells) for cells in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        return [], [Trouble(1, "file", f"cannot be read as CSV in UTF-8: {error}")]
    rows = [row for row in (cells.read() for cells in readers) if row is not None]
    troubles = [trouble for cells in readers for trouble in cells.troubles]
    return rows, troubles or _overlaps(rows)


def _overlaps(rows: list[Row]) -> list[Trouble]:
    return [
        Trouble(row.line, "opens_on", f"overlaps line {earlier.line}")
        for position, row in enumerate(rows)
        for earlier in rows[:position]
        if row.cycle == earlier.cycle and row.opens_on <= earlier.closes_on and earlier.opens_on <= row.closes_on
    ]


class _RowReader:
    """Judges the cells of one row."""

    def __init__(self, line: int, cells: dict[str, str]) -> None:
        self.line = line
        self.cells = {str(name): clean_line(value) if isinstance(value, str) else "" for name, value in cells.items()}
        self.troubles: list[Trouble] = []
        if None in cells or None in cells.values():
            self.troubles.append(Trouble(line, "row", f"must have {len(COLUMNS)} cells"))

    def read(self) -> Row | None:
        """The row, or None when it has troubles."""
        cycle = self._cell("cycle", _cycle)
        opens_on, closes_on = self._cell("opens_on", _day), self._cell("closes_on", _day)
        occasions = self._cell("occasions", lambda text: [_cycle(slug) for slug in _parts(text)])
        rules = self._cell("rules", lambda text: [_rule(part) for part in _parts(text)])
        if cycle is None or opens_on is None or closes_on is None or occasions is None or rules is None:
            return None
        if closes_on < opens_on:
            self.troubles.append(Trouble(self.line, "closes_on", "lies before opens_on"))
        if not occasions:
            self.troubles.append(Trouble(self.line, "occasions", "is empty"))
        if len({rule.name for rule in rules}) < len(rules):
            self.troubles.append(Trouble(self.line, "rules", "names a rule twice"))
        event = self._cell("event_key", lambda key: _event(cycle, key)) if self.cells["event_key"] else None
        activated_at = (
            self._cell("activated_on", lambda text: local_moment(_day(text), time(0), cycle.zone))
            if self.cells["activated_on"]
            else None
        )
        if self.troubles:
            return None
        return Row(self.line, cycle, occasions, opens_on, closes_on, event, activated_at, rules)

    def _cell(self, column: str, read: Callable[[str], Value]) -> Value | None:
        try:
            return read(self.cells.get(column, ""))
        except ValueError as error:
            self.troubles.append(Trouble(self.line, column, str(error)))
            return None


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _day(text: str) -> date:
    day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else None
    if day is None or day.year not in YEARS:
        raise ValueError(f"“{text}” is not a day of the form 2021-05-01")
    return day


def _cycle(slug: str) -> Cycle:
    cycle = Cycle.objects.filter(slug=slug).first()
    if cycle is None:
        raise ValueError(f"there is no cycle “{slug}”")
    return cycle


def _event(cycle: Cycle, key: str) -> Event:
    event = Event.objects.filter(cycle=cycle, source_key=key).first()
    if event is None:
        raise ValueError(f"there is no event “{key}” in this cycle; load the roadmap first")
    return event


def _rule(text: str) -> RuleCell:
    found = _RULE.fullmatch(text)
    if found is None or _SIGNS[ReminderRule.Anchor(found["anchor"])] != found["sign"]:
        raise ValueError(f"“{text}” is not of the form “name=opens+days” or “name=closes-days”")
    return RuleCell(found["name"].strip(), found["anchor"], int(found["days"]))
