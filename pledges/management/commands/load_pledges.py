"""manage.py load_pledges FILE [--update]"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from foundation.clock import now
from foundation.import_commands import load_file, tell
from pledges.loading import load


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
        report = load_file(
            options["file"], lambda content, say: load(content, at=now(), update=options["update"], say=say)
        )
        tell(self.stdout, report, _("pledges"))
