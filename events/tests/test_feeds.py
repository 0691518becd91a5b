"""The calendar feeds as calendar programs fetch them."""

from datetime import UTC, date, datetime

import icalendar
import pytest

from events.models import Cycle
from events.tests.factories import get_cycle, make_cycle, make_event
from events.workflow import make_current, withdraw_events

pytestmark = pytest.mark.django_db
AT = datetime(2021, 9, 1, 12, tzinfo=UTC)


def summaries(response):
    return [str(event["SUMMARY"]) for event in icalendar.Calendar.from_ical(response.content).walk("VEVENT")]


@pytest.fixture
def event():
    return make_event(title="Briefing", slug="briefing")


@pytest.fixture(params=["/calendar.ics", "/calendar/hlom-2021.ics", "/events/briefing.ics"])
def address(request, event):
    make_current(cycle=get_cycle())
    return request.param


def test_feed_is_served_as_a_calendar(client, address):
    response = client.get(address)

    assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert summaries(response) == ["Briefing"]
    assert (
        response["Last-Modified"] == "Fri, 01 Jan 2021 00:00:00 GMT"
        if "calendar" in address
        else "Wed, 01 Jan 2020 00:00:00 GMT"
    )


def test_feed_is_the_same_for_everybody(client, cast, log_in, address):
    response, of_staff = client.get(address), log_in(cast.editor).get(address)

    assert "Cookie" not in response["Vary"]
    assert not response.cookies
    assert (of_staff.content, of_staff["Cache-Control"]) == (response.content, "public, no-cache")


def test_repeated_request_costs_no_bytes(client, address):
    first = client.get(address)
    by_etag = client.get(address, headers={"If-None-Match": first["ETag"]})
    by_date = client.get(address, headers={"If-Modified-Since": first["Last-Modified"]})

    assert [(again.status_code, again.content) for again in (by_etag, by_date)] == [(304, b""), (304, b"")]


def test_only_reading_is_allowed(client, address):
    assert [client.head(address).status_code, client.post(address).status_code] == [200, 405]


def test_withdrawn_event_leaves_the_feed_and_renews_it(client, event):
    first = client.get("/calendar/hlom-2021.ics")
    withdraw_events(at=AT, actor=None, events=[event])

    again = client.get(
        "/calendar/hlom-2021.ics",
        headers={"If-None-Match": first["ETag"], "If-Modified-Since": first["Last-Modified"]},
    )

    assert (again.status_code, summaries(again)) == (200, [])
    assert again["Last-Modified"] == "Wed, 01 Sep 2021 12:00:00 GMT"


def test_feed_holds_what_is_public_only(client):
    make_event(title="Shown")
    make_event(title="Hidden", published_at=None)
    make_event(make_cycle(), title="Of another cycle")

    assert summaries(client.get("/calendar/hlom-2021.ics")) == ["Shown"]


def test_what_is_not_public_has_no_feed(client, cast, log_in):
    hidden = make_event(published_at=None)
    make_cycle("hidden", published_at=None)
    of_hidden_cycle = make_event(Cycle.objects.get(slug="hidden"))
    addresses = [
        f"/events/{hidden.slug}.ics",
        f"/events/{of_hidden_cycle.slug}.ics",
        "/calendar/hidden.ics",
        "/calendar/none.ics",
    ]

    for visitor in (client, log_in(cast.superuser)):
        assert [visitor.get(address).status_code for address in addresses] == [404] * 4


def test_between_two_cycles_the_feed_is_empty_but_there(client):
    response = client.get("/calendar.ics")

    assert (response.status_code, summaries(response)) == (200, [])


def test_event_file_has_its_name(client, event):
    assert client.get("/events/briefing.ics")["Content-Disposition"] == 'attachment; filename="briefing.ics"'


@pytest.mark.parametrize("count", [1, 3])
def test_feed_costs_the_same_for_any_number_of_rows(client, django_assert_num_queries, count):
    for month in range(1, count + 1):
        make_event(starts_on=date(2021, month, 1), ends_before=date(2021, month, 2))

    with django_assert_num_queries(3):
        response = client.get("/calendar/hlom-2021.ics")

    assert len(summaries(response)) == count
