"""The real cycles, row by row, with the source of each."""

import csv
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from events import workflow
from events.models import Cycle, Event, EventChange
from events.real_cycles import _DATA, FILES
from events.tests.factories import LONG_AGO, get_cycle, make_event
from events.tests.pages import texts_of
from events.tests.test_dates import ROADMAP
from foundation.models import HistoryEntry

pytestmark = pytest.mark.django_db
ROWS = {
    "grf-2019": [("meeting", "Global Refugee Forum", date(2019, 12, 17), date(2019, 12, 19))],
    "hls-2019": [("meeting", "High-Level Segment on Statelessness", date(2019, 10, 7), date(2019, 10, 8))],
    "grf-2023": [
        ("other", "First formal preparatory meeting for the Global Refugee Forum", date(2023, 2, 2), date(2023, 2, 3)),
        (
            "other",
            "Second formal preparatory meeting for the Global Refugee Forum",
            date(2023, 5, 17),
            date(2023, 5, 18),
        ),
        ("launch", "GCR indicator report 2023", date(2023, 11, 17), date(2023, 11, 18)),
        ("advance-day", "Advance day of the Global Refugee Forum", date(2023, 12, 12), date(2023, 12, 13)),
        ("meeting", "Global Refugee Forum", date(2023, 12, 13), date(2023, 12, 16)),
    ],
    "progress-review-2025": [
        ("meeting", "Global Refugee Forum Progress Review", date(2025, 12, 15), date(2025, 12, 18))
    ],
}


def load():
    said = StringIO()
    call_command("load_cycles", stdout=said)
    return said.getvalue().splitlines()


def test_each_cycle_gets_its_rows():
    assert load() == [
        "grf-2019: 1 rows loaded and published.",
        "hls-2019: 1 rows loaded and published.",
        "hlom-2021: 15 rows loaded and published.",
        "grf-2023: 5 rows loaded and published.",
        "progress-review-2025: 1 rows loaded and published.",
    ]
    for slug, rows in ROWS.items():
        events = get_cycle(slug).events.for_public().in_roadmap_order()
        assert list(events.values_list("kind", "title", "starts_on", "ends_before")) == rows
        assert set(events.values_list("precision", "date_confirmed", "status")) == {("day", True, "scheduled")}


def test_the_meeting_stands_on_the_days_of_its_cycle():
    load()

    for cycle in Cycle.objects.filter(slug__in=FILES):
        meeting = cycle.events.get(kind="meeting")
        assert (meeting.starts_on, meeting.last_day) == (cycle.starts_on, cycle.ends_on)


def test_pages_show_them(client):
    load()

    for slug, rows in ROWS.items():
        page = client.get(f"/calendar/{slug}/").content.decode()
        assert texts_of(page, "roadmap-title") == [title for _kind, title, _first, _end in rows]


@pytest.mark.parametrize("slug", ROWS)
def test_every_row_names_its_source(slug):
    with (_DATA / FILES[slug]).open(encoding="utf-8") as file:
        assert [row["source"][:8] for row in csv.DictReader(file)] == ["https://"] * len(ROWS[slug])


def test_the_meeting_of_2021_moved_online(client):
    load()
    meeting = get_cycle().events.get(source_key="meeting")
    page = client.get(meeting.get_absolute_url()).content.decode()

    assert (meeting.mode, meeting.place, meeting.status) == ("virtual", "", "scheduled")
    assert (meeting.title, meeting.starts_on, meeting.ends_before) == (
        "High-Level Officials Meeting (HLOM)",
        date(2021, 12, 14),
        date(2021, 12, 16),
    )
    assert ("CICG, Geneva, Switzerland" in page, "No source names the day" in page) == (True, True)
    assert meeting.changes.filter(reason__startswith="Moved fully online").count() == 1
    assert EventChange.objects.exclude(event=meeting).count() == 0


def test_the_rows_of_2021_keep_their_dates_and_titles():
    load()

    with ROADMAP.open(encoding="utf-8") as file:
        rows = [(row["title"], row["key"], row["slug"]) for row in csv.DictReader(file)]
    events = get_cycle().events.in_roadmap_order()
    assert list(events.values_list("title", "source_key", "slug")) == rows


def test_a_second_run_loads_nothing():
    load()
    before = list(Event.objects.order_by("pk").values()), HistoryEntry.objects.count()

    assert load() == ["Every cycle has rows already: nothing to load."]
    assert (list(Event.objects.order_by("pk").values()), HistoryEntry.objects.count()) == before


def test_what_staff_wrote_or_withdrew_stays():
    make_event(get_cycle("grf-2019"), title="Theirs")
    load()
    workflow.withdraw_events(at=LONG_AGO, actor=None, events=get_cycle("hls-2019").events.all())

    load()

    assert [event.title for event in get_cycle("grf-2019").events.all()] == ["Theirs"]
    assert get_cycle("hls-2019").events.get().published_at is None
