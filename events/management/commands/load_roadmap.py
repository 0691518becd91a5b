"""Loads a roadmap file into a cycle."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from events.loading import Report, load_roadmap
from events.models import Cycle
from foundation.clock import now
from foundation.spreadsheets import UnreadableFileError

_SAY_PROGRESS_EVERY = 500


class Command(BaseCommand):
    """Reports new, changed and unchanged rows; saves nothing when one cell is bad."""

    help = (
        "Loads a roadmap (CSV in UTF-8, or XLSX) into a cycle. Changed rows are only reported unless --update is given."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, the cycle, and what may be written."""
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--cycle", required=True, metavar="SLUG", help="for example hlom-2021")
        parser.add_argument("--update", action="store_true", help="write the changes to rows that are already there")
        parser.add_argument("--publish", action="store_true", help="make the new rows public")

    def handle(self, *args: Any, **options: Any) -> None:
        """Loads, and tells what was found and done."""
        cycle = Cycle.objects.filter(slug=options["cycle"]).first()
        if cycle is None:
            known = ", ".join(Cycle.objects.values_list("slug", flat=True))
            raise CommandError(f"There is no cycle “{options['cycle']}”. Cycles: {known or 'none'}.")
        try:
            report = load_roadmap(
                self._content(options["file"]),
                cycle=cycle,
                at=now(),
                actor=None,
                update=options["update"],
                publish=options["publish"],
                progress=self._say_progress,
            )
        except UnreadableFileError as error:
            raise CommandError(f"{options['file']}: {error}") from error
        self._tell(report)

    @staticmethod
    def _content(name: str) -> bytes:
        try:
            return Path(name).read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CommandError(f"{name} cannot be read: {reason}.") from error

    def _say_progress(self, done: int, total: int) -> None:
        if done % _SAY_PROGRESS_EVERY == 0 and done < total:
            self.stderr.write(f"{done} of {total} rows …")

    def _tell(self, report: Report) -> None:
        if report.troubles:
            for trouble in report.troubles:
                self.stderr.write(str(trouble))
            raise CommandError(f"Nothing was saved: {len(report.troubles)} to mend (see above).")
        for event in report.new:
            self.stdout.write(f"new: {event.title} ({event.slug})")
        for change in report.changed:
            self.stdout.write(f"changed: line {change.line}, {change.title}")
            for name, stored, wanted in change.differences:
                self.stdout.write(f"  {name}: “{stored}” → “{wanted}”")
        self.stdout.write(
            f"{len(report.new)} new, {len(report.changed)} changed, {report.unchanged} unchanged"
            + (f", {report.published} published" if report.published else "")
            + "."
        )
        if report.changed and not report.updated:
            self.stdout.write("Changed rows were left as they are. Run again with --update to write them.")
