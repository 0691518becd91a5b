"""Works out anew by which words pledges are found, after somebody wrote pledges past the portal's own functions."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from pledges.models import Pledge
from pledges.words import keep_words


class Command(BaseCommand):
    """``manage.py keep_words``: may run at any time and as often as one likes."""

    help = "Works out anew by which words each pledge is found and sorted."

    @transaction.atomic
    def handle(self, *_args: Any, **_options: Any) -> None:
        """Says how many pledges there were."""
        self.stdout.write(f"Words of {keep_words(Pledge.objects.all())} pledges kept.")
