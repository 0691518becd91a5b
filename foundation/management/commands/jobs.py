"""manage.py jobs run"""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation import heartbeats, jobs
from foundation.clock import now
from foundation.models import Job
from foundation.progress_bar import ProgressBar


class Command(BaseCommand):
    """Does the jobs that wait, for example from cron where there is no worker."""

    help = "Does the jobs that wait (imports and the like), one after another, with a bar."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do with them; there is one thing."""
        parser.add_argument("action", choices=["run"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Goes on until none waits; ends with an error when one failed."""
        ended = []
        while job := jobs.run_one(at=now(), told=ProgressBar(sys.stderr)):
            ended.append(job)
            self.stdout.write(f"{jobs.label_of(job.kind)}: {job.get_state_display()}. {job.failure}".strip())
        heartbeats.beat(jobs.HEARTBEAT, at=now())
        failed = sum(job.state == Job.State.FAILED for job in ended)
        if failed:
            raise CommandError(f"{len(ended)} jobs ended, {failed} of them failed.")
        self.stdout.write(f"{len(ended)} jobs done.")
