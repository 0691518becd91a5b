"""Other processes on the database of a test, and rows for reminders that are due right now."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from accounts.tests.factories import make_member, make_stakeholder
from foundation.tests.sink import Sink
from pledges.tests.factories import make_pledge, make_rule, make_window

ROOT = Path(__file__).resolve().parent.parent.parent
GENEVA = ZoneInfo("Europe/Zurich")


def make_people_due_now(people: int) -> list[str]:
    """A window that opened yesterday in Geneva, whose opening reminder nobody has had yet; who is to get it."""
    yesterday = datetime.now(tz=GENEVA).date() - timedelta(days=1)
    window = make_window(yesterday, yesterday + timedelta(days=30), activated_at=timezone.now() - timedelta(days=9))
    make_rule(window)
    stakeholder = make_stakeholder()
    make_pledge(stakeholder)
    return [make_member(stakeholder).email for _number in range(people)]


def environment(sink: Sink, folder: Path, **more: str) -> dict[str, str]:
    """What another process needs to work on this test's database and to mail into its sink."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return kept | {
        "SECRET_KEY": "only-for-this-test-" * 3,
        "SITE_URL": "https://portal.example.org",
        "CALENDAR_UID_HOST": "calendar.testserver",
        "VAR_DIR": str(folder / "var"),
        "DATABASE_URL": urlunsplit(url),
        # A number of our own: the workers of other tests must not take our wake-ups.
        "REDIS_URL": urlunsplit(urlsplit(os.environ.get("REDIS_URL", ""))._replace(path="/7")),
        "EMAIL_URL": f"smtp://{sink.host}:{sink.port}",
        **more,
    }


@contextmanager
def process(*arguments: str, environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Runs Python with these arguments; it is gone afterwards."""
    with log.open("ab") as output:
        started = subprocess.Popen(
            [sys.executable, *arguments], env=environment, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield started
        finally:
            started.terminate()
            try:
                started.wait(timeout=20)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()
