"""A file as rows that say something, and what is wrong with the others. What a row says, each app's reader knows.

A reader puts every row through the form class of the web page for the same thing, so that there is one place of
rules; here stands what is alike for all: the first row names the columns, and bad cells are named.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

from django import forms
from django.utils.translation import gettext as _

from foundation.spreadsheets import Record, Table, Trouble
from foundation.text import clean_line

Row = TypeVar("Row")
Say = Callable[[int, int], None]


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
