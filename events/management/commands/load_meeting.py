"""Loads the texts and questions of a meeting's pages."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from events.meeting_loading import CannotLoadError, load_meeting
from events.models import Cycle
from foundation.clock import now


class Command(BaseCommand):
    """Only into pages that are empty: what staff wrote stays."""

    help = "Loads texts and questions (TOML, UTF-8) into a meeting's pages that have none yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, the cycle, and whether all becomes public."""
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--cycle", required=True, metavar="SLUG", help="for example hlom-2021")
        parser.add_argument("--publish", action="store_true", help="make the texts and questions public")

    def handle(self, *args: Any, **options: Any) -> None:
        """Loads, and tells what was added."""
        cycle = Cycle.objects.filter(slug=options["cycle"]).first()
        if cycle is None:
            known = ", ".join(Cycle.objects.values_list("slug", flat=True))
            raise CommandError(f"There is no cycle “{options['cycle']}”. Cycles: {known or 'none'}.")
        try:
            content = Path(options["file"]).read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CommandError(f"{options['file']} cannot be read: {reason}.") from error
        try:
            report = load_meeting(content, cycle=cycle, at=now(), actor=None, publish=options["publish"])
        except CannotLoadError as error:
            raise CommandError(f"Nothing was loaded. {error}") from error
        state = "public" if options["publish"] else "not public yet"
        self.stdout.write(
            f"{cycle.slug}: {report.texts} texts and {report.questions} questions in {report.groups} groups, {state}."
        )
