"""Times in the reader's own zone, as the server tells them to who has chosen one."""

from datetime import date, time, timedelta

import pytest

from events.models import Cycle
from events.reader_zone import moments_of
from events.tests.factories import get_cycle, make_event
from events.tests.pages import texts_of
from events.tests.test_ical import row
from events.workflow import make_current
from foundation.zones import zone_choices

NEW_YORK, LORD_HOWE = "America/New_York", "Australia/Lord_Howe"


def words(day, start, end, reader, zone="Europe/Zurich", days=1):
    on = date.fromisoformat(day)
    event = row(starts_on=on, ends_before=on + timedelta(days), start_time=start, end_time=end, zone=zone)
    return moments_of(event).words_in(reader)


def new_york(hours, offset):
    return f"= {hours} in your time zone (America/New York, UTC−{offset})"


def lord_howe(hours, offset):
    return f"= {hours} in your time zone (Australia/Lord Howe, UTC+{offset})"


@pytest.mark.parametrize(
    ("day", "reader", "told"),
    [
        # Europe changes on 28 March and 31 October 2021, New York on 14 March and 7 November.
        ("2021-03-13", NEW_YORK, new_york("09:00–11:00", 5)),
        ("2021-03-14", NEW_YORK, new_york("10:00–12:00", 4)),
        ("2021-03-27", NEW_YORK, new_york("10:00–12:00", 4)),
        ("2021-03-28", NEW_YORK, new_york("09:00–11:00", 4)),
        ("2021-10-30", NEW_YORK, new_york("09:00–11:00", 4)),
        ("2021-10-31", NEW_YORK, new_york("10:00–12:00", 4)),
        ("2021-11-06", NEW_YORK, new_york("10:00–12:00", 4)),
        ("2021-11-07", NEW_YORK, new_york("09:00–11:00", 5)),
        # 2026: Europe on 29 March and 25 October, New York on 8 March and 1 November.
        ("2026-03-28", NEW_YORK, new_york("10:00–12:00", 4)),
        ("2026-03-29", NEW_YORK, new_york("09:00–11:00", 4)),
        ("2026-10-24", NEW_YORK, new_york("09:00–11:00", 4)),
        ("2026-10-25", NEW_YORK, new_york("10:00–12:00", 4)),
        ("2026-11-01", NEW_YORK, new_york("09:00–11:00", 5)),
        # Half an hour, and the other way round, on 4 April and 3 October 2021.
        ("2021-07-08", LORD_HOWE, lord_howe("8 July, 23:30 – 9 July, 01:30", "10:30")),
        ("2021-12-14", LORD_HOWE, lord_howe("15 December, 01:00–03:00", 11)),
        ("2021-07-08", "Europe/Paris", ""),
        ("2021-07-08", "Europe/Zurich", ""),
        ("2021-07-08", "Africa/Johannesburg", ""),
        ("2021-12-14", "Africa/Johannesburg", "= 16:00–18:00 in your time zone (Africa/Johannesburg, UTC+2)"),
        ("2021-07-08", "UTC", "= 13:00–15:00 in your time zone (UTC, UTC)"),
    ],
)
def test_hours_at_all_changes_of_the_clocks(day, reader, told):
    assert words(day, time(15), time(17), reader) == told


@pytest.mark.parametrize(
    ("day", "start", "end", "reader", "told"),
    [
        # From the hour before the clocks change to the hour after.
        ("2021-03-28", time(1), time(4), NEW_YORK, new_york("27 March, 20:00–22:00", 4)),
        ("2021-10-31", time(1), time(4), NEW_YORK, new_york("30 October, 19:00–23:00", 4)),
        ("2026-03-29", time(1), time(4), NEW_YORK, new_york("28 March, 20:00–22:00", 4)),
        ("2026-10-25", time(1), time(4), NEW_YORK, new_york("24 October, 19:00–23:00", 4)),
        # The same at its beginning, no more at its end.
        ("2021-03-28", time(1), time(4), "Africa/Lagos", "= 01:00–03:00 in your time zone (Africa/Lagos, UTC+1)"),
        ("2021-07-08", time(3), None, NEW_YORK, new_york("from 7 July, 21:00", 4)),
        ("2021-07-08", time(15), None, NEW_YORK, new_york("from 09:00", 4)),
    ],
)
def test_hours_around_a_change_and_without_an_end(day, start, end, reader, told):
    assert words(day, start, end, reader) == told


def test_hours_of_several_days_say_both_days():
    told = words("2021-12-14", time(9), time(18), NEW_YORK, days=2)

    assert told == new_york("14 December, 03:00 – 15 December, 12:00", 5)


@pytest.mark.parametrize("zone", [name for name, _label in zone_choices()])
def test_every_zone_can_be_the_readers(zone):
    for day in ("2021-03-28", "2026-10-25"):
        assert words(day, time(2, 30), time(3, 30), zone) == "" or "in your time zone" in words(
            day, time(2, 30), time(3, 30), zone
        )


def test_no_hours_no_moments():
    assert (moments_of(row()), moments_of(row(precision="unknown", starts_on=None, ends_before=None))) == (None, None)


@pytest.fixture
def event(db):
    make_current(cycle=get_cycle())
    return make_event(slug="timed", start_time=time(15), end_time=time(17))


@pytest.mark.parametrize("path", ["/calendar/", "/calendar/hlom-2021/", "/events/timed/"])
def test_pages_tell_the_chosen_zone_below_the_events(client, event, path):
    client.cookies["reader_zone"] = NEW_YORK
    response = client.get(path)

    assert texts_of(response.content.decode(), "reader-time") == [new_york("09:00–11:00", 4)]
    assert "Cookie" in response["Vary"]


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "Europe/zurich", "x" * 5000, "<b>"])
def test_without_a_known_zone_the_line_waits_for_the_script(client, event, zone):
    client.cookies["reader_zone"] = zone
    page = client.get("/calendar/hlom-2021/").content.decode()

    assert texts_of(page, "reader-time") == [""]
    assert '<time datetime="2021-07-08T13:00Z"></time><time datetime="2021-07-08T15:00Z"></time>' in page
    assert "<b>" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_lines_cost_no_query(client, django_assert_num_queries, event, count):
    for number in range(count - 1):
        make_event(Cycle.objects.get(slug="hlom-2021"), title=f"More {number}", start_time=time(9))
    client.cookies["reader_zone"] = NEW_YORK

    with django_assert_num_queries(5):
        client.get("/calendar/hlom-2021/")
