"""Spreadsheets in: CSV and XLSX become rows of text cells.

A file of a stranger may lie about its size, hold a million empty rows, formulas, macros, links to other files or XML
that unfolds without end. So: limits before anything is read, and XLSX is read by a process of its own with little
memory and little time (``foundation.spreadsheet_child``). CSV is read here: its reader keeps one row at a time.
"""

import csv
import io
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from foundation.inert_cells import as_meant
from foundation.text import clean_line

# The column that a report adds; a file that carries it is read as if it did not.
ERRORS = "errors"
COLUMNS_AT_MOST = 60
_MEGABYTE = 1024 * 1024
_IN_CELL_AT_MOST = 32_767
_CHILD = Path(__file__).with_name("spreadsheet_child.py")
# Two at once in one server process: each may take half a gigabyte.
_reading = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Limits:
    """What reading a file may cost; sizes in bytes, times in seconds, rows without the first, which names columns."""

    rows: int
    size: int = 5 * _MEGABYTE
    unpacked: int = 50 * _MEGABYTE
    memory: int = 512 * _MEGABYTE
    seconds: int = 30


ON_THE_WEB = Limits(rows=5_000)
BY_COMMAND = Limits(rows=50_000, size=50 * _MEGABYTE, unpacked=250 * _MEGABYTE, memory=1024 * _MEGABYTE, seconds=300)


class UnreadableFileError(Exception):
    """The file as a whole cannot be read; the message says why."""


class Trouble(NamedTuple):
    """What is wrong, and where: ``column`` is empty for a whole row, ``cell`` is the name in spreadsheet programs."""

    line: int
    column: str
    sentence: str
    cell: str = ""

    def __str__(self) -> str:
        where = _("line %(line)d") % {"line": self.line}
        if self.column:
            where = _("line %(line)d, column %(column)s") % {"line": self.line, "column": self.column}
        if self.cell:
            where = _("%(where)s (cell %(cell)s)") % {"where": where, "cell": self.cell}
        return f"{where}: {self.sentence}"


@dataclass(frozen=True)
class Record:
    """One row that holds something: its number in spreadsheet programs, its line in the file, its cells."""

    number: int
    line: int
    cells: list[str]
    # By position: what makes a cell unreadable, in a sentence.
    refused: dict[int, str] = field(default_factory=dict)

    def name(self, position: int) -> str:
        """What spreadsheet programs call the cell at a position that counts from 0, such as "B7"."""
        return f"{get_column_letter(position + 1)}{self.number}"


@dataclass(frozen=True)
class Table:
    """A file as rows of text: the names of its columns, and the records below."""

    names: list[str]
    records: list[Record]
    is_csv: bool


