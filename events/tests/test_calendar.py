"""The roadmap page."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.http import QueryDict

from events.models import Event
from events.tests.factories import LONG_AGO, get_cycle, make_cycle, make_event
from events.tests.pages import texts_of
from events.views.shown import Shown
from events.workflow import make_current, save_event

pytestmark = pytest.mark.django_db


def days(first, ends_before, **fields):
    return {"starts_on": date.fromisoformat(first), "ends_before": date.fromisoformat(ends_before), **fields}


def read(client, path="/calendar/hlom-2021/"):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_rows_stand_in_the_month_they_begin(client):
    make_event(title="Series", **days("2021-01-01", "2021-12-01", precision="month"))
    make_event(title="Consultation", **days("2021-01-27", "2021-01-28"))
    make_event(title="Meeting", **days("2021-12-14", "2021-12-16"))
    make_event(title="Some day", precision="unknown", starts_on=None, ends_before=None)

    page = read(client)

    assert texts_of(page, "roadmap-month") == [
        "January 2021 January to November Series over: Briefing 27 January Consultation over: Briefing",
        "December 2021 14 and 15 December Meeting over: Briefing",
        "No date yet Date to be announced Some day Briefing",
    ]


def test_same_month_of_two_years_stays_apart(client):
    make_event(**days("2021-12-31", "2022-01-02"))
    make_event(**days("2022-12-01", "2022-12-02"))

    page = read(client)

    assert texts_of(page, "roadmap-year") == ["2021", "2022"]
    assert texts_of(page, "roadmap-date") == ["31 December 2021 and 1 January 2022", "1 December"]


@pytest.mark.parametrize(
    ("moment", "past", "now"),
    [
        ("2021-07-07T21:59:59Z", [], []),
        ("2021-07-07T22:00:00Z", [], ["Day"]),
        ("2021-07-08T12:59:59Z", [], ["Day"]),
        ("2021-07-08T13:00:00Z", [], ["Day", "Hours"]),
        ("2021-07-08T15:00:00Z", ["Hours"], ["Day"]),
        ("2021-07-08T21:59:59Z", ["Hours"], ["Day"]),
        ("2021-07-08T22:00:00Z", ["Day", "Hours"], []),
    ],
)
def test_past_and_now_are_read_in_the_zone_of_the_cycle(client, moment, past, now):
    make_event(title="Day")
    make_event(title="Hours", start_time=time(15), end_time=time(17))

    with time_machine.travel(moment, tick=False):
        page = read(client)

    assert [title for title in ("Day", "Hours") if any(title in text for text in texts_of(page, "is-past"))] == past
    assert [title for title in ("Day", "Hours") if any(title in text for text in texts_of(page, "is-now"))] == now


def test_status_confirmation_place_and_hours_are_words(client):
    make_event(
        title="Briefing",
        status="postponed",
        status_reason="Travel is restricted.",
        date_confirmed=False,
        place="Geneva",
        mode="hybrid",
        start_time=time(15),
        end_time=time(17),
    )

    (row,) = texts_of(read(client), "roadmap-row")

    assert row == (
        "8 July to be confirmed Briefing over: postponed Briefing in person and online Geneva "
        "15:00–17:00 Geneva time, UTC+2 Travel is restricted."
    )


def test_page_offers_the_feed_to_click_and_to_copy(client):
    page = read(client)

    assert '<link rel="alternate" type="text/calendar" href="/calendar/hlom-2021.ics" title="High-Level' in page
    assert 'href="webcal://testserver/calendar/hlom-2021.ics"' in page
    assert 'value="http://testserver/calendar/hlom-2021.ics" readonly' in page
    assert '<meta name="description" content="The roadmap of the High-Level Officials Meeting 2021:' in page


def test_calendar_shows_the_current_cycle_and_its_own_feed(client):
    make_current(cycle=get_cycle())
    make_event(title="Shown")

    page = read(client, "/calendar/")

    assert texts_of(page, "roadmap-title") == ["Shown"]
    assert 'href="webcal://testserver/calendar.ics"' in page


def test_between_two_cycles_the_calendar_says_so(client):
    page = read(client, "/calendar/")

    assert "No meeting is being prepared just now." in page
    assert texts_of(page, "cycle-list")[0] == (
        "Global Refugee Forum Progress Review 2025 2025 Global Refugee Forum 2023 2023 "
        "High-Level Officials Meeting 2021 2021 Global Refugee Forum 2019 2019 "
        "High-Level Segment on Statelessness 2019 2019"
    )


def test_current_cycle_that_is_not_public_is_not_shown(client):
    hidden = make_cycle("hidden", title="Secret meeting", published_at=None)
    make_current(cycle=hidden)

    assert "Secret meeting" not in read(client, "/calendar/")


def test_other_cycles_are_listed_without_hidden_ones_and_hidden_events(client):
    make_cycle("hidden", title="Secret meeting", published_at=None)
    make_event(get_cycle("grf-2023"))
    make_event(get_cycle("grf-2023"), published_at=None)

    (others,) = texts_of(read(client), "cycle-list")

    assert others.startswith(
        "Global Refugee Forum Progress Review 2025 2025 Global Refugee Forum 2023 2023 · 1 event Global"
    )
    assert "Secret" not in others
    assert "High-Level Officials" not in others


def test_empty_roadmap_says_so(client):
    assert "No event of this roadmap has been announced yet." in read(client)


def test_unpublished_rows_and_cycles_are_hidden_from_everybody(client, cast, log_in):
    make_event(title="Secret briefing", published_at=None)
    make_cycle("hidden", published_at=None)

    for visitor in (client, log_in(cast.focal_point), log_in(cast.superuser)):
        assert "Secret briefing" not in read(visitor)
        assert visitor.get("/calendar/hidden/").status_code == 404


def test_title_is_text_in_its_language(client):
    make_event(title="<script>alert(1)</script> réunion", language="fr")

    page = read(client)

    assert ' lang="fr">&lt;script&gt;alert(1)&lt;/script&gt; réunion</a>' in page


@pytest.mark.parametrize("path", ["/calendar/", "/calendar/hlom-2021/"])
def test_only_reading(client, path):
    assert [client.head(path).status_code, client.post(path).status_code] == [200, 405]


@pytest.mark.parametrize("path", ["/calendar/none/", "/calendar/%00/", f"/calendar/{'x' * 5000}/", "/calendar/é/"])
def test_unknown_addresses(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("count", [1, 300])
@pytest.mark.parametrize(("sequence", "queries"), [(0, 5), (1, 6)])
def test_page_costs_the_same_for_any_number_of_rows(client, django_assert_num_queries, count, sequence, queries):
    for number in range(count):
        day = date(2021, 1, 1) + timedelta(number)
        make_event(starts_on=day, ends_before=day + timedelta(1), sequence=sequence)

    with django_assert_num_queries(queries):
        page = read(client)

    assert len(texts_of(page, "roadmap-row")) == count == Event.objects.count()


@pytest.mark.parametrize(
    "path", ["/", "/month/", "/month/1950-01/", "/month/2199-12/", "/timeline/", "/print/", ".ics", "/coming.atom"]
)
def test_every_view_shows_the_first_and_the_last_year(client, path):
    make_event(starts_on=date(1950, 1, 1), ends_before=date(1950, 1, 2), start_time=time(0), zone="Pacific/Kiritimati")
    make_event(precision="year", starts_on=date(2199, 1, 1), ends_before=date(2200, 1, 1))

    assert client.get(f"/calendar/hlom-2021{path}").status_code == 200


def test_cycle_without_days_says_nothing_about_them(client):
    cycle = make_cycle("open", title="Open meeting")

    assert texts_of(read(client, cycle.get_absolute_url()), "page-head") == ["Roadmap Open meeting"]


def test_a_reader_who_comes_again_costs_one_query_and_a_change_is_seen_at_once(
    client, settings, django_assert_num_queries
):
    settings.CACHES = settings.CACHES | {"pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    event = make_event(title="Before")
    client.get("/calendar/hlom-2021/")

    with django_assert_num_queries(1):
        again = client.get("/calendar/hlom-2021/")
    event.title = "After"
    save_event(at=LONG_AGO, actor=None, event=event)

    assert "Before" in again.content.decode()
    assert "After" in client.get("/calendar/hlom-2021/").content.decode()


def test_a_kept_row_is_made_anew_when_the_event_changes_or_is_over(client, settings):
    settings.CACHES = settings.CACHES | {
        "fragments": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "test-rows"}
    }
    event = make_event(title="Before")
    with time_machine.travel("2021-07-01T12:00+00:00"):
        pages = [read(client), read(client)]
        event.title = "After"
        save_event(at=datetime(2021, 7, 1, tzinfo=UTC), actor=None, event=event)
        pages.append(read(client))
    with time_machine.travel("2021-07-09T12:00+00:00"):
        pages.append(read(client))
        client.cookies["reader_zone"] = "Asia/Tokyo"
        pages.append(read(client))

    assert [("Before" in page, "After" in page, "is-past" in page) for page in pages] == [
        (True, False, False),
        (True, False, False),
        (False, True, False),
        (False, True, True),
        (False, True, True),
    ]


def test_the_statement_that_is_kept_reads_the_same_rows_in_the_same_order(settings):
    settings.CACHES = settings.CACHES | {
        "fragments": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "test-statement"}
    }
    caches["fragments"].clear()
    make_event(title="Second", **days("2021-02-01", "2021-02-02"))
    make_event(title="Draft", published_at=None, **days("2021-01-02", "2021-01-03"))
    make_event(title="Elsewhere", cycle=make_cycle(slug="elsewhere"), **days("2021-01-03", "2021-01-04"))
    shown = Shown(get_cycle(), get_cycle().events.for_public(), QueryDict())
    first_time = [event.title for event in shown.events]
    make_event(title="First", **days("2021-01-01", "2021-01-02"))

    kept = [event.title for event in shown.events]

    assert (first_time, kept) == (["Second"], ["First", "Second"])
    caches["fragments"].clear()
