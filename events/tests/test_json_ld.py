"""An event in the words of schema.org."""

import json
from datetime import date, time

import pytest

from events.json_ld import as_script, event_data
from events.models import Event

URL = "https://portal.example.org/events/meeting/"


def make(**fields) -> Event:
    """An unsaved event of one day in July unless said otherwise."""
    return Event(**({"title": "Meeting", "starts_on": date(2021, 7, 8), "ends_before": date(2021, 7, 9)} | fields))


def said(event: Event, *names: str, **more) -> list[str | None]:
    data = event_data(event, url=URL, **more)
    return [data.get(name) for name in names]


def test_days_and_hours_are_as_exact_as_they_are_known() -> None:
    assert said(make(), "startDate", "endDate") == ["2021-07-08", "2021-07-08"]
    timed = make(start_time=time(15), end_time=time(17))
    assert said(timed, "startDate", "endDate") == ["2021-07-08T15:00+02:00", "2021-07-08T17:00+02:00"]
    month = make(precision="month", starts_on=date(2021, 7, 1), ends_before=date(2021, 8, 1))
    assert said(month, "startDate", "endDate") == [None, None]
    assert said(make(precision="unknown", starts_on=None, ends_before=None), "startDate") == [None]


@pytest.mark.parametrize(
    ("fields", "more", "status"),
    [
        ({}, {}, "EventScheduled"),
        ({"status": "postponed"}, {"moved_from": "2021-07-01"}, "EventPostponed"),
        ({"status": "cancelled"}, {"moved_online": True}, "EventCancelled"),
        ({}, {"moved_from": "2021-07-01", "moved_online": True}, "EventRescheduled"),
        ({}, {"moved_online": True}, "EventMovedOnline"),
    ],
)
def test_the_status(fields, more, status: str) -> None:
    assert said(make(**fields), "eventStatus", **more) == [f"https://schema.org/{status}"]


def test_a_moved_date_names_the_one_before() -> None:
    assert said(make(), "previousStartDate", moved_from="2021-07-01") == ["2021-07-01"]
    assert said(make(), "previousStartDate") == [None]


@pytest.mark.parametrize(
    ("mode", "attendance", "kinds"),
    [
        ("in-person", "OfflineEventAttendanceMode", ["Place"]),
        ("hybrid", "MixedEventAttendanceMode", ["Place", "VirtualLocation"]),
        ("virtual", "OnlineEventAttendanceMode", ["Place", "VirtualLocation"]),
    ],
)
def test_where(mode: str, attendance: str, kinds: list[str]) -> None:
    data = event_data(make(mode=mode, place="Geneva"), url=URL)

    locations = data["location"] if isinstance(data["location"], list) else [data["location"]]
    assert data["eventAttendanceMode"] == f"https://schema.org/{attendance}"
    assert [location["@type"] for location in locations] == kinds


def test_no_text_can_end_the_element_and_all_of_it_comes_back() -> None:
    hostile = '</script><script>alert(1)</script><!-- & \u2028 \u2029 " \\ é'
    script = as_script(event_data(make(title=hostile, description=hostile), url=URL))

    inner = script.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert "<" not in inner
    assert json.loads(inner)["name"] == hostile
