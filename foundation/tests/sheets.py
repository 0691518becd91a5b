"""Spreadsheets for tests: ordinary ones, and hostile ones made by changing the parts of an ordinary one."""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from foundation.spreadsheets import ON_THE_WEB, Limits, read_table

SHEET = "xl/worksheets/sheet1.xml"


def xlsx(*rows: Sequence[Any], formats: dict[str, str] | None = None, mac: bool = False, merge: str = "") -> bytes:
    """A workbook of one sheet, as a spreadsheet program would save it."""
    workbook = Workbook()
    if mac:
        workbook.epoch = CALENDAR_MAC_1904
    sheet: Any = workbook.active
    for row in rows:
        sheet.append(row)
    for name, code in (formats or {}).items():
        sheet[name].number_format = code
    if merge:
        sheet.merge_cells(merge)
    return saved(workbook)


def saved(workbook: Workbook) -> bytes:
    """The bytes of a workbook."""
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def changed(content: bytes, parts: dict[str, bytes]) -> bytes:
    """The file with some of its parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, part in parts.items():
            new.writestr(name, part)
    return out.getvalue()


def part_of(content: bytes, name: str) -> bytes:
    """One part of the file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def sheet_xml(rows: str, *, before: str = "", head: str = "") -> bytes:
    """A sheet's own XML around its rows."""
    name = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{name}">{before}<sheetData>{rows}</sheetData></worksheet>'
    return f'<?xml version="1.0"?>{head}{sheet}'.encode()


DAY = datetime(2021, 7, 8)  # noqa: DTZ001 -- spreadsheets know no zones


def cells(content: bytes, limits: Limits = ON_THE_WEB) -> tuple[list[str], list[list[str]]]:
    """The names of the columns of a file, and the texts of its rows."""
    table = read_table(content, limits)
    return table.names, [record.cells for record in table.records]
