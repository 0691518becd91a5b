"""Dates in words."""

import csv
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from events.dates import date_words, machine_date, offset_words, time_words, whole_span, zone_words
from events.models import Event

ROADMAP = Path(__file__).parent.parent / "data" / "roadmap-2021.csv"
YEARS = st.dates(date(1950, 1, 1), date(2199, 12, 31))
# As the oral update prints them (its "May-June" with the dash that print uses).
PRINTED = [
    "January to November",
    "27 January",
    "28 April",
    "May–June",
    "8 July",
    "October",
    "27 October",
    "4 November",
    "16 November",
    "22 November",
    "25 November",
    "29 November",
    "2 December",
    "13 December",
    "14 and 15 December",
]


def day(text: str) -> date:
    return date.fromisoformat(text if len(text) == 10 else f"{text}-01")


def test_all_rows_of_the_roadmap_read_as_printed():
    rows = list(csv.DictReader(ROADMAP.read_text(encoding="utf-8").splitlines()))
    spans = [(row["precision"], day(row["start"]), day(row["end"] or row["start"])) for row in rows]

    words = [date_words(*whole_span(*span), span[0]) for span in spans]

    assert words == PRINTED


@pytest.mark.parametrize(
    ("first", "last", "precision", "plain", "with_year"),
    [
        ("2021-07-08", "2021-07-08", "day", "8 July", "8 July 2021"),
        ("2021-12-14", "2021-12-15", "day", "14 and 15 December", "14 and 15 December 2021"),
        ("2021-12-13", "2021-12-15", "day", "13–15 December", "13–15 December 2021"),
        ("2021-11-30", "2021-12-02", "day", "30 November to 2 December", "30 November to 2 December 2021"),
        ("2021-11-30", "2021-12-01", "day", "30 November and 1 December", "30 November and 1 December 2021"),
        ("2021-12-31", "2022-01-02", "day", "31 December 2021 to 2 January 2022", "31 December 2021 to 2 January 2022"),
        (
            "2021-12-31",
            "2022-01-01",
            "day",
            "31 December 2021 and 1 January 2022",
            "31 December 2021 and 1 January 2022",
        ),
        ("2021-10-01", "2021-10-01", "month", "October", "October 2021"),
        ("2021-05-01", "2021-06-01", "month", "May–June", "May–June 2021"),
        ("2021-01-01", "2021-11-01", "month", "January to November", "January to November 2021"),
        ("2021-12-01", "2022-01-01", "month", "December 2021 to January 2022", "December 2021 to January 2022"),
        ("2021-11-01", "2022-02-01", "month", "November 2021 to February 2022", "November 2021 to February 2022"),
        ("2021-07-01", "2021-07-01", "quarter", "Third quarter", "Third quarter of 2021"),
        (
            "2021-07-01",
            "2021-10-01",
            "quarter",
            "Third quarter to fourth quarter",
            "Third quarter to fourth quarter of 2021",
        ),
        ("2021-01-01", "2021-01-01", "year", "2021", "2021"),
        ("2021-01-01", "2023-01-01", "year", "2021 to 2023", "2021 to 2023"),
    ],
)
def test_spans(first, last, precision, plain, with_year):
    span = whole_span(precision, date.fromisoformat(first), date.fromisoformat(last))

    assert (date_words(*span, precision), date_words(*span, precision, with_year=True)) == (plain, with_year)


def test_unknown_date():
    assert date_words(None, None, "unknown", with_year=True) == "Date to be announced"


@given(YEARS, st.integers(0, 800), st.sampled_from(["day", "month", "quarter", "year"]))
def test_every_span_names_each_of_its_years(first, length, precision):
    begin, ends_before = whole_span(precision, first, first + timedelta(days=length))
    last = ends_before - timedelta(days=1)

    words = date_words(begin, ends_before, precision, with_year=True)

    assert str(begin.year) in words
    assert str(last.year) in words
    assert words == words.strip()


@given(YEARS, st.integers(0, 800), st.sampled_from(["month", "quarter", "year"]))
def test_whole_span_holds_both_days_and_is_stable(first, length, precision):
    last = first + timedelta(days=length)

    begin, ends_before = whole_span(precision, first, last)

    assert begin <= first <= last < ends_before
    assert (begin.day, ends_before.day) == (1, 1)
    assert whole_span(precision, begin, ends_before - timedelta(days=1)) == (begin, ends_before)


@pytest.mark.parametrize(
    ("first", "last", "precision", "machine"),
    [
        ("2021-07-08", "2021-07-08", "day", "2021-07-08"),
        ("2021-12-14", "2021-12-15", "day", ""),
        ("2021-10-01", "2021-10-01", "month", "2021-10"),
        ("2021-05-01", "2021-06-01", "month", ""),
        ("2021-01-01", "2021-01-01", "quarter", ""),
        ("2021-01-01", "2021-01-01", "year", "2021"),
    ],
)
def test_machine_date(first, last, precision, machine):
    span = whole_span(precision, date.fromisoformat(first), date.fromisoformat(last))

    assert machine_date(*span, precision) == machine


WINTER, SUMMER = date(2021, 11, 22), date(2021, 7, 8)


@pytest.mark.parametrize(
    ("on", "start", "end", "zone", "words"),
    [
        (WINTER, time(15), time(17), "Europe/Zurich", "15:00–17:00 Geneva time, UTC+1"),
        (SUMMER, time(15), time(17), "Europe/Zurich", "15:00–17:00 Geneva time, UTC+2"),
        (SUMMER, time(9, 30), None, "America/New_York", "from 09:30 New York time, UTC−4"),
        (SUMMER, time(9), time(10), "Asia/Kolkata", "09:00–10:00 Kolkata time, UTC+5:30"),
        (WINTER, time(9), time(10), "Europe/London", "09:00–10:00 London time, UTC"),
        (WINTER, time(9), time(10), "UTC", "09:00–10:00 UTC"),
    ],
)
def test_hours_name_their_zone(on, start, end, zone, words):
    assert time_words(on, on, start, end, zone) == words


def test_hours_over_two_days():
    words = time_words(date(2021, 12, 14), date(2021, 12, 15), time(9), time(18), "Europe/Zurich")

    assert words == "from 09:00 on the first day to 18:00 on the last, Geneva time, UTC+1"


@given(YEARS, st.times(), st.sampled_from([name for name, _label in Event._meta.get_field("zone").choices]))
def test_every_zone_has_words_and_an_offset(on, hour, zone):
    assert zone_words(zone)
    assert offset_words(on, hour, zone).startswith("UTC")


def test_month_names_follow_the_language():
    with translation.override("fr"):
        assert date_words(date(2021, 7, 8), date(2021, 7, 9), "day") == "8 juillet"
