"""Spreadsheets out: rows become CSV and XLSX files that execute nothing."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from foundation.inert_cells import as_text_cell
from foundation.spreadsheets import ERRORS, Table, Trouble

# XML knows no control characters; spreadsheet programs write them so, and so must a text that looks like it be.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The rows as CSV, line by line, beginning with the mark by which Excel knows UTF-8."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    yield "\ufeff"
    for row in rows:
        writer.writerow([as_text_cell(text) for text in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def xlsx_bytes(rows: Iterable[Sequence[str]], *, title: str) -> bytes:
    """The rows as XLSX of one sheet; every cell is text, so that "2021-05" stays what it says. The first is bold."""
    workbook = Workbook(write_only=True)
    workbook.properties.creator = ""
    sheet = workbook.create_sheet(re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or "1")
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows):
        sheet.append([_text_cell(sheet, text, bold=number == 0) for text in row])
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _text_cell(sheet: Any, text: str, *, bold: bool) -> Any:
    safe = _NOT_IN_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", as_text_cell(text))
    cell = WriteOnlyCell(sheet, safe)
    cell.data_type = "s"
    cell.number_format = "@"
    if bold:
        cell.font = Font(bold=True)
    return cell


def rows_with_errors(table: Table, troubles: Iterable[Trouble]) -> Iterator[list[str]]:
    """The table as it came, with what is wrong said in a last column, row by row."""
    sentences: dict[int, list[str]] = {}
    for trouble in troubles:
        where = f"{trouble.cell} {trouble.column}".strip()
        sentences.setdefault(trouble.line, []).append(f"{where}: {trouble.sentence}" if where else trouble.sentence)
    yield [*table.names, ERRORS]
    width = len(table.names)
    for record in table.records:
        cells = (record.cells + [""] * width)[: max(width, len(record.cells))]
        yield [*cells, " ".join(sentences.get(record.line, []))]
