"""Moments of rules across changes of the clocks, and the last day of a window."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from events.models import Cycle
from events.tests.factories import get_cycle
from foundation import outbox
from pledges import reminder_plan, reminders
from pledges.tests.factories import make_usual_rules, make_window

GENEVA = ZoneInfo("Europe/Zurich")

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("opens_on", "closes_on", "moments"),
    [
        # The clocks go back on the last day, 31 October 2021.
        (date(2021, 10, 1), date(2021, 10, 31), ["10-01 07", "10-17 07", "10-28 07", "10-31 08"]),
        # The clocks go back on 25 October 2026.
        (date(2026, 10, 1), date(2026, 10, 31), ["10-01 07", "10-17 07", "10-28 08", "10-31 08"]),
        # Summer time throughout.
        (date(2027, 5, 1), date(2027, 6, 30), ["05-01 07", "06-16 07", "06-27 07", "06-30 07"]),
    ],
)
def test_it_is_nine_in_geneva_whatever_the_clocks_do(opens_on, closes_on, moments):
    rules = make_usual_rules(make_window(opens_on, closes_on))
    assert [f"{rule.moment.astimezone(UTC):%m-%d %H}" for rule in rules.values()] == moments
    assert {f"{rule.moment.astimezone(GENEVA):%H:%M}" for rule in rules.values()} == {"09:00"}
    assert [reminders.is_due(rule, rule.moment) for rule in rules.values()] == [True] * 4
    assert [reminders.is_due(rule, rule.moment - timedelta(seconds=1)) for rule in rules.values()] == [False] * 4


@pytest.mark.parametrize(
    ("zone", "opens", "ends"),
    [
        ("Europe/Zurich", datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 10, 31, 23, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2026, 9, 30, 10, tzinfo=UTC), datetime(2026, 10, 31, 10, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 10, 1, 7, tzinfo=UTC), datetime(2026, 11, 1, 7, tzinfo=UTC)),
    ],
)
def test_a_window_is_read_in_the_zone_of_its_cycle(zone, opens, ends):
    Cycle.objects.filter(slug="hlom-2021").update(zone=zone)
    window = make_window(date(2026, 10, 1), date(2026, 10, 31), cycle=get_cycle())
    rule = make_usual_rules(window)["last day"]
    second = timedelta(seconds=1)
    assert (window.opens_at, window.ends_at) == (opens, ends)
    edges = [opens - second, opens, ends - second, ends]
    assert [window.is_open(at) for at in edges] == [False, True, True, False]
    assert rule.moment == datetime(2026, 10, 31, 9, tzinfo=ZoneInfo(zone))
    assert [reminders.is_due(rule, at) for at in (ends - second, ends)] == [True, False]


@pytest.mark.parametrize(
    ("at", "says"),
    [
        (datetime(2021, 10, 30, 23, 59, tzinfo=GENEVA), "1 day is left."),
        (datetime(2021, 10, 31, 9, tzinfo=GENEVA), "Today is the last day"),
        # An hour later than the same time of the day before, by the clocks of the world.
        (datetime(2021, 10, 31, 23, 59, tzinfo=GENEVA), "Today is the last day"),
    ],
)
def test_the_last_day_is_today_until_midnight_and_nothing_is_overdue(cast, mailoutbox, at, says):
    make_usual_rules(make_window())
    reminder_plan.plan(at=at)
    outbox.drain_all(at=at)
    bodies = [" ".join(message.body.split()) for message in mailoutbox]
    assert [says in body for body in bodies] == [True, True]
    assert not any("overdue" in body.lower() or "-1 day" in body for body in bodies)


def test_after_the_last_day_nothing_is_mailed(cast, mailoutbox):
    make_usual_rules(make_window())
    at = datetime(2021, 11, 1, 0, 0, tzinfo=GENEVA)
    reminder_plan.plan(at=at)
    outbox.drain_all(at=at)
    assert mailoutbox == []
