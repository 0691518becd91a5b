"""manage.py load_pledges FILE [--update]"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.clock import now
from pledges.loading import Report, load


class Command(BaseCommand):
    """Loads published pledges from a CSV or XLSX file; saves nothing when one cell is bad."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and whether differences are written."""
        parser.add_argument("file", type=Path, help="CSV in UTF-8 or XLSX, such as pledges/data/pledges-public.csv")
        parser.add_argument(
            "--update",
            action="store_true",
            help="write what differs as a new version of the pledge; without it differences are only reported",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Reports new, changed and unchanged pledges; exit code 1 with every bad cell."""
        try:
            content = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        report = load(content, at=now(), update=options["update"])
        if report.bad:
            lines = [*(str(cell) for cell in report.bad), "Nothing was saved."]
            raise CommandError("\n".join(lines))
        self._say(report)

    def _say(self, report: Report) -> None:
        for reference, changes in report.changed.items():
            for name, (before, now_) in changes.items():
                self.stdout.write(f"{reference} {name}: {before} → {now_}")
        self.stdout.write(
            f"{len(report.new)} new, {len(report.changed)} changed, {len(report.unchanged)} unchanged pledges."
        )
        if report.changed and not report.written:
            self.stdout.write("The changed ones were left as they are; run again with --update to write them.")
