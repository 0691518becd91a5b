"""Reads one XLSX from standard input and prints its cells as JSON; run by ``foundation.spreadsheets`` as a process of
its own, so that whatever a hostile file makes the reader do ends with this process.

It knows nothing of Django: what it refuses it names by a code, and the parent says it in words.
"""

import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any, NamedTuple

MOST_ENTRIES = 2_000
MOST_IN_CELL = 32_767
# Rows that hold nothing, below the last that may: spreadsheet programs leave a few there, a bomb a million.
_MOST_EMPTY_BELOW = 1_000
_ACTIVE = {
    "macros": ("xl/vbaproject.bin", "xl/macrosheets/", "xl/activex/"),
    "links": ("xl/externallinks/", "xl/connections.xml", "xl/querytables/"),
    "embedded": ("xl/embeddings/",),
}
_CODE_OF_CHARACTER = re.compile("_x([0-9A-Fa-f]{4})_")
_DAY_IN_FORMAT = re.compile(r"\[[^\]]*\]|\"[^\"]*\"|\\.")

Cell = tuple[str, str]


class Limits(NamedTuple):
    """What a file may cost; bytes and seconds."""

    rows: int
    columns: int
    unpacked: int
    memory: int
    seconds: int


class RefusedError(Exception):
    """The file is not read; the first argument is a code that the parent knows, the second a detail."""


def main(arguments: list[str]) -> int:
    """Reads with the limits given as arguments, and prints what was found or the code of the refusal."""
    limits = Limits(*(int(argument) for argument in arguments))
    _tie_hands(limits)
    content = sys.stdin.buffer.read()
    try:
        answer: dict[str, Any] = read(content, limits)
    except RefusedError as refusal:
        answer = {"refused": list(refusal.args)}
    except MemoryError:
        answer = {"refused": ["memory", ""]}
    sys.stdout.write(json.dumps(answer))
    return 0


