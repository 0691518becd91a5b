"""manage.py quick_start"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from events.models import Cycle
from events.real_cycles import load_real_cycles
from foundation.clock import now
from pledges.models import Pledge, UpdateWindow
from stocktaking.models import Finding

CYCLE = "hlom-2021"


class Command(BaseCommand):
    """Prepares the database of the quick start: migrates, loads the real cycles and the samples, once."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Loads only into what is empty, so that edits stay; a second run loads nothing."""
        if not settings.QUICK_START:
            raise CommandError("This is for the quick start only. Set QUICK_START=1, or see docs/runbook.md.")
        # WhiteNoise warns of a folder that is not there, although the quick start collects nothing.
        for folder in (settings.EMAIL_FILE_PATH, settings.STATIC_ROOT):
            Path(folder).mkdir(parents=True, exist_ok=True)
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("set_up_roles", verbosity=0, stdout=self.stdout)
        if not self._load():
            self.stdout.write("Everything is loaded already: nothing to load.")
        self._say_where()

    def _load(self) -> int:
        """Loads what is missing; how many parts were."""
        parts = [
            self._load_cycles,
            self._load_meeting,
            self._load_windows,
            self._load_pledges,
            self._load_samples,
            self._load_findings,
        ]
        return sum(part() for part in parts)

    def _load_cycles(self) -> bool:
        loaded = load_real_cycles(at=now())
        for slug, count in loaded.items():
            self.stdout.write(f"{slug}: {count} rows loaded and published.")
        if CYCLE in loaded and not Cycle.objects.filter(is_current=True).exists():
            Cycle.objects.filter(slug=CYCLE).update(is_current=True)
        return bool(loaded)

    def _load_meeting(self) -> bool:
        cycle = Cycle.objects.filter(slug=CYCLE).first()
        if cycle is None or cycle.texts.exists() or cycle.question_groups.exists():
            return False
        call_command(
            "load_meeting", "events/data/meeting-hlom-2021.toml", cycle=CYCLE, publish=True, stdout=self.stdout
        )
        return True

    def _load_windows(self) -> bool:
        if UpdateWindow.objects.filter(cycle__slug=CYCLE).exists():
            return False
        call_command("load_windows", "pledges/data/windows-2021.csv", stdout=self.stdout)
        return True

    def _load_pledges(self) -> bool:
        if Pledge.objects.filter(is_sample=False).exists():
            return False
        call_command("load_pledges", "pledges/data/pledges-public.csv", stdout=self.stdout)
        return True

    def _load_samples(self) -> bool:
        if Pledge.objects.filter(is_sample=True).exists():
            return False
        call_command("load_samples", stdout=self.stdout)
        return True

    def _load_findings(self) -> bool:
        if Finding.objects.exists():
            return False
        call_command("load_sample_findings", stdout=self.stdout)
        return True

    def _say_where(self) -> None:
        self.stdout.write(
            f"""
  The portal        {settings.SITE_URL}/
  Log in            {settings.SITE_URL}/login/ with one of the sample accounts:
                      focal.point@sample.example   reports for a sample stakeholder
                      contributor@sample.example   writes drafts for it
                      reviewer@sample.example      staff: the administration, WITHOUT a second factor (here only)
  Mails land in     {settings.EMAIL_FILE_PATH}  (the login code is in the newest file)
  Stop              Ctrl+C
"""
        )
