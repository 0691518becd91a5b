"""The home page."""

from datetime import date

import pytest
import time_machine

from events.tests.factories import get_cycle, make_cycle, make_event
from events.tests.pages import texts_of
from events.workflow import make_current
from pledges.models import UpdateWindow

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle():
    make_current(cycle=get_cycle())
    return get_cycle()


def add(title, first, ends_before, **fields):
    return make_event(
        title=title, starts_on=date.fromisoformat(first), ends_before=date.fromisoformat(ends_before), **fields
    )


def read(client, day="2021-10-20"):
    with time_machine.travel(f"{day}T08:00:00Z", tick=False):
        response = client.get("/")
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def events(cycle):
    add("Series", "2021-01-01", "2021-12-01", precision="month")
    add("Briefing", "2021-07-08", "2021-07-09")
    add("Launch", "2021-11-16", "2021-11-17")
    add("Called off", "2021-11-20", "2021-11-21", status="cancelled")
    add("Financing", "2021-11-22", "2021-11-23")
    add("Solutions", "2021-12-02", "2021-12-03")
    add("Meeting", "2021-12-14", "2021-12-16")
    add("Secret", "2021-11-15", "2021-11-16", published_at=None)


def headings_and_titles(page):
    return texts_of(page, "next-heading") + texts_of(page, "roadmap-title")


def test_next_three_and_what_goes_on_now(client, events):
    page = read(client)

    assert headings_and_titles(page) == ["What is next", "Going on now", "Launch", "Financing", "Solutions", "Series"]
    assert texts_of(page, "roadmap-date")[:1] == ["16 November"]
    assert texts_of(page, "big-date") == ["14 and 15 December 2021"]


def test_last_ones_when_the_cycle_is_over(client, events):
    page = read(client, day="2022-01-10")

    assert headings_and_titles(page) == ["What came last", "Financing", "Solutions", "Meeting"]
    assert texts_of(page, "roadmap-date")[-1] == "14 and 15 December 2021"
    assert "This roadmap is complete" in page


def test_event_without_a_date_is_still_to_come(client, events):
    make_event(title="Some day", precision="unknown", starts_on=None, ends_before=None)

    assert headings_and_titles(read(client, day="2022-01-10")) == ["What is next", "Some day"]


def test_nothing_announced_yet(client, cycle):
    assert "Nothing has been announced yet." in read(client)


def test_no_current_cycle(client):
    page = read(client)

    assert "Nothing has been announced yet." in page
    assert texts_of(page, "big-date") == []


def test_current_cycle_that_is_not_public_stays_secret(client):
    hidden = make_cycle(title="Secret meeting", published_at=None)
    make_current(cycle=hidden)
    make_event(hidden, title="Secret briefing")

    assert "Secret" not in read(client)


@pytest.mark.parametrize(
    ("day", "open_now"),
    [
        ("2021-09-30T21:59Z", False),
        ("2021-09-30T22:00Z", True),
        ("2021-10-31T22:59Z", True),
        ("2021-10-31T23:00Z", False),
    ],
)
def test_open_window_is_read_in_the_zone_of_its_cycle(client, cycle, day, open_now):
    UpdateWindow.objects.get_or_create(cycle=cycle, opens_on=date(2021, 10, 1), closes_on=date(2021, 10, 31))

    with time_machine.travel(day, tick=False):
        (box,) = texts_of(client.get("/").content.decode(), "open-box")

    assert ("Progress updates are requested until the end of 31 October, Geneva time." in box) == open_now
    assert ("No update is being asked for just now." in box) != open_now
    assert "all year" in box


def test_priorities_ways_and_contact_are_said(client):
    page = read(client)

    assert len(texts_of(page, "priorities")[0].split(".")) == 4
    assert len(texts_of(page, "ways")[0].strip(".").split(".")) == 6
    assert "mailto:hqgcr@unhcr.org" in page


def test_feed_and_description_are_linked(client, cycle):
    page = read(client)

    assert (
        '<link rel="alternate" type="text/calendar" href="/calendar.ics" title="High-Level Officials Meeting 2021">'
        in page
    )
    assert '<meta name="description"' in page


def test_only_reading(client):
    assert [client.head("/").status_code, client.post("/").status_code] == [200, 405]


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_for_any_number_of_rows(client, django_assert_num_queries, cycle, count):
    for number in range(1, count + 1):
        add(f"Event {number}", f"2021-11-0{number}", f"2021-11-1{number}")

    with django_assert_num_queries(4):
        page = read(client)

    assert len(texts_of(page, "roadmap-row")) == count
