"""The roadmap as a drawing over the year."""

from datetime import date

import pytest
import time_machine
from django.test import Client

from events.models import Event
from events.tests.factories import make_cycle, make_event
from events.timeline import WIDTH, timeline

pytestmark = pytest.mark.django_db
TODAY = date(2021, 7, 2)


def unsaved(first: date | None, end: date | None, precision: str = "day", title: str = "A briefing") -> Event:
    return Event(title=title, starts_on=first, ends_before=end, precision=precision)


def test_months_are_bars_from_their_first_to_their_last_day_and_days_are_points() -> None:
    may_june = unsaved(date(2021, 5, 1), date(2021, 7, 1), "month")
    july_8 = unsaved(date(2021, 7, 8), date(2021, 7, 9))

    drawing = timeline([may_june, july_8], TODAY)

    bar, point = drawing.marks
    ticks = {tick.first_day.month: tick.x for tick in drawing.ticks}
    assert (bar.x, bar.x + bar.width, bar.is_point) == (ticks[5], ticks[7], False)
    assert (point.is_point, point.width) == (True, 0)
    assert ticks[7] < point.x < ticks[8]
    assert ticks[7] < drawing.today_x < point.x


def test_the_drawing_holds_whole_years_and_today_only_inside_them() -> None:
    events = [unsaved(date(2021, 11, 5), date(2021, 11, 6)), unsaved(date(2022, 1, 31), date(2022, 2, 1))]

    drawing = timeline(events, date(2023, 1, 1))

    assert (drawing.first_day, drawing.last_day, len(drawing.ticks)) == (date(2021, 1, 1), date(2022, 12, 31), 24)
    assert drawing.today_x is None
    assert timeline(events, date(2022, 12, 31)).today_x < WIDTH


@pytest.mark.parametrize("events", [[], [unsaved(None, None, "unknown")]])
def test_without_a_known_date_there_is_nothing_to_draw(events: list[Event]) -> None:
    assert timeline(events, TODAY) is None


@pytest.mark.parametrize(
    ("first", "end", "precision", "side"),
    [
        (date(2021, 1, 8), date(2021, 1, 9), "day", "after"),
        (date(2021, 12, 14), date(2021, 12, 16), "day", "before"),
        (date(2021, 1, 1), date(2021, 12, 1), "month", "inside"),
    ],
)
def test_a_label_stands_where_it_fits(first: date, end: date, precision: str, side: str) -> None:
    title = "Regional, thematic and stakeholder-specific events"
    label = timeline([unsaved(first, end, precision, title)], TODAY).marks[0].label

    assert (label.side, label.text) == (side, title)


def test_a_title_that_fits_nowhere_is_cut() -> None:
    label = timeline([unsaved(date(2021, 6, 8), date(2021, 6, 9), title="x" * 250)], TODAY).marks[0].label

    assert label.text.endswith("x…")
    assert len(label.text) < 100


def test_a_hundred_years_are_still_drawn() -> None:
    drawing = timeline([unsaved(date(1950, 1, 1), date(2050, 1, 1), "year")], TODAY)

    assert sum(tick.is_named for tick in drawing.ticks) == 100
    assert drawing.marks[0].width <= WIDTH


def test_the_page_draws_and_lists_the_same_rows(client: Client) -> None:
    make_event(title="Series", precision="month", starts_on=date(2021, 1, 1), ends_before=date(2021, 12, 1))
    make_event(title="Off <b>", status="cancelled")
    make_event(title="Some day", precision="unknown", starts_on=None, ends_before=None)
    make_event(title="Draft", published_at=None)

    with time_machine.travel("2021-07-02T12:00+00:00"):
        page = client.get("/calendar/hlom-2021/timeline/").content.decode()

    drawing, table = page.split("</svg>")
    assert drawing.count("<g class=") == 2
    assert 'class="today"' in drawing
    assert [title in table for title in ("Series", "<s>Off &lt;b&gt;</s>", "Some day")] == [True] * 3
    assert "Draft" not in page


def test_the_filters_hold_for_drawing_and_table(client: Client) -> None:
    make_event(title="Briefing", kind="briefing")
    make_event(title="Launch", kind="launch")

    page = client.get("/calendar/hlom-2021/timeline/?kind=launch").content.decode()

    assert page.count("<g class=") == 1
    assert "Briefing</a>" not in page


def test_an_empty_roadmap_says_so(client: Client) -> None:
    make_cycle("empty")

    page = client.get("/calendar/empty/timeline/").content.decode()

    assert "No event of this roadmap has been announced yet." in page
    assert "<svg" not in page


@pytest.mark.parametrize("count", [1, 300])
def test_queries_do_not_grow_with_the_events(client: Client, django_assert_num_queries, count: int) -> None:
    cycle = make_cycle("many")
    for _ in range(count):
        make_event(cycle)

    with django_assert_num_queries(3):
        client.get("/calendar/many/timeline/")
