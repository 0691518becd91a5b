"""A new roadmap that begins with the rows of an earlier one."""

from datetime import UTC, date, datetime, time

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from events.duplicating import duplicate_roadmap, in_years, nearest_same_weekday, years_between
from events.models import Cycle, Event
from events.tests.factories import get_cycle, make_cycle, make_event
from events.tests.test_dates import ROADMAP
from foundation import history

pytestmark = pytest.mark.django_db
AT = datetime(2024, 1, 1, tzinfo=UTC)


def duplicate(target, **wanted):
    wanted = {"source": get_cycle(), "years": 4} | wanted
    return duplicate_roadmap(at=AT, actor=None, target=target, **wanted)


def test_the_real_roadmap_four_years_later():
    call_command("load_roadmap", str(ROADMAP), "--cycle", "hlom-2021", "--publish", verbosity=0)

    copies = duplicate(get_cycle("progress-review-2025"))

    assert [(copy.starts_on, copy.ends_before, copy.precision) for copy in copies[:4]] == [
        (date(2025, 1, 1), date(2025, 12, 1), "month"),
        (date(2025, 1, 27), date(2025, 1, 28), "day"),
        (date(2025, 4, 28), date(2025, 4, 29), "day"),
        (date(2025, 5, 1), date(2025, 7, 1), "month"),
    ]
    assert (len(copies), copies[-1].starts_on, copies[-1].ends_before) == (15, date(2025, 12, 14), date(2025, 12, 16))
    assert {(copy.date_confirmed, copy.published_at, copy.status) for copy in copies} == {(False, None, "scheduled")}
    assert get_cycle().events.count() == 15


def test_what_was_true_of_the_earlier_meeting_is_not_carried_over():
    make_event(
        title="Briefing", description="In a hall", place="Bern", mode="hybrid", status="postponed", status_reason="x",
        start_time=time(15), end_time=time(17), zone="Asia/Tokyo", links=[{"label": "a", "url": "https://a.example"}],
        registration_url="https://reg.example", audiences=["state"], source_key="k", language="fr",
    )  # fmt: skip
    make_event(status="cancelled")

    (copy,) = duplicate(make_cycle("next", zone="Africa/Nairobi"))

    assert Event.objects.filter(pk=copy.pk).values(
        "title", "description", "place", "mode", "status", "status_reason", "start_time", "end_time", "links", "zone",
        "registration_url", "audiences", "source_key", "language", "slug",
    ).get() == {
        "title": "Briefing", "description": "", "place": "", "mode": "", "status": "scheduled", "status_reason": "",
        "start_time": None, "end_time": None, "links": [], "zone": "Africa/Nairobi", "registration_url": "",
        "audiences": ["state"], "source_key": "k", "language": "fr", "slug": "briefing",
    }  # fmt: skip
    assert history.of(copy).get().verb == "event.created"


def test_unknown_dates_stay_unknown():
    make_event(precision="unknown", starts_on=None, ends_before=None)

    (copy,) = duplicate(make_cycle())

    assert (copy.precision, copy.starts_on, copy.ends_before) == ("unknown", None, None)


def test_the_day_of_the_week_may_be_kept():
    make_event(starts_on=date(2021, 12, 14), ends_before=date(2021, 12, 16))

    (copy,) = duplicate(make_cycle(), keep_weekday=True)

    assert (copy.starts_on, copy.ends_before) == (date(2025, 12, 16), date(2025, 12, 18))


@pytest.mark.parametrize("day", range(1, 29))
def test_the_nearest_same_weekday_is_at_most_three_days_away(day):
    like, wanted = date(2021, 12, 14), date(2025, 12, day)
    found = nearest_same_weekday(wanted, like)

    assert (found.weekday(), abs((found - wanted).days) <= 3) == (like.weekday(), True)


def test_a_new_cycle_is_made_with_its_roadmap_or_not_at_all():
    make_event()
    new = {"title": "Next", "kind": "forum"}

    duplicate(Cycle(slug="next", **new))
    with pytest.raises(ValidationError, match="there is no calendar"):
        duplicate(Cycle(slug="far", **new), years=9_000)

    assert Cycle.objects.get(slug="next").events.count() == 1
    assert not Cycle.objects.filter(slug="far").exists()


@pytest.mark.parametrize("years", [-80, 178, 10_000])
def test_a_distance_that_leads_out_of_the_calendar_is_refused(years):
    make_event()
    target = make_cycle()

    with pytest.raises(ValidationError, match="there is no calendar"):
        duplicate(target, years=years, keep_weekday=True)

    assert target.events.count() == 0


def test_a_roadmap_that_is_there_is_not_mixed_with_another():
    target = make_cycle()
    make_event()
    make_event(target)

    with pytest.raises(ValidationError, match="has a roadmap already"):
        duplicate(target)

    assert target.events.count() == 1


def test_the_distance_is_counted_in_years():
    assert years_between(get_cycle(), get_cycle("progress-review-2025")) == 4
    assert years_between(get_cycle(), make_cycle()) is None
    assert (in_years(date(2020, 2, 29), 1), in_years(date(2020, 2, 29), 4)) == (date(2021, 2, 28), date(2024, 2, 29))
