"""Rows of a file, looked at first and saved whole or not at all. What a row says, each app's importer knows.

An importer puts every row through the form class of the web page for the same thing, so that there is one place of
rules; here stands what is alike for all: the first row names the columns, bad cells are named, what is new, changed
and unchanged is told before anything is saved, and it is saved only as it was told.
"""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import ClassVar, Generic, TypeVar

from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from foundation.spreadsheets import Limits, Record, Table, Trouble, read_table
from foundation.text import clean_line

Row = TypeVar("Row")
Say = Callable[[int, int], None]
# By field: what it was, what it would be, in words.
Changes = dict[str, list[str]]
_AT_ONCE = 500
_NAMED_AT_MOST = 10


class ChangedMeanwhileError(Exception):
    """The rows are no longer as they were when the file was looked at; ``names`` says which."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(*names)
        self.names = list(names)

    def __str__(self) -> str:
        shown = ", ".join(self.names[:_NAMED_AT_MOST])
        more = "" if len(self.names) <= _NAMED_AT_MOST else " …"
        if not shown:
            return _("Somebody else saved rows of this file at the same moment. Nothing was saved; look at it again.")
        return _("Changed since the file was looked at: %(names)s. Nothing was saved; look at it again.") % {
            "names": shown + more
        }


@dataclass
class Report:
    """What a file would do, or did, by the names of its rows. With ``troubles`` nothing is saved."""

    troubles: list[Trouble] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    changed: dict[str, Changes] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    # Whether the changed ones were written, too.
    written: bool = False

    def verdicts(self) -> dict[str, str]:
        """By row what was found, shortened so that two findings can be compared."""
        return {
            **dict.fromkeys(self.new, "new"),
            **dict.fromkeys(self.unchanged, "same"),
            **{name: _fingerprint(changes) for name, changes in self.changed.items()},
        }


def _fingerprint(changes: Changes) -> str:
    return hashlib.sha256(json.dumps(changes, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Cells:
    """One row by the names of its columns."""

    record: Record
    names: Sequence[str]
    texts: Mapping[str, str]

    @property
    def line(self) -> int:
        """Where it stands in the file."""
        return self.record.line

    def troubles(self, wrong: Mapping[str, str]) -> list[Trouble]:
        """By column what is wrong, with what made cells unreadable; of a cell only the first thing is said."""
        refused = {self.names[at]: said for at, said in self.record.refused.items() if at < len(self.names)}
        found = {**wrong, **refused}
        places = {name: at for at, name in enumerate(self.names)}
        order = sorted(found, key=lambda name: places.get(name, -1))
        return [
            Trouble(self.line, name, found[name], self.record.name(places[name]) if name in places else "")
            for name in order
        ]


class RowReader(ABC, Generic[Row]):
    """What an app knows of its rows. One object serves one file: it may keep what earlier rows said."""

    required: ClassVar[tuple[str, ...]]
    optional: ClassVar[tuple[str, ...]]

    @abstractmethod
    def read_row(self, cells: Cells) -> tuple[Row | None, dict[str, str]]:
        """What the row says, and by column what is wrong with it; no row with something wrong."""


class Importer(RowReader[Row]):
    """And how they are compared with what is there, and saved."""

    @abstractmethod
    def name_of(self, row: Row) -> str:
        """By what people know the row, unique in the file."""

    @abstractmethod
    def compare(self, rows: Sequence[Row], *, lock: bool) -> Iterator[Changes | None]:
        """For each row what would change, nothing if it is so already, None if it is new. May lock what is there."""

    @abstractmethod
    def add(self, rows: Sequence[Row], *, at: datetime, actor: AbstractBaseUser | None) -> None:
        """Saves new rows."""

    @abstractmethod
    def change(self, row: Row, *, at: datetime, actor: AbstractBaseUser | None) -> None:
        """Writes what differs."""


@dataclass
class Reading(Generic[Row]):
    """The good rows of a file, and what is wrong with the others."""

    rows: list[Row] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)


def nothing_said(done: int, total: int) -> None:
    """For those who do not want to know how far it is."""


def read(reader: RowReader[Row], table: Table, *, say: Say = nothing_said) -> Reading[Row]:
    """Puts every row through the reader; writes nothing."""
    reading: Reading[Row] = Reading(troubles=_wrong_columns(reader, table.names))
    if reading.troubles:
        return reading
    for number, record in enumerate(table.records, 1):
        _read_record(reader, table.names, record, reading)
        say(number, len(table.records))
    return reading


def _wrong_columns(reader: RowReader[Row], names: Sequence[str]) -> list[Trouble]:
    known = (*reader.required, *reader.optional)
    missing = [Trouble(1, name, _("this column is missing.")) for name in reader.required if name not in names]
    unknown = [
        Trouble(1, clean_line(name, at_most=40) or "–", _("this column is not known."))
        for name in dict.fromkeys(names)
        if name not in known
    ]
    twice = [Trouble(1, name, _("this column is there twice.")) for name in known if list(names).count(name) > 1]
    return missing + unknown + twice


def _read_record(reader: RowReader[Row], names: Sequence[str], record: Record, reading: Reading[Row]) -> None:
    if len(record.cells) != len(names):
        said = {"count": len(record.cells), "wanted": len(names)}
        sentence = _("has %(count)d cells, the header has %(wanted)d.") % said
        reading.troubles.append(Trouble(record.line, "", sentence))
        return
    cells = Cells(record, names, dict(zip(names, record.cells, strict=True)))
    row, wrong = reader.read_row(cells)
    troubles = cells.troubles(wrong)
    reading.troubles += troubles
    if row is not None and not troubles:
        reading.rows.append(row)


def look(
    importer: Importer[Row], reading: Reading[Row], *, say: Say = nothing_said, lock: bool = False
) -> tuple[Report, list[Row], list[Row]]:
    """What the rows would do; with it the rows that are new and those that change something."""
    report, new, changed, done = Report(troubles=reading.troubles), [], [], 0
    for rows in in_parts(reading.rows):
        for row, changes in zip(rows, importer.compare(rows, lock=lock), strict=True):
            name = importer.name_of(row)
            if changes is None:
                report.new.append(name)
                new.append(row)
            elif changes:
                report.changed[name] = changes
                changed.append(row)
            else:
                report.unchanged.append(name)
        done += len(rows)
        say(done, len(reading.rows))
    return report, new, changed


def save(
    importer: Importer[Row],
    reading: Reading[Row],
    *,
    at: datetime,
    actor: AbstractBaseUser | None,
    update: bool,
    expected: Mapping[str, str] | None = None,
    say: Say = nothing_said,
    finish: Callable[[Report], None] | None = None,
) -> Report:
    """Saves the rows in one transaction, with ``update`` also what differs; nothing while a cell is bad.

    Raises ChangedMeanwhileError when the rows are no longer as ``expected`` (``Report.verdicts``), or when somebody
    else saves one of the new ones at the same moment. ``finish`` is called within the transaction, last.
    """
    if reading.troubles:
        return Report(troubles=reading.troubles)
    try:
        with transaction.atomic():
            report, new, changed = look(importer, reading, lock=True)
            _refuse_what_changed(report, expected)
            _write(importer, new, changed if update else [], at=at, actor=actor, say=say)
            report.written = update
            if finish:
                finish(report)
    except IntegrityError as error:
        raise ChangedMeanwhileError([]) from error
    return report


def _refuse_what_changed(report: Report, expected: Mapping[str, str] | None) -> None:
    if expected is None:
        return
    now = report.verdicts()
    differing = [name for name in {**expected, **now} if expected.get(name) != now.get(name)]
    if differing:
        raise ChangedMeanwhileError(differing)


def _write(
    importer: Importer[Row],
    new: Sequence[Row],
    changed: Sequence[Row],
    *,
    at: datetime,
    actor: AbstractBaseUser | None,
    say: Say,
) -> None:
    done, total = 0, len(new) + len(changed)
    for rows in in_parts(new):
        importer.add(rows, at=at, actor=actor)
        done += len(rows)
        say(done, total)
    for row in changed:
        importer.change(row, at=at, actor=actor)
        done += 1
        say(done, total)


def first_half(say: Say) -> Say:
    """Progress of the first of two passes, as progress of both."""
    return lambda done, total: say(done, 2 * total)


def last_half(say: Say) -> Say:
    """Progress of the second of two passes."""
    return lambda done, total: say(total + done, 2 * total)


def load(
    importer: Importer[Row], content: bytes, *, at: datetime, update: bool, limits: Limits, say: Say = nothing_said
) -> Report:
    """Reads and saves a CSV or XLSX file at once, as commands do. Raises UnreadableFileError for what is no such file.

    What is here but says something else is changed only with ``update``.
    """
    reading = read(importer, read_table(content, limits), say=first_half(say))
    return save(importer, reading, at=at, actor=None, update=update, say=last_half(say))


def wrong_cells(form: forms.BaseForm, columns: Mapping[str, str]) -> dict[str, str]:
    """The form's complaints by column; ``columns`` names for each field the column that it was read from."""
    wrong: dict[str, str] = {}
    for name, messages in form.errors.items():
        wrong.setdefault(columns.get(name, name), " ".join(dict.fromkeys(map(str, messages))))
    return wrong


class CellField(forms.Field):
    """A form field whose value a function reads from the text of a cell, raising ValidationError if it cannot."""

    def __init__(self, read: Callable[[str], object], *, required: bool = False) -> None:
        super().__init__(required=required)
        self.read = read

    def clean(self, value: object) -> object:
        """What the cell says."""
        text = clean_line(str(value or ""))
        if self.required and not text:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return self.read(text)


def in_parts(rows: Iterable[Row], size: int = _AT_ONCE) -> Iterator[list[Row]]:
    """The rows by some hundreds: few enough for one statement, many enough to be quick."""
    left = iter(rows)
    while part := list(islice(left, size)):
        yield part
