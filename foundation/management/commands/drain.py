"""manage.py drain"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation import heartbeats, outbox
from foundation.clock import now


class Command(BaseCommand):
    """Sends what is due in the outbox; does the worker's tick where there is no Celery, for example from cron."""

    help = "Sends the mails that are due, batch after batch, and says how far it is."

    def handle(self, *args: Any, **options: Any) -> None:
        """Goes on until nothing is due; ends with an error when the mail server cannot be used."""
        tally = outbox.drain_all(at=now(), clock=now, progress=lambda so_far: self.stdout.write(f"{so_far} …"))
        if tally.stopped:
            raise CommandError(f"{tally}. The mail server cannot be used; the mails wait for the next run.")
        heartbeats.beat(outbox.HEARTBEAT, at=now(), note=str(tally))
        self.stdout.write(f"Outbox: {tally}.")
