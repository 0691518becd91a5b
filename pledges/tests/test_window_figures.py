"""How many of the asked were answered for, the same in one query as one by one."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.tests.factories import make_stakeholder
from events.tests.factories import get_cycle
from pledges import windows
from pledges.models import Confirmation
from pledges.tests.factories import make_pledge, make_update, make_window
from pledges.window_figures import Coverage, coverage_of

OPENS = datetime(2021, 9, 30, 22, tzinfo=UTC)
MIDDLE = datetime(2021, 10, 15, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_no_window_no_figures(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert coverage_of([], as_of=MIDDLE) == {}


def test_a_window_that_asks_nobody():
    window = make_window()
    assert coverage_of([window], as_of=MIDDLE) == {window.pk: Coverage(0, 0)}


def test_a_pledge_counts_once_however_often_it_was_answered_for(cast):
    window = make_window()
    update = make_update(cast.pledge, at=OPENS)
    for minute in range(3):
        Confirmation.objects.create(
            pledge=cast.pledge,
            stakeholder=cast.ngo,
            by=cast.focal_point,
            at=OPENS + timedelta(minutes=minute),
            since_round=update.rounds.get(),
        )
    make_pledge(cast.other)
    assert coverage_of([window], as_of=MIDDLE) == {window.pk: Coverage(1, 2)}


def test_after_the_end_the_base_stays_what_it_was(cast):
    window = make_window()
    cast.pledge.published_at = window.ends_at + timedelta(days=1)
    cast.pledge.save()
    assert coverage_of([window], as_of=window.ends_at + timedelta(days=9)) == {window.pk: Coverage(0, 0)}


@pytest.mark.parametrize("count", [1, 3])
def test_many_windows_cost_one_query_and_agree_with_each_alone(count, django_assert_num_queries):
    spans = [
        (date(2021, 5, 1), date(2021, 6, 30)),
        (date(2021, 8, 1), date(2021, 8, 31)),
        (date(2021, 10, 1), date(2021, 10, 31)),
    ]
    found = [make_window(*span) for span in spans[:count]]
    for number in range(5):
        pledge = make_pledge(make_stakeholder(), occasion=get_cycle(["grf-2019", "grf-2023"][number % 2]))
        make_update(pledge, "submitted", at=datetime(2021, 5 + number, 2, tzinfo=UTC))
    with django_assert_num_queries(1):
        figures = coverage_of(found, as_of=MIDDLE)
    for window in found:
        asked = windows.asked_in(window, before=min(MIDDLE, window.ends_at))
        answered = asked.filter(windows.responded_in(window, as_of=MIDDLE))
        assert figures[window.pk] == (answered.count(), asked.count())