def read_table(content: bytes, limits: Limits) -> Table:
    """Reads CSV (UTF-8) or XLSX, told apart by their content. Raises UnreadableFileError with a sentence."""
    if len(content) > limits.size:
        raise UnreadableFileError(
            _("The file is too big: at most %(most)d MB can be read.") % {"most": limits.size // _MEGABYTE}
        )
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFileError(_refusal("encrypted" if "EncryptedPackage".encode("utf-16-le") in content else "old"))
    if content.startswith(b"PK"):
        return _without_errors(_read_xlsx(content, limits))
    return _without_errors(_read_csv(content, limits))


def _without_errors(table: Table) -> Table:
    """The table without the column that a report of ours added, if that is its last."""
    if not table.names or table.names[-1] != ERRORS:
        return table
    last = len(table.names) - 1
    records = [
        Record(record.number, record.line, record.cells[:last] + record.cells[last + 1 :], record.refused)
        for record in table.records
    ]
    return Table(table.names[:last], [record for record in records if any(record.cells)], table.is_csv)


def _read_csv(content: bytes, limits: Limits) -> Table:
    reader = csv.reader(io.StringIO(_decoded(content), newline=""), strict=True)
    records: list[Record] = []
    try:
        names = [name.strip() for name in next(reader, [])]
        _judge_width(names, 1)
        line = reader.line_num + 1
        for number, cells in enumerate(reader, 2):
            if any(cell.strip() for cell in cells):
                _judge_width(cells, number)
                records.append(_csv_record(number, line, cells))
                if len(records) > limits.rows:
                    raise UnreadableFileError(_too_many_rows(limits))
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableFileError(
            _("This is no CSV from line %(line)d on: %(error)s.") % {"line": max(reader.line_num, 1), "error": error}
        ) from error
    return Table(names, records, is_csv=True)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnreadableFileError(
            _("The file is not in UTF-8: see line %(line)d. Save it as “CSV UTF-8”.") % {"line": line}
        ) from error


def _csv_record(number: int, line: int, cells: list[str]) -> Record:
    too_long = [position for position, cell in enumerate(cells) if len(cell) > _IN_CELL_AT_MOST]
    texts = ["" if position in too_long else as_meant(cell) for position, cell in enumerate(cells)]
    return Record(number, line, texts, {position: _cell_refusal("long") for position in too_long})


def _judge_width(cells: Sequence[str], number: int) -> None:
    if len(cells) > COLUMNS_AT_MOST:
        raise UnreadableFileError(_refusal("columns", str(number)))


def _too_many_rows(limits: Limits) -> str:
    return _("The file has more than %(most)d rows. Split it.") % {"most": limits.rows}


def _read_xlsx(content: bytes, limits: Limits) -> Table:
    answer = _ask_child(content, limits)
    if "refused" in answer:
        code, detail = answer["refused"]
        raise UnreadableFileError(_too_many_rows(limits) if code == "rows" else _refusal(code, detail))
    rows = answer["rows"]
    names = [text.strip() for text, _trouble in rows[0][1]] if rows and rows[0][0] == 1 else []
    records = [_xlsx_record(number, cells, len(names)) for number, cells in rows if number > 1]
    return Table(names, records, is_csv=False)


def _xlsx_record(number: int, cells: list[tuple[str, str]], width: int) -> Record:
    """A row as wide as the first at least: a sheet does not say where its empty cells end."""
    texts = [as_meant(text) for text, _trouble in cells] + [""] * (width - len(cells))
    refused = {position: _cell_refusal(code) for position, (_text, code) in enumerate(cells) if code}
    return Record(number, number, texts, refused)


def _ask_child(content: bytes, limits: Limits) -> dict[str, Any]:
    # The first row names the columns.
    figures = (limits.rows + 1, COLUMNS_AT_MOST, limits.unpacked, limits.memory, limits.seconds)
    command = [sys.executable, "-I", str(_CHILD), *map(str, figures)]
    with _reading:
        try:
            done = subprocess.run(  # noqa: S603 -- our own file, and numbers
                command,
                input=content,
                capture_output=True,
                timeout=limits.seconds,
                env={"LANG": "C.UTF-8"},
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"refused": ["time", ""]}
    if done.returncode != 0:
        # The limits ended it, in the middle of anything.
        return {"refused": ["memory", ""]}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _refusal(code: str, detail: str = "") -> str:
    too_big = _("The file unpacks to more than can be read. Copy the table alone into a new file.")
    sentences = {
        "old": _("This is an old Excel file (.xls). Save it as .xlsx or as “CSV UTF-8”."),
        "encrypted": _("The file is protected by a password. Save it without one."),
        "other": _("This is no spreadsheet. Save it as .xlsx or as “CSV UTF-8”."),
        "broken": _("The file is damaged or no .xlsx. Save it again as .xlsx or as “CSV UTF-8”."),
        "macros": _("The file holds macros. Save it as .xlsx, which has none."),
        "links": _("The file holds links to other files or data sources. Copy the table alone into a new file."),
        "embedded": _("The file holds other files. Copy the table alone into a new file."),
        "paths": _("The file holds names that point outside of it. Copy the table alone into a new file."),
        "entities": _("The file holds XML that unfolds into other text. Copy the table alone into a new file."),
        "merged": _("Cells %(detail)s are merged. Split them, so that each row says its own."),
        "columns": _("Row %(detail)s has more than %(most)s columns."),
        "time": _("Reading the file took too long. Copy the table alone into a new file."),
        "entries": too_big,
        "unpacked": too_big,
        "characters": too_big,
        "memory": too_big,
        "unsafe": _("Spreadsheets cannot be read safely here: the package defusedxml is missing."),
    }
    return sentences[code] % {"detail": clean_line(detail, at_most=40), "most": COLUMNS_AT_MOST}


def _cell_refusal(code: str) -> str:
    return {
        "formula": _("holds a formula. Put its value there instead (copy, then “paste values”)."),
        "error": _("holds an error of the spreadsheet program."),
        "long": _("too long: more than %(most)d characters.") % {"most": _IN_CELL_AT_MOST},
    }[code]
