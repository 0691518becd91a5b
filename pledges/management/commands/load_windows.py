"""manage.py load_windows"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from foundation.clock import now
from pledges.window_file import read_windows
from pledges.window_loading import Report, load_windows


class Command(BaseCommand):
    """Loads update windows and their reminder rules; saves nothing when one cell is bad."""

    help = "Loads update windows (CSV, UTF-8). Windows that differ are only reported unless --update is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and whether differences are written."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--update", action="store_true", help="write what differs")

    def handle(self, *args: Any, file: Path, update: bool, **options: Any) -> None:
        """Reads, judges, loads, reports."""
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        rows, troubles = read_windows(content)
        if troubles:
            for trouble in troubles:
                self.stderr.write(str(trouble))
            raise CommandError(f"Nothing was saved: {len(troubles)} to mend (see above).")
        try:
            self._tell(load_windows(rows, at=now(), update=update), update=update)
        except ValidationError as error:
            raise CommandError(f"Nothing was saved: {' '.join(error.messages)}") from error

    def _tell(self, report: Report, *, update: bool) -> None:
        for title, lines in (("new", report.new), ("changed" if update else "differs", report.changed)):
            for line in lines:
                self.stdout.write(f"{title}: {line}")
        self.stdout.write(
            f"Windows: {len(report.new)} new, {len(report.changed)} changed, {len(report.unchanged)} unchanged."
        )
        if report.changed and not update:
            self.stdout.write("What differs was left as it is. Run again with --update to write it.")
