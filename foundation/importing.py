"""Rows of a file (``foundation.row_reading``), looked at first and saved whole or not at all.

What is alike for all importers: what is new, changed and unchanged is told before anything is saved, and it is saved
only as it was told. How rows are compared and saved, each app's importer knows.
"""

import hashlib
import json
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from foundation.row_reading import Reading, Row, RowReader, Say, nothing_said, read
from foundation.spreadsheets import Limits, Trouble, read_table

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


def in_parts(rows: Iterable[Row], size: int = _AT_ONCE) -> Iterator[list[Row]]:
    """The rows by some hundreds: few enough for one statement, many enough to be quick."""
    left = iter(rows)
    while part := list(islice(left, size)):
        yield part
