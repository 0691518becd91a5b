"""Takes over dated updates of the past."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.clock import now
from foundation.spreadsheets import UnreadableFileError
from pledges.importing import import_updates


class Command(BaseCommand):
    """Reports every bad cell by line and column; saves nothing when one is bad."""

    help = (
        "Takes over dated updates of the past from a CSV file (UTF-8) with the columns reference, date, stage, "
        "narrative, challenges, support_needed, refugees_involved, links, no_evidence_reason, language, source. They "
        "are published under their dates."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and whether to save."""
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="only check and report")

    def handle(self, *args: Any, **options: Any) -> None:
        """Loads, and tells what was found and done."""
        name = options["file"]
        try:
            content = Path(name).read_bytes()
            report = import_updates(content, at=now(), actor=None, save=not options["dry_run"])
        except UnreadableFileError as error:
            raise CommandError(f"{name}: {error}") from error
        except (OSError, ValueError) as error:
            raise CommandError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
        for trouble in report.troubles:
            self.stderr.write(str(trouble))
        if report.troubles:
            raise CommandError(f"Nothing was saved: {len(report.troubles)} to mend (see above).")
        for row in report.new:
            self.stdout.write(f"new: {row.pledge.reference}, {row.moment:%Y-%m-%d}, {row.content['stage']}")
        words = "" if report.saved else " Nothing was saved: this was a dry run."
        self.stdout.write(f"{len(report.new)} new, {report.unchanged} unchanged.{words}")
