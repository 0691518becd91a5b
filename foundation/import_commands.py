"""Importers on the command line: a bar while they work, every bad cell when they refuse, counts when they are done."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from foundation.importing import ChangedMeanwhileError, Report, Say
from foundation.progress_bar import ProgressBar
from foundation.spreadsheets import UnreadableFileError


def load_file(path: Path, load: Callable[[bytes, Say], Report]) -> Report:
    """What ``load`` made of the file. Raises CommandError, naming every bad cell, when nothing was saved."""
    try:
        report = load(path.read_bytes(), ProgressBar(sys.stderr))
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except (UnreadableFileError, ChangedMeanwhileError) as error:
        raise CommandError(f"{path}: {error}") from error
    if report.troubles:
        raise CommandError("\n".join([*map(str, report.troubles), "Nothing was saved."]))
    return report


def tell(out: Any, report: Report, rows: str) -> None:
    """What was found and done, with each difference; ``rows`` are what the file holds, in the plural."""
    for name, changes in report.changed.items():
        for field, (before, now_) in changes.items():
            out.write(f"{name} {field}: {before} → {now_}")
    out.write(f"{len(report.new)} new, {len(report.changed)} changed, {len(report.unchanged)} unchanged {rows}.")
    if report.changed and not report.written:
        out.write("The changed ones were left as they are; run again with --update to write them.")
