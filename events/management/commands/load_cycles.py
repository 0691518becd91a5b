"""manage.py load_cycles"""

from typing import Any

from django.core.management.base import BaseCommand

from events.real_cycles import load_real_cycles
from foundation.clock import now


class Command(BaseCommand):
    """Loads the real cycles."""

    help = "Loads what is sourced of the real cycles, each only while it has no row; a second run loads nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Loads, and says what was added where."""
        loaded = load_real_cycles(at=now())
        for slug, count in loaded.items():
            self.stdout.write(f"{slug}: {count} rows loaded and published.")
        if not loaded:
            self.stdout.write("Every cycle has rows already: nothing to load.")
