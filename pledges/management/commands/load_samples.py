"""manage.py load_samples"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from foundation.clock import now
from pledges.samples import load_samples


class Command(BaseCommand):
    """Adds plainly named sample stakeholders, people and pledges; for the quick start only."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs once, and again without adding anything."""
        if not settings.QUICK_START:
            raise CommandError(
                "Samples are for the quick start (QUICK_START=1) only: in production people could log in as them "
                "and the public could take them for pledges. Nothing was added."
            )
        added = load_samples(at=now())
        self.stdout.write(
            f"Samples: {added.stakeholders} stakeholders, {added.people} people, {added.pledges} pledges added."
        )
