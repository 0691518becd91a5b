"""The clocks of zones as written for calendars, read back by dateutil and compared with the database of zones."""

from datetime import datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical

from events.ical_zones import zone_component
from foundation.zones import zone_choices


def written(zone, *years):
    return zone_component(zone, frozenset(years)).decode()


def clocks(zone, *years):
    calendar = f"BEGIN:VCALENDAR\r\n{written(zone, *years)}END:VCALENDAR\r\n"
    return tzical(StringIO(calendar.replace("\r\n", "\n"))).get(zone)


@pytest.mark.parametrize("year", [2021, 2026])
@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Zurich",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Africa/Casablanca",
        "Pacific/Chatham",
        "Africa/Nairobi",
    ],
)
def test_every_half_hour_of_a_year_is_right(zone, year):
    explained, real = clocks(zone, year), ZoneInfo(zone)
    start = datetime.fromisoformat(f"{year}-01-01")
    shown = [start + timedelta(minutes=30 * n) for n in range(365 * 48)]
    # What clocks pass over or show twice is for the next test.
    once = [wall for wall in shown if offset(wall, real) == offset(wall.replace(fold=1), real)]

    assert [wall for wall in once if offset(wall, explained) != offset(wall, real)] == []
    assert len(shown) - len(once) <= 8


def offset(wall, zone):
    return wall.replace(tzinfo=zone).utcoffset()


def test_changes_of_half_an_hour_and_their_directions_are_written():
    parts = written("Australia/Lord_Howe", 2021).split("BEGIN:")[2:]

    assert [part.split("\r\n")[:5] for part in parts] == [
        ["DAYLIGHT", "DTSTART:20210101T000000", "TZNAME:+11", "TZOFFSETFROM:+1100", "TZOFFSETTO:+1100"],
        ["STANDARD", "DTSTART:20210404T020000", "TZNAME:+1030", "TZOFFSETFROM:+1100", "TZOFFSETTO:+1030"],
        ["DAYLIGHT", "DTSTART:20211003T020000", "TZNAME:+11", "TZOFFSETFROM:+1030", "TZOFFSETTO:+1100"],
    ]


@pytest.mark.parametrize("zone", [name for name, _label in zone_choices() if name != "UTC"])
def test_every_zone_can_be_explained(zone):
    explained, real = clocks(zone, 2026), ZoneInfo(zone)
    noons = [datetime.fromisoformat(f"2026-{month:02}-15T12:00") for month in range(1, 13)]

    assert [offset(noon, explained) for noon in noons] == [offset(noon, real) for noon in noons]


def test_only_the_years_used_are_explained():
    onsets = [line for line in written("Europe/Zurich", 2021, 2030).split("\r\n") if line.startswith("DTSTART")]

    assert onsets == [
        "DTSTART:20210101T000000",
        "DTSTART:20210328T020000",
        "DTSTART:20211031T030000",
        "DTSTART:20300101T000000",
        "DTSTART:20300331T020000",
        "DTSTART:20301027T030000",
    ]


def test_neighbouring_years_go_on_without_a_break():
    assert written("Europe/Zurich", 2020, 2021).count("BEGIN:STANDARD") == 3


@pytest.mark.parametrize("year", [1900, 2199])
def test_first_and_last_year_can_be_explained(year):
    assert written("Pacific/Kiritimati", year).startswith("BEGIN:VTIMEZONE")