def _tie_hands(limits: Limits) -> None:
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def read(content: bytes, limits: Limits) -> dict[str, Any]:
    """The first visible sheet: its name, and of every row that holds something the number and its cells."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _judge_entries(archive.infolist(), limits)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise RefusedError("broken", "") from error
    try:
        return _read_workbook(content, limits)
    except (RefusedError, MemoryError):
        raise
    except Exception as error:
        # Whatever a broken file makes the library raise, the answer is the same.
        raise RefusedError("entities" if _is_forbidden_xml(error) else "broken", "") from error


def _judge_entries(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    names = [entry.filename.lower() for entry in entries]
    if len(entries) > MOST_ENTRIES:
        raise RefusedError("entries", "")
    if sum(entry.file_size for entry in entries) > limits.unpacked:
        raise RefusedError("unpacked", "")
    if any(entry.flag_bits & 1 for entry in entries):
        raise RefusedError("encrypted", "")
    if any(name.startswith(("/", "\\")) or "\\" in name or ".." in name.split("/") for name in names):
        raise RefusedError("paths", "")
    if len(set(names)) != len(names):
        raise RefusedError("broken", "")
    for code, starts in _ACTIVE.items():
        if any(name.startswith(starts) for name in names):
            raise RefusedError(code, "")
    if "xl/workbook.xml" not in names:
        raise RefusedError("other", "")


def _is_forbidden_xml(error: BaseException | None) -> bool:
    while error is not None:
        if type(error).__module__.startswith("defusedxml"):
            return True
        error = error.__cause__ or error.__context__
    return False


def _read_workbook(content: bytes, limits: Limits) -> dict[str, Any]:
    import openpyxl  # noqa: PLC0415 -- only once the limits stand
    from openpyxl.reader.excel import ExcelReader  # noqa: PLC0415
    from openpyxl.styles.stylesheet import apply_stylesheet  # noqa: PLC0415
    from openpyxl.worksheet._reader import WorkSheetParser  # noqa: PLC0415

    if not openpyxl.DEFUSEDXML:
        raise RefusedError("unsafe", "")
    reader = ExcelReader(io.BytesIO(content), read_only=True, keep_links=False)
    reader.read_manifest()
    if any("macroEnabled" in (part.ContentType or "") for part in reader.package.Override):
        raise RefusedError("macros", "")
    reader.read_strings()
    reader.read_workbook()
    apply_stylesheet(reader.archive, reader.wb)
    sheets = [(sheet, rel) for sheet, rel in reader.parser.find_sheets() if "chartsheet" not in rel.Type]
    sheet, part = next((pair for pair in sheets if pair[0].state == "visible"), (None, None))
    if sheet is None or part is None:
        raise RefusedError("other", "")
    workbook: Any = reader.wb
    with reader.archive.open(part.target) as source:
        parser = WorkSheetParser(
            source,
            reader.shared_strings,
            epoch=workbook.epoch,
            date_formats=workbook._date_formats,  # noqa: SLF001 -- as openpyxl's own reader does
            timedelta_formats=workbook._timedelta_formats,  # noqa: SLF001
        )
        rows = list(_rows(parser, _Formats(workbook), limits))
        merged = parser.merged_cells
    if merged is not None and merged.mergeCell:
        raise RefusedError("merged", str(merged.mergeCell[0].ref)[:20])
    return {"sheet": sheet.name, "rows": rows}


def _rows(parser: Any, formats: "_Formats", limits: Limits) -> Iterator[tuple[int, list[Cell]]]:
    empty_below = characters = 0
    for number, row in parser.parse():
        held = [cell for cell in row if cell["value"] is not None and cell["value"] != ""]
        if number > limits.rows:
            empty_below += 1
            if held or empty_below > _MOST_EMPTY_BELOW:
                raise RefusedError("rows", str(number))
        if not held or number > limits.rows:
            continue
        if max(cell["column"] for cell in held) > limits.columns:
            raise RefusedError("columns", str(number))
        cells = [("", "")] * max(cell["column"] for cell in held)
        for cell in held:
            cells[cell["column"] - 1] = _text(cell, formats)
        characters += sum(len(text) for text, _trouble in cells)
        if characters > limits.unpacked // 5:
            raise RefusedError("characters", "")
        yield number, cells


class _Formats:
    """The number formats of a workbook, by the number of a cell's style."""

    def __init__(self, workbook: Any) -> None:
        self._styles = workbook._cell_styles  # noqa: SLF001 -- as openpyxl's own cells do
        self._own = workbook._number_formats  # noqa: SLF001

    def shows_days(self, style: int) -> bool:
        """Whether a date in this style is shown with its day; "mmm yy" is a month, and no day was meant."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE  # noqa: PLC0415

        number = self._styles[style].numFmtId
        own = number >= BUILTIN_FORMATS_MAX_SIZE
        code = self._own[number - BUILTIN_FORMATS_MAX_SIZE] if own else BUILTIN_FORMATS.get(number, "d")
        return "d" in _DAY_IN_FORMAT.sub("", code.split(";")[0]).lower()


def _text(cell: dict[str, Any], formats: _Formats) -> Cell:
    """What the cell shows, as plain text, and the code of what is wrong with it."""
    value, kind = cell["value"], cell["data_type"]
    if kind == "f":
        return "", "formula"
    if kind == "e":
        return "", "error"
    if isinstance(value, str):
        text = _CODE_OF_CHARACTER.sub(lambda match: chr(int(match[1], 16)), value)
        return ("", "long") if len(text) > MOST_IN_CELL else (text, "")
    if isinstance(value, datetime) and value.time() == time() and not formats.shows_days(cell["style_id"]):
        return f"{value:%Y-%m}", ""
    return _plain(value), ""


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        day, hour = value.date().isoformat(), value.time()
        return day if hour == time() else f"{day} {_hour(hour)}"
    if isinstance(value, time):
        return _hour(value)
    return _digits(value) if isinstance(value, float) else str(value)


def _digits(value: float) -> str:
    """Fifteen digits, as spreadsheet programs show them, and never with an exponent."""
    digits = f"{value:.15g}"
    return digits if "e" not in digits else f"{value:.15f}".rstrip("0").rstrip(".")


def _hour(hour: time) -> str:
    return hour.isoformat("seconds" if hour.second else "minutes")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
