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
        total = outbox.Tally()
        while True:
            tally = outbox.drain(at=now())
            total.add(tally)
            if tally.stopped or not tally.touched:
                break
            self.stdout.write(f"{total} …")
        if total.stopped:
            raise CommandError(f"{total}. The mail server cannot be used; the mails wait for the next run.")
        heartbeats.beat(outbox.HEARTBEAT, at=now())
        self.stdout.write(f"Outbox: {total}.")
