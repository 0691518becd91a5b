"""manage.py load_sample_findings"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from foundation.clock import now
from stocktaking.samples import load_sample_findings


class Command(BaseCommand):
    """Adds plainly named sample findings; for the quick start only."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs once, and again without adding anything."""
        if not settings.QUICK_START:
            raise CommandError(
                "Sample findings are for the quick start (QUICK_START=1) only: the public could take them for "
                "findings. Nothing was added."
            )
        self.stdout.write(f"Samples: {load_sample_findings(at=now())} findings added.")
