"""Importers on the command line: a bar while they work, every bad cell when they refuse, counts when they are done."""

import hashlib
import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.clock import now
from foundation.import_jobs import Kind, last_import, remember
from foundation.importing import ChangedMeanwhileError, Report
from foundation.progress_bar import ProgressBar
from foundation.row_reading import Say
from foundation.spreadsheets import UnreadableFileError


class LoadCommand(BaseCommand):
    """A command that loads one file; nothing is saved when one cell is bad."""

    kind: Kind
    # What the file holds, in the plural.
    rows: str

    def load(self, content: bytes, *, at: datetime, update: bool, say: Say) -> Report:
        """To be said by each command."""
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and whether differences are written."""
        parser.add_argument("file", type=Path, help="CSV in UTF-8 or XLSX")
        parser.add_argument(
            "--update", action="store_true", help="write what differs; without it differences are only reported"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Reports new, changed and unchanged rows; exit code 1 with every bad cell."""
        path, at = options["file"], now()
        content = self._content(path)
        sha256 = hashlib.sha256(content).hexdigest()
        before = last_import(self.kind, sha256)
        if before and before.finished_at:
            who = before.requested_by or "a command"
            self.stdout.write(f"This very file was imported before: {before.finished_at:%Y-%m-%d %H:%M} UTC by {who}.")
        report = self._loaded(path, content, at=at, update=options["update"])
        remember(self.kind, at=at, sha256=sha256, file_name=path.name, report=report)
        self._tell(report)

    @staticmethod
    def _content(path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error

    def _loaded(self, path: Path, content: bytes, *, at: datetime, update: bool) -> Report:
        try:
            report = self.load(content, at=at, update=update, say=ProgressBar(sys.stderr))
        except (UnreadableFileError, ChangedMeanwhileError) as error:
            raise CommandError(f"{path}: {error}") from error
        if report.troubles:
            raise CommandError("\n".join([*map(str, report.troubles), "Nothing was saved."]))
        return report

    def _tell(self, report: Report) -> None:
        for name, changes in report.changed.items():
            for field, (before, now_) in changes.items():
                self.stdout.write(f"{name} {field}: {before} → {now_}")
        self.stdout.write(
            f"{len(report.new)} new, {len(report.changed)} changed, {len(report.unchanged)} unchanged {self.rows}."
        )
        if report.changed and not report.written:
            self.stdout.write("The changed ones were left as they are; run again with --update to write them.")
