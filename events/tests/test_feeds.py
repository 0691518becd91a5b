"""The calendar feeds as calendar programs fetch them."""

from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest

from events.models import Cycle
from events.tests.factories import get_cycle, make_cycle, make_event
from events.workflow import delete_unpublished_event, make_current, save_event, withdraw_events

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


@pytest.mark.parametrize("count", [1, 300])
@pytest.mark.parametrize("query", ["", "?kind=briefing&q=event"])
def test_feed_costs_the_same_for_any_number_of_rows(client, django_assert_num_queries, count, query):
    for number in range(count):
        make_event(starts_on=date(2021, 1, 1) + timedelta(number), ends_before=date(2021, 1, 2) + timedelta(number))

    with django_assert_num_queries(4):
        response = client.get(f"/calendar/hlom-2021.ics{query}")

    assert len(summaries(response)) == count


@pytest.mark.parametrize(
    ("query", "titles", "name"),
    [
        ("", ["Launch", "Online briefing", "Postponed"], ""),
        ("?kind=launch", ["Launch"], ": Launch"),
        ("?mode=virtual", ["Online briefing"], ": online"),
        ("?status=postponed", ["Postponed"], ": postponed"),
        ("?kind=briefing&q=ONLINE%20brief", ["Online briefing"], ": Briefing · “ONLINE brief”"),
        ("?q=no%20such%20word", [], ": “no such word”"),
        ("?kind=no-such-kind", ["Launch", "Online briefing", "Postponed"], ""),
        ("?q=%0d%0aBEGIN:VALARM", [], ": “BEGIN:VALARM”"),
        ("?unknown=1", ["Launch", "Online briefing", "Postponed"], ""),
    ],
)
@pytest.mark.parametrize("path", ["/calendar.ics", "/calendar/hlom-2021.ics"])
def test_filters_of_the_page_filter_the_feed_and_name_it(client, path, query, titles, name):
    make_current(cycle=get_cycle())
    make_event(title="Launch", kind="launch")
    make_event(title="Online briefing", mode="virtual", starts_on=date(2021, 7, 9), ends_before=date(2021, 7, 10))
    make_event(title="Postponed", status="postponed", starts_on=date(2021, 8, 9), ends_before=date(2021, 8, 10))

    response = client.get(path + query)
    feed = icalendar.Calendar.from_ical(response.content)

    assert [title.removesuffix(" [postponed, date to be confirmed]") for title in summaries(response)] == titles
    assert [str(feed["NAME"]), str(feed["X-WR-CALNAME"])] == [f"{get_cycle().title}{name}"] * 2


def test_filter_never_shows_what_is_not_public(client):
    make_event(title="Secret briefing", published_at=None)

    assert summaries(client.get("/calendar/hlom-2021.ics?q=secret")) == []


def test_what_leaves_a_filter_renews_its_feed(client):
    event = make_event(title="Briefing", kind="briefing")
    address = "/calendar/hlom-2021.ics?kind=briefing"
    first = client.get(address)
    event.kind = "launch"
    save_event(at=AT, actor=None, event=event)

    again = client.get(address, headers={"If-Modified-Since": first["Last-Modified"]})

    assert (summaries(first), again.status_code, summaries(again)) == (["Briefing"], 200, [])


def test_same_feed_twice_is_the_same_bytes(client, address):
    assert client.get(address).content == client.get(address).content


def test_changing_one_event_raises_its_sequence_and_no_other(client):
    events = [make_event(title=f"Event {n}", place="Geneva") for n in range(5)]
    before = sequences(client)
    events[2].place = "Online"
    save_event(at=AT, actor=None, event=events[2])
    after = sequences(client)
    events[2].title = "Event 2, put right"
    save_event(at=AT, actor=None, event=events[2])

    assert before == {str(event.uuid): 0 for event in events}
    assert after == before | {str(events[2].uuid): 1}
    assert sequences(client) == after


def sequences(client):
    feed = icalendar.Calendar.from_ical(client.get("/calendar/hlom-2021.ics").content)
    return {
        str(event["UID"]).removeprefix("event-").partition("@")[0]: int(event["SEQUENCE"])
        for event in feed.walk("VEVENT")
    }


def test_drafts_neither_change_the_feed_nor_its_moment(client, event):
    first = client.get("/calendar/hlom-2021.ics")
    draft = make_event(title="Draft", published_at=None, updated_at=AT)

    with_draft = client.get("/calendar/hlom-2021.ics")
    delete_unpublished_event(at=AT, actor=None, event=draft)
    without = client.get("/calendar/hlom-2021.ics")

    assert {response["Last-Modified"] for response in (first, with_draft, without)} == {first["Last-Modified"]}
    assert {response["ETag"] for response in (first, with_draft, without)} == {first["ETag"]}


def test_another_current_cycle_is_told_even_when_it_changed_earlier(client, event):
    make_current(cycle=get_cycle())
    first = client.get("/calendar.ics")
    make_current(cycle=make_cycle("older", published_at=datetime(2019, 1, 1, tzinfo=UTC)))

    again = client.get("/calendar.ics", headers={"If-Modified-Since": first["Last-Modified"]})

    assert (again.status_code, summaries(again)) == (200, [])


def test_deleted_row_is_told_to_who_asks_by_etag_or_by_moment(client, event):
    newest = make_event(title="Newest", updated_at=AT)
    first = client.get("/calendar/hlom-2021.ics")
    # No verb deletes what was public; a hand at the database could.
    newest.delete()

    for header, value in {"If-None-Match": first["ETag"], "If-Modified-Since": first["Last-Modified"]}.items():
        again = client.get("/calendar/hlom-2021.ics", headers={header: value})
        assert (again.status_code, summaries(again)) == (200, ["Briefing"])


@pytest.mark.parametrize("header", ["yesterday", "Thu, 99 Foo 2021 00:00:00 GMT", "", "\u20ac"])
def test_a_moment_that_cannot_be_read_gets_the_whole(client, event, header):
    response = client.get("/calendar/hlom-2021.ics", HTTP_IF_MODIFIED_SINCE=header)

    assert (response.status_code, summaries(response)) == (200, ["Briefing"])


def test_head_has_the_headers_of_a_get(client, address):
    head, whole = client.head(address), client.get(address)

    names = ("ETag", "Last-Modified", "Content-Type", "Content-Length", "Cache-Control")
    assert [head.get(name) for name in names] == [whole.get(name) for name in names]
    assert head.content == b""


def test_methods_and_people_are_never_in_a_feed(client, address):
    content = client.get(address).content.decode()

    assert [name for name in ("METHOD", "ATTENDEE", "ORGANIZER", "RRULE") if name in content] == []
