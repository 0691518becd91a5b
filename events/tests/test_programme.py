"""The programme of an event: page, calendar, and the section of the event's own page."""

import re
from datetime import UTC, date, datetime, time

import icalendar
import pytest

from events.models import Event
from events.programme_workflow import save_session, withdraw_sessions
from events.tests.factories import LONG_AGO, make_cycle, make_event
from events.tests.pages import texts_of
from events.tests.programme_factories import PDF, make_document, make_session

pytestmark = pytest.mark.django_db
AT = datetime(2021, 9, 1, 12, tzinfo=UTC)
PAGE, FEED = "/events/meeting/programme/", "/events/meeting/programme.ics"


@pytest.fixture
def event():
    return make_event(slug="meeting", title="The meeting", starts_on=date(2021, 12, 14), ends_before=date(2021, 12, 16))


def body(client, address=PAGE):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def entries(client):
    return icalendar.Calendar.from_ical(client.get(FEED).content).walk("VEVENT")


def test_sessions_stand_by_day_and_hour_with_the_zone_in_words(client, event):
    make_session(event, title="Last", day=date(2021, 12, 15), start_time=time(9), end_time=time(10))
    make_session(event, title="Second", start_time=time(15), end_time=time(17))
    make_session(event, title="First", start_time=time(9), end_time=time(10, 30))

    html = body(client)

    assert texts_of(html, "session-title") == ["First", "Second", "Last"]
    assert texts_of(html, "session-hours") == ["09:00–10:30", "15:00–17:00", "09:00–10:00"]
    assert set(texts_of(html, "session-zone")) == {"Geneva time, UTC+1"}
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", html) == [
        '<span class="programme-weekday">Tuesday</span> 14 December 2021',
        '<span class="programme-weekday">Wednesday</span> 15 December 2021',
    ]
    assert 'datetime="2021-12-14T09:00:00+01:00"' in html


def test_the_distance_from_utc_is_that_of_the_day(client):
    event = make_event(slug="meeting", starts_on=date(2021, 10, 30), ends_before=date(2021, 11, 1))
    make_session(event, day=date(2021, 10, 30))
    make_session(event, day=date(2021, 10, 31))

    assert texts_of(body(client), "session-zone") == ["Geneva time, UTC+2", "Geneva time, UTC+1"]


def test_a_session_says_all_that_is_public_about_it(client, event):
    session = make_session(
        event,
        title="Ouverture",
        language="fr",
        description="Deux\nlignes",
        room="Room XVII",
        spoken_languages="English, French",
        link="https://meeting.example/join",
        recording_url="https://video.example/1",
        speakers=[("Sample Speaker", "Chair"), ("Another", "")],
    )
    make_document(event.cycle, event=event, session=session, content=PDF, title="Agenda")
    make_document(event.cycle, event=event, title="Of the event")

    html = body(client)

    assert texts_of(html, "speaker-name") == ["Sample Speaker", "Another"]
    assert texts_of(html, "speaker-function") == ["Chair"]
    assert texts_of(html, "session-facts") == ["Room: Room XVII Languages: English, French"]
    assert texts_of(html, "session-links") == ["Take part online: Ouverture Recording: Ouverture"]
    assert texts_of(html, "document-body") == [
        f"Agenda English · PDF · {len(PDF)}\xa0bytes".replace("\xa0", " "),
        "Of the event English · on another site",
    ]
    assert 'lang="fr"' in html


def test_markup_in_texts_stays_text(client, event):
    make_session(event, title="<script>alert(1)</script>", description="<b>x</b>", speakers=[("<i>A</i>", "")])

    html = body(client)

    assert "<script>alert" not in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "<i>A</i>" not in html


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "https://user@evil.example/"])
def test_an_address_that_no_browser_should_follow_is_not_shown(client, event, address):
    session = make_session(event)
    type(session).objects.update(link=address, recording_url=address)

    assert address not in body(client)
    assert address not in client.get(FEED).content.decode()


def test_a_programme_without_sessions_says_so(client, event):
    assert "No session of this programme has been announced yet." in body(client)
    assert entries(client) == []


def test_a_cancelled_event_calls_its_sessions_off(client, event):
    make_session(event)
    Event.objects.update(status="cancelled", status_reason="Storm", sequence=1)

    assert "This event is cancelled." in body(client)
    assert [(str(entry["STATUS"]), entry["SEQUENCE"]) for entry in entries(client)] == [("CANCELLED", 1)]


