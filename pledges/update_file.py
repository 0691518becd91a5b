"""Reads dated updates of the past from CSV: every cell is judged, and nothing is written."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from foundation.spreadsheets import Trouble, UnreadableFileError
from foundation.text import clean_line
from foundation.zones import local_moment
from pledges.content import TEXT_LANGUAGES, Content, checked_line, checked_links, checked_text, empty_content
from pledges.models import Pledge, Stage
from pledges.models.update import REASON_AT_MOST
from pledges.window_file import YEARS

REQUIRED = ("reference", "date", "stage", "narrative")
OPTIONAL = (
    "challenges",
    "support_needed",
    "refugees_involved",
    "links",
    "no_evidence_reason",
    "language",
    "source",
)
SOURCE_AT_MOST = 500
# The day is known, not the hour: noon is that day in every zone of the cycle's neighbours.
_HOUR = time(12)


@dataclass(frozen=True)
class Row:
    """One update of the past."""

    line: int
    pledge: Pledge
    moment: datetime
    content: Content
    source: str


@dataclass
class _Cells:
    """The cells of one row, and what is wrong with them so far."""

    line: int
    values: dict[str, str]
    troubles: list[Trouble] = field(default_factory=list)

    def read(self, column: str, check: Callable[[str], Any]) -> Any:
        """What the check makes of the cell; its complaint is noted, and None comes back."""
        try:
            return check(self.values.get(column, ""))
        except ValidationError as error:
            self.troubles.append(Trouble(self.line, column, " ".join(error.messages)))
            return None


def read_updates(content: bytes, *, at: datetime, most_rows: int) -> tuple[list[Row], list[Trouble]]:
    """All good rows, and all that is wrong with the others. Raises UnreadableFileError for what is no such file."""
    records = list(_records(_decoded(content), most_rows))
    references = {cells.values.get("reference", "") for cells in records}
    found = Pledge.objects.filter(reference__in=[text for text in references if "\x00" not in text])
    pledges = {pledge.reference: pledge for pledge in found.select_related("occasion").prefetch_related("versions")}
    rows: list[Row] = []
    troubles: list[Trouble] = []
    lines: dict[tuple[int, datetime], int] = {}
    for cells in records:
        row = _read_row(cells, pledges, at)
        if row:
            _refuse_second(cells, row, lines)
        troubles += cells.troubles
        if row and not cells.troubles:
            rows.append(row)
    return rows, troubles


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnreadableFileError(
            _("The file is not in UTF-8: see line %(line)d. Save it as “CSV UTF-8”.") % {"line": line}
        ) from error


def _records(text: str, most_rows: int) -> Iterator[_Cells]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
        _judge_header(names)
        line = reader.line_num + 1
        for number, record in enumerate(reader, 1):
            if number > most_rows:
                raise UnreadableFileError(_("The file has more than %(most)d rows. Split it.") % {"most": most_rows})
            if any(cell.strip() for cell in record):
                yield _cells(line, names, record)
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableFileError(
            _("This is no CSV from line %(line)d on: %(error)s.") % {"line": max(reader.line_num, 1), "error": error}
        ) from error


def _judge_header(names: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in names]
    unknown = [clean_line(name, at_most=40) or "?" for name in names if name not in (*REQUIRED, *OPTIONAL)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if missing or unknown or twice:
        said = {"missing": ", ".join(missing) or "–", "unknown": ", ".join([*unknown, *twice]) or "–"}
        raise UnreadableFileError(
            _("The first line must name the columns. Missing: %(missing)s. Unknown or twice: %(unknown)s.") % said
        )


def _cells(line: int, names: list[str], record: list[str]) -> _Cells:
    cells = _Cells(line, dict(zip(names, (cell.strip() for cell in record), strict=False)))
    if len(record) != len(names):
        sentence = _("This row has %(count)d cells; the first line names %(wanted)d columns.")
        cells.troubles.append(Trouble(line, "", sentence % {"count": len(record), "wanted": len(names)}))
    return cells


def _read_row(cells: _Cells, pledges: dict[str, Pledge], at: datetime) -> Row | None:
    pledge: Pledge | None = cells.read("reference", lambda text: _known(text, pledges))
    day: date | None = cells.read("date", _day)
    content = empty_content(
        stage=cells.read("stage", _stage),
        narrative=cells.read("narrative", _narrative),
        challenges=cells.read("challenges", checked_text),
        support_needed=cells.read("support_needed", checked_text),
        refugees_involved=cells.read("refugees_involved", checked_text),
        no_evidence_reason=cells.read("no_evidence_reason", lambda text: checked_line(text, at_most=REASON_AT_MOST)),
        links=cells.read("links", lambda text: checked_links(text.replace("; ", "\n").split())),
        language=cells.read("language", _language),
    )
    source = cells.read("source", lambda text: checked_line(text, at_most=SOURCE_AT_MOST))
    if pledge is None or day is None:
        return None
    moment = local_moment(day, _HOUR, pledge.occasion.zone)
    if moment > at:
        cells.troubles.append(Trouble(cells.line, "date", _("This day is still to come.")))
    return Row(cells.line, pledge, moment, content, source)


def _refuse_second(cells: _Cells, row: Row, lines: dict[tuple[int, datetime], int]) -> None:
    first = lines.setdefault((row.pledge.pk, row.moment), row.line)
    if first != row.line:
        sentence = _("Line %(line)d has an update of the same pledge and day.") % {"line": first}
        cells.troubles.append(Trouble(row.line, "date", sentence))


def _known(text: str, pledges: dict[str, Pledge]) -> Pledge:
    if text not in pledges:
        raise ValidationError(_("There is no pledge “%(text)s”.") % {"text": clean_line(text, at_most=40)})
    return pledges[text]


def _day(text: str) -> date:
    try:
        # fromisoformat alone would also take 20210505 and 2021-W18-3.
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 -- a day has no zone
    except ValueError as error:
        said = {"text": clean_line(text, at_most=40)}
        raise ValidationError(_("“%(text)s” is not a day such as 2021-05-31.") % said) from error
    if day.year not in YEARS:
        raise ValidationError(_("Check the year."))
    return day


def _stage(text: str) -> str:
    if text not in Stage.values:
        said = {"text": clean_line(text, at_most=40), "stages": ", ".join(Stage.values)}
        raise ValidationError(_("“%(text)s” is not a stage. Stages: %(stages)s.") % said)
    return text


def _narrative(text: str) -> str:
    narrative = checked_text(text)
    if not narrative:
        raise ValidationError(_("This must not be empty."))
    return narrative


def _language(text: str) -> str:
    codes = [code for code, _name in TEXT_LANGUAGES]
    if text and text not in codes:
        said = {"text": clean_line(text, at_most=40), "codes": ", ".join(codes)}
        raise ValidationError(_("“%(text)s” is not on the list of languages: %(codes)s.") % said)
    return text or "en"
