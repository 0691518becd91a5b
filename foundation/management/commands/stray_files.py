"""manage.py stray_files"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from foundation.clock import now
from foundation.stray_files import stray_files


class Command(BaseCommand):
    """Names the files that no row names; removes them only when told to."""

    help = "Lists stored files, older than a day, that belong to nothing; with --delete it removes them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One switch: nothing is removed without it."""
        parser.add_argument("--delete", action="store_true", help="remove them")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each file, and how many at the end."""
        found = 0
        for storage, name in list(stray_files(at=now())):
            found += 1
            self.stdout.write(name)
            if options["delete"]:
                storage.delete(name)
        self.stdout.write(f"{found} {'removed' if options['delete'] else 'found; --delete removes them'}.")
