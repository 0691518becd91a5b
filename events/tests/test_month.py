"""The roadmap as the grid of one month."""

from datetime import date

import pytest
import time_machine
from django.test import Client

from events.models import Event
from events.month_grid import Span, month_grid, span_of
from events.tests.factories import make_cycle, make_event

pytestmark = pytest.mark.django_db
SPAN = {"starts_on": date(2021, 12, 14), "ends_before": date(2021, 12, 16)}


def unsaved(first: date | None, end: date | None, precision: str = "day") -> Event:
    return Event(title="x", starts_on=first, ends_before=end, precision=precision, pk=hash((first, end, precision)))


def test_weeks_run_from_monday_to_sunday_and_hold_the_whole_month() -> None:
    month = month_grid(date(2021, 12, 1), [], date(2021, 12, 8))

    days = [cell.day for week in month.weeks for cell in week]
    assert (days[0], days[-1], len(days)) == (date(2021, 11, 29), date(2022, 1, 2), 35)
    assert [cell.day for week in month.weeks for cell in week if cell.is_today] == [date(2021, 12, 8)]
    assert sum(cell.in_month for week in month.weeks for cell in week) == 31


def test_a_span_stands_on_each_of_its_days_and_says_where_it_goes_on() -> None:
    event = unsaved(date(2021, 12, 14), date(2021, 12, 17))
    month = month_grid(date(2021, 12, 1), [event], date(2021, 1, 1))

    placed = [(cell.day.day, entry.goes_on) for week in month.weeks for cell in week for entry in cell.entries]
    assert placed == [(14, False), (15, True), (16, True)]


def test_a_span_of_months_that_no_grid_holds_is_cut_at_its_edges() -> None:
    month = month_grid(date(2021, 2, 1), [unsaved(date(2000, 1, 1), date(2100, 1, 1))], date(2021, 1, 1))

    assert all(len(cell.entries) == 1 for week in month.weeks for cell in week)


def test_what_is_known_to_the_month_only_stands_beside_the_days() -> None:
    october = unsaved(date(2021, 10, 1), date(2021, 11, 1), "month")
    unknown = unsaved(None, None, "unknown")

    for first_day, expected in ((date(2021, 10, 1), [october]), (date(2021, 11, 1), [])):
        month = month_grid(first_day, [october, unknown], date(2021, 1, 1))
        assert (month.some_time, month.without_date, month.count) == (expected, [unknown], len(expected))


def test_the_months_around_end_with_the_roadmap() -> None:
    span = span_of([unsaved(date(2021, 11, 30), date(2022, 2, 1)), unsaved(None, None, "unknown")])

    assert span == Span(date(2021, 11, 1), date(2022, 1, 1))
    assert span.around(date(2021, 12, 1)) == (date(2021, 11, 1), date(2022, 1, 1))
    assert span.around(date(2022, 1, 1)) == (date(2021, 12, 1), None)
    assert span_of([]) is None


def test_the_page_shows_the_month_of_the_address(client: Client) -> None:
    make_event(title="The meeting", **SPAN)
    make_event(title="In July")

    page = client.get("/calendar/hlom-2021/month/2021-12/").content.decode()

    assert page.count("The meeting") == 2
    assert "In July" not in page
    assert 'href="/calendar/hlom-2021/month/2021-11/"' in page
    assert "2022-01" not in page.split('class="month-nav"')[1].split("</nav>")[0]


@pytest.mark.parametrize(("now", "shown"), [("2021-07-20", "July"), ("2021-01-02", "July"), ("2026-05-01", "December")])
def test_without_a_month_it_is_this_one_or_the_nearest(client: Client, now: str, shown: str) -> None:
    make_event()
    make_event(**SPAN)

    with time_machine.travel(f"{now}T12:00+00:00"):
        page = client.get("/calendar/hlom-2021/month/").content.decode()

    assert f'<h2 id="month-title">{shown} ' in page


@pytest.mark.parametrize("month", ["2021-06", "2022-01", "2021-13", "0000-01", "9999-12", "2021-1", "abc"])
def test_months_that_the_roadmap_has_not_are_not_found(client: Client, month: str) -> None:
    make_event()

    assert client.get(f"/calendar/hlom-2021/month/{month}/").status_code == 404


def test_an_empty_roadmap_has_this_month(client: Client) -> None:
    make_cycle("empty")

    page = client.get("/calendar/empty/month/")

    assert page.status_code == 200
    assert "Nothing is announced for this month." in page.content.decode()


def test_filters_are_kept_on_the_way_to_other_months_and_views(client: Client) -> None:
    make_event(title="In July", kind="briefing")
    make_event(title="Launch", kind="launch")
    make_event(kind="briefing", **SPAN)

    page = client.get("/calendar/hlom-2021/month/2021-07/?kind=briefing&page=2").content.decode()

    assert "Launch</a>" not in page
    assert 'href="/calendar/hlom-2021/month/2021-08/?kind=briefing"' in page
    assert 'href="/calendar/hlom-2021/print/?kind=briefing"' in page


def test_drafts_are_not_there_and_do_not_stretch_the_span(client: Client) -> None:
    make_event()
    make_event(title="Secret draft", published_at=None)
    make_event(title="Secret later", published_at=None, **SPAN)

    assert "Secret" not in client.get("/calendar/hlom-2021/month/2021-07/").content.decode()
    assert client.get("/calendar/hlom-2021/month/2021-12/").status_code == 404


@pytest.mark.parametrize("count", [1, 300])
def test_queries_do_not_grow_with_the_events(client: Client, django_assert_num_queries, count: int) -> None:
    cycle = make_cycle("many")
    for _ in range(count):
        make_event(cycle)

    with django_assert_num_queries(4):
        client.get("/calendar/many/month/2021-07/")
