"""The 15 rows of the 2021 roadmap: file, page and calendar say the same."""

import csv
from datetime import date, timedelta
from io import StringIO

import icalendar
import ics
import pytest
from django.core.management import call_command

from events.tests.factories import get_cycle
from events.tests.pages import texts_of
from events.tests.test_dates import PRINTED, ROADMAP

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows():
    call_command("load_roadmap", str(ROADMAP), "--cycle", "hlom-2021", "--publish", stdout=StringIO())
    return list(csv.DictReader(ROADMAP.read_text(encoding="utf-8").splitlines()))


def span(row):
    """First day and day after the last, by the file alone."""
    first, last = row["start"], row["end"] or row["start"]
    if row["precision"] == "day":
        return date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)
    a_day_of_the_next_month = date.fromisoformat(f"{last}-28") + timedelta(days=4)
    return date.fromisoformat(f"{first}-01"), a_day_of_the_next_month.replace(day=1)


def test_page_and_calendar_agree_with_the_file_row_by_row(client, rows):
    page = client.get("/calendar/hlom-2021/").content.decode()
    feed = client.get("/calendar/hlom-2021.ics").content.decode()
    by_icalendar = [
        (
            str(event["SUMMARY"]),
            event["DTSTART"].dt,
            event["DTEND"].dt,
            str(event["STATUS"]),
            str(event.get("LOCATION", "")),
        )
        for event in icalendar.Calendar.from_ical(feed).walk("VEVENT")
    ]
    by_ics = sorted(
        (event.begin.date(), event.end.date(), event.name, event.all_day) for event in ics.Calendar(feed).events
    )

    assert len(rows) == 15
    assert list(zip(texts_of(page, "roadmap-date"), texts_of(page, "roadmap-title"), strict=True)) == list(
        zip(PRINTED, [row["title"] for row in rows], strict=True)
    )
    assert by_icalendar == [
        (row["title"], *span(row), "CONFIRMED", row["place"] or {"virtual": "Online"}.get(row["mode"], ""))
        for row in rows
    ]
    assert by_ics == sorted((*span(row), row["title"], True) for row in rows)


def test_every_row_has_its_own_page_with_date_and_note(client, rows):
    events = list(get_cycle().events.in_roadmap_order())

    pages = [client.get(f"/events/{event.slug}/").content.decode() for event in events]

    assert [texts_of(page, "big-date")[0] for page in pages] == [f"{words} 2021" for words in PRINTED]
    assert [texts_of(page, "event-text") for page in pages] == [
        [row["note"]] if row["note"] and row["note"] != row["place"] else [] for row in rows
    ]
    assert [event.slug for event in events] == [row["slug"] for row in rows]