def test_the_calendar_says_what_the_page_says(client, event):
    session = make_session(
        event,
        title="Opening; the \r\nX-EVIL:1",
        description="Text",
        room="Room XVII",
        spoken_languages="English",
        link="https://meeting.example/join",
        speakers=[("Ana", "Chair")],
    )

    [entry] = entries(client)

    assert str(entry["UID"]) == f"session-{session.uuid}@calendar.testserver"
    assert str(entry["SUMMARY"]) == "Opening; the X-EVIL:1"
    assert (entry["DTSTART"].dt.isoformat(), entry["DTEND"].dt.isoformat()) == (
        "2021-12-14T10:00:00+01:00",
        "2021-12-14T11:00:00+01:00",
    )
    assert entry["DTSTART"].params["TZID"] == "Europe/Zurich"
    assert (entry["DTSTAMP"].dt, entry["LAST-MODIFIED"].dt) == (LONG_AGO, LONG_AGO)
    assert str(entry["LOCATION"]) == "Room XVII"
    address = f"http://testserver/events/meeting/programme/#session-{session.uuid}"
    assert str(entry["DESCRIPTION"]).split("\n\n") == [
        "Text",
        "Ana, Chair",
        "Languages: English",
        "Take part: https://meeting.example/join",
        address,
    ]
    zones = icalendar.Calendar.from_ical(client.get(FEED).content).walk("VTIMEZONE")
    assert [str(zone["TZID"]) for zone in zones] == ["Europe/Zurich"]


def test_equal_rows_give_equal_bytes_and_304(client, event):
    make_session(event)
    first, again = client.get(FEED), client.get(FEED)

    assert first.content == again.content
    assert (first["Content-Type"], first["Cache-Control"]) == ("text/calendar; charset=utf-8", "public, no-cache")
    for headers in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        assert client.get(FEED, headers=headers).status_code == 304
    assert "Cookie" not in first["Vary"]


def test_changing_one_session_raises_its_sequence_only(client, event):
    first, second = make_session(event), make_session(event)
    before = client.get(FEED)
    first.room = "Elsewhere"
    save_session(at=AT, actor=None, session=first)

    sequences = {
        str(entry["UID"]).removeprefix("session-").split("@")[0]: entry["SEQUENCE"] for entry in entries(client)
    }

    assert sequences == {str(first.uuid): 1, str(second.uuid): 0}
    assert client.get(FEED, headers={"If-Modified-Since": before["Last-Modified"]}).status_code == 200


def test_a_withdrawn_session_asks_for_a_new_copy_and_a_draft_for_none(client, event):
    session = make_session(event)
    before = client.get(FEED)
    draft = make_session(event, published_at=None)
    draft.title = "Changed"
    save_session(at=AT, actor=None, session=draft)
    assert client.get(FEED, headers={"If-None-Match": before["ETag"]}).status_code == 304

    type(session).objects.filter(pk=session.pk).update(published_at=LONG_AGO)
    withdraw_sessions(at=AT, actor=None, sessions=[session])

    assert client.get(FEED, headers={"If-Modified-Since": before["Last-Modified"]}).status_code == 200
    assert entries(client) == []


@pytest.mark.parametrize("address", [PAGE, FEED])
def test_only_public_events_have_a_programme(client, event, address):
    assert client.post(address).status_code == 405
    Event.objects.update(published_at=None)
    assert client.get(address).status_code == 404

    hidden = make_event(make_cycle(published_at=None), slug="hidden")
    make_session(hidden)
    assert client.get(address.replace("meeting", "hidden")).status_code == 404


def test_the_event_page_tells_of_the_programme(client, event):
    make_session(event)
    make_session(event, day=date(2021, 12, 15))
    make_session(event, day=date(2021, 12, 16), published_at=None)

    html = body(client, "/events/meeting/")

    assert "2 sessions, 14 and 15 December 2021." in html
    assert f'href="{PAGE}"' in html


def test_the_event_page_without_a_programme_does_not_mention_it(client, event):
    make_session(event, published_at=None)

    assert "rogramme" not in body(client, "/events/meeting/")


@pytest.mark.parametrize("count", [1, 300])
def test_page_and_feed_cost_the_same_for_any_number_of_sessions(client, django_assert_num_queries, event, count):
    for number in range(count):
        session = make_session(event, speakers=[("A", "x"), ("B", "y")])
        if number < 5:
            make_document(event.cycle, event=event, session=session)

    with django_assert_num_queries(5):
        assert body(client).count('class="session"') == count
    with django_assert_num_queries(5):
        assert len(entries(client)) == count
    with django_assert_num_queries(7):
        body(client, "/events/meeting/")
