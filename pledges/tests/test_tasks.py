"""The background work of this room, called as Celery would."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from foundation.models import Heartbeat, OutgoingMail
from pledges import tasks
from pledges.models import Reminder
from pledges.tests.factories import make_update, make_usual_rules, make_window

OPENING = datetime(2021, 10, 1, 9, tzinfo=ZoneInfo("Europe/Zurich"))

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(OPENING, tick=False)


def test_planning_shows_that_it_lives(cast):
    make_usual_rules(make_window())
    for _time in range(2):
        tasks.plan_reminders(from_another_version=1)
    beat = Heartbeat.objects.get(name="plan")
    assert (beat.at, beat.note) == (OPENING, "made 0, superseded 0, there already 2")
    assert Reminder.objects.count() == 2


def test_the_digest_reaches_reviewers_once(cast):
    make_update(cast.pledge, "submitted", at=OPENING)
    for _time in range(2):
        tasks.send_review_digest(from_another_version=1)
    assert OutgoingMail.objects.filter(address=cast.reviewer.email).count() <= 1
