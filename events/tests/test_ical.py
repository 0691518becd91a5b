"""Calendars: written by us, read back by two other parsers."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import icalendar
import pytest

from events import ical
from events.dates import whole_span
from events.models import Cycle, Event

UUID_1 = UUID("3fbf517e-8d0e-4655-ba40-47c53f2ecf1c")
CHANGED = datetime(2021, 3, 1, 9, 30, 15, 999, tzinfo=UTC)
# Everything that could end a line, a value or a property, or smuggle another one in.
HOSTILE = "Ünïted, nations; \\ “x”\r\nATTENDEE:mailto:x@y.z\nBEGIN:VALARM\x0b\x0c\x1c\u2028\x00 " + "é" * 90


def row(**fields):
    defaults = {
        "uuid": UUID_1,
        "cycle": Cycle(slug="c"),
        "slug": "briefing",
        "title": "Briefing",
        "kind": "briefing",
        "starts_on": date(2021, 7, 8),
        "ends_before": date(2021, 7, 9),
        "updated_at": CHANGED,
    }
    return Event(**(defaults | fields))


def write(*events, name="Roadmap"):
    return ical.calendar(
        name,
        events,
        uid_host="calendar.example",
        address_of=lambda event: f"https://portal.example/events/{event.slug}/",
    )


def read(*events):
    return icalendar.Calendar.from_ical(write(*events)).walk("VEVENT")


def text(component, name):
    return component[name].to_ical().decode() if name in component else None


def test_a_day_is_written_whole():
    lines = write(row()).decode().split("\r\n")

    assert lines == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//HLOM portal//Roadmap//EN",
        "CALSCALE:GREGORIAN",
        "NAME:Roadmap",
        "X-WR-CALNAME:Roadmap",
        "LAST-MODIFIED:20210301T093015Z",
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H",
        "X-PUBLISHED-TTL:PT12H",
        "BEGIN:VEVENT",
        f"UID:event-{UUID_1}@calendar.example",
        "DTSTAMP:20210301T093015Z",
        "LAST-MODIFIED:20210301T093015Z",
        "SEQUENCE:0",
        "DTSTART;VALUE=DATE:20210708",
        "DTEND;VALUE=DATE:20210709",
        "SUMMARY:Briefing",
        "DESCRIPTION:https://portal.example/events/briefing/",
        "STATUS:CONFIRMED",
        "URL:https://portal.example/events/briefing/",
        "CATEGORIES:Briefing",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


@pytest.mark.parametrize(
    ("fields", "status", "summary"),
    [
        ({}, "CONFIRMED", "Briefing"),
        ({"date_confirmed": False}, "TENTATIVE", "Briefing [date to be confirmed]"),
        ({"status": "postponed"}, "TENTATIVE", "Briefing [postponed, date to be confirmed]"),
        ({"status": "cancelled"}, "CANCELLED", "Briefing [cancelled]"),
        ({"status": "cancelled", "date_confirmed": False}, "CANCELLED", "Briefing [cancelled]"),
    ],
)
def test_status(fields, status, summary):
    (event,) = read(row(**fields))

    assert (text(event, "STATUS"), str(event["SUMMARY"])) == (status, summary)


@pytest.mark.parametrize(
    ("precision", "first", "last", "start", "end"),
    [
        ("month", "2021-05-01", "2021-06-30", "20210501", "20210701"),
        ("quarter", "2021-07-01", "2021-07-01", "20210701", "20211001"),
        ("year", "2021-01-01", "2021-01-01", "20210101", "20220101"),
    ],
)
def test_vague_spans_are_confirmed_and_make_nobody_busy(precision, first, last, start, end):
    begins, ends_before = whole_span(precision, date.fromisoformat(first), date.fromisoformat(last))
    (event,) = read(row(precision=precision, starts_on=begins, ends_before=ends_before))

    assert [text(event, name) for name in ("DTSTART", "DTEND", "TRANSP", "STATUS")] == [
        start,
        end,
        "TRANSPARENT",
        "CONFIRMED",
    ]


def test_unknown_dates_are_left_out():
    unknown = row(precision="unknown", starts_on=None, ends_before=None)

    assert len(read(unknown, row())) == 1


def test_hours_carry_their_zone_and_its_clocks():
    written = write(row(start_time=time(15), end_time=time(17))).decode()

    assert "DTSTART;TZID=Europe/Zurich:20210708T150000\r\nDTEND;TZID=Europe/Zurich:20210708T170000" in written
    assert written.split("BEGIN:VTIMEZONE\r\n")[1].split("END:VTIMEZONE")[0].split("\r\n")[:-1] == [
        "TZID:Europe/Zurich",
        *[
            "BEGIN:STANDARD",
            "DTSTART:20210101T000000",
            "TZNAME:CET",
            "TZOFFSETFROM:+0100",
            "TZOFFSETTO:+0100",
            "END:STANDARD",
        ],
        *[
            "BEGIN:DAYLIGHT",
            "DTSTART:20210328T020000",
            "TZNAME:CEST",
            "TZOFFSETFROM:+0100",
            "TZOFFSETTO:+0200",
            "END:DAYLIGHT",
        ],
        *[
            "BEGIN:STANDARD",
            "DTSTART:20211031T030000",
            "TZNAME:CET",
            "TZOFFSETFROM:+0200",
            "TZOFFSETTO:+0100",
            "END:STANDARD",
        ],
    ]


def test_each_zone_is_explained_once_and_utc_not_at_all():
    hours = {"start_time": time(15), "end_time": time(17)}
    written = write(row(**hours), row(**hours, zone="Asia/Tokyo"), row(**hours, zone="UTC"), row(**hours)).decode()

    assert [line for line in written.split("\r\n") if line.startswith("TZID:")] == [
        "TZID:Asia/Tokyo",
        "TZID:Europe/Zurich",
    ]
    assert "DTSTART:20210708T150000Z" in written


@pytest.mark.parametrize(
    ("fields", "end"),
    [
        ({"start_time": time(15)}, "20210708T160000"),
        ({"start_time": time(23, 30)}, "20210709T003000"),
        ({"start_time": time(9), "ends_before": date(2021, 7, 10)}, "20210710T000000"),
        ({"start_time": time(9), "end_time": time(18), "ends_before": date(2021, 7, 10)}, "20210709T180000"),
    ],
)
def test_there_is_always_an_end(fields, end):
    (event,) = read(row(**fields))

    assert text(event, "DTEND") == end
    assert ("The end is not announced yet." in event["DESCRIPTION"]) == ("end_time" not in fields)


def test_description_tells_reason_text_links_and_the_way_back():
    links = [
        {"label": "Concept note", "url": "https://a.example/x?y=1,2;3"},
        {"label": "Bad", "url": "javascript:alert(1)"},
        {"url": 7},
        "text",
    ]
    (event,) = read(row(status="cancelled", status_reason="No room.", description="All\nare welcome.", links=links))

    assert str(event["DESCRIPTION"]) == (
        "Cancelled: No room.\n\nAll\nare welcome.\n\nConcept note: https://a.example/x?y=1,2;3\n\n"
        "https://portal.example/events/briefing/"
    )


@pytest.mark.parametrize(
    "url", ["http://[broken", "https://a\r\nX: y", "//no.scheme", "", None, "https://user:pw@x.example/", "\x00"]
)
def test_a_bad_link_never_breaks_the_feed(url):
    good, bad = row(title="Good"), row(links=[{"label": "x", "url": url}])

    assert [str(event["SUMMARY"]) for event in read(bad, good)] == ["Briefing", "Good"]


def test_place_is_said_and_online_events_say_so():
    events = read(row(place="Geneva, Switzerland"), row(mode="virtual"), row())

    assert [str(event.get("LOCATION", "")) for event in events] == ["Geneva, Switzerland", "Online", ""]


def test_hostile_text_stays_text():
    hostile = row(
        title=HOSTILE, description=HOSTILE, place=HOSTILE, links=[{"label": HOSTILE, "url": "https://a.example/"}]
    )
    written = write(hostile, name=HOSTILE)

    (event,) = icalendar.Calendar.from_ical(written).walk("VEVENT")
    names = {line.partition(":")[0].partition(";")[0] for line in unfolded(written)}
    assert names == {
        *(
            "BEGIN",
            "END",
            "VERSION",
            "PRODID",
            "CALSCALE",
            "NAME",
            "X-WR-CALNAME",
            "REFRESH-INTERVAL",
            "X-PUBLISHED-TTL",
        ),
        *(
            "SUMMARY",
            "DTSTART",
            "DTEND",
            "DTSTAMP",
            "UID",
            "SEQUENCE",
            "DESCRIPTION",
            "LAST-MODIFIED",
            "LOCATION",
            "STATUS",
            "URL",
            "CATEGORIES",
        ),
    }
    assert str(event["SUMMARY"]) == "Ünïted, nations; \\ “x” ATTENDEE:mailto:x@y.z BEGIN:VALARM " + "é" * 90
    assert max(len(line) for line in written.split(b"\r\n")) <= 75


def unfolded(written):
    return written.decode().replace("\r\n ", "").strip().split("\r\n")


def test_no_method_and_no_attendee():
    written = write(row(description="ok")).decode()

    assert [name for name in ("METHOD", "ATTENDEE", "ORGANIZER") if name in written] == []


def test_an_event_in_another_language_says_so_for_its_title_alone():
    french, english, broken = (row(language=language) for language in ("fr", "en", 'x";Y=1:\r\nZ'))
    lines = unfolded(write(french, english, broken))

    assert [line for line in lines if line.startswith("SUMMARY")] == [
        "SUMMARY;LANGUAGE=fr:Briefing",
        "SUMMARY:Briefing",
        "SUMMARY:Briefing",
    ]


@pytest.mark.parametrize(
    ("fields", "transparent"),
    [
        ({}, None),
        ({"start_time": time(9)}, None),
        ({"status": "postponed"}, None),
        ({"status": "cancelled"}, "TRANSPARENT"),
        ({"precision": "month", "starts_on": date(2021, 7, 1), "ends_before": date(2021, 8, 1)}, "TRANSPARENT"),
    ],
)
def test_only_what_takes_place_on_a_known_day_makes_busy(fields, transparent):
    (event,) = read(row(**fields))

    assert text(event, "TRANSP") == transparent


def test_kind_is_a_category_and_other_is_none():
    events = read(row(kind="pledge-update-window"), row(kind="other"))

    assert [text(event, "CATEGORIES") for event in events] == ["Pledge update window", None]


def test_calendar_says_when_its_newest_row_changed_or_what_it_is_told():
    older, newer = row(), row(updated_at=datetime(2021, 5, 1, 12, tzinfo=UTC))

    def changed(written):
        return text(icalendar.Calendar.from_ical(written), "LAST-MODIFIED")

    told = ical.calendar(
        "R", [newer], uid_host="x.example", address_of=lambda _event: "", changed_at=datetime(2021, 6, 1, tzinfo=UTC)
    )
    assert [changed(write(newer, older)), changed(write()), changed(told)] == [
        "20210501T120000Z",
        None,
        "20210601T000000Z",
    ]


def test_there_is_no_recurrence():
    series = row(precision="month", starts_on=date(2021, 1, 1), ends_before=date(2021, 12, 1))

    assert [name for name in ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID") if name in write(series).decode()] == []


@pytest.mark.parametrize("letter", ["a", "é", "難", "🕊"])
@pytest.mark.parametrize("shift", range(4))
def test_lines_are_folded_between_letters(letter, shift):
    title = "x" * shift + letter * 100
    written = write(row(title=title))

    pieces = written.split(b"SUMMARY:")[1].split(b"\r\nDESCRIPTION")[0].split(b"\r\n ")
    assert "".join(piece.decode() for piece in pieces) == title
    # Full lines, but for a last letter that does not fit whole.
    assert all(72 <= len(line) <= 75 for line in [b"SUMMARY:" + pieces[0], *(b" " + piece for piece in pieces[1:-1])])


@pytest.mark.parametrize("year", [1, 1850, 2500, 9998])
def test_a_slip_of_the_pen_in_the_year_never_breaks_the_feed(year):
    on = date(year, 7, 8)
    (event,) = read(row(starts_on=on, ends_before=on + timedelta(days=1), start_time=time(9), end_time=time(10)))

    assert (event["DTSTART"].dt, event["DTEND"].dt) == (on, on + timedelta(days=1))


@pytest.mark.parametrize(
    ("day", "start", "end", "written"),
    [
        # The clocks pass over 02:00 to 03:00: a beginning there is told as it will be shown.
        (date(2021, 3, 28), time(2, 30), time(3, 15), ("20210328T033000", "20210328T043000")),
        (date(2026, 3, 29), time(1), time(4), ("20260329T010000", "20260329T040000")),
        (date(2021, 10, 31), time(2, 30), time(2, 45), ("20211031T023000", "20211031T024500")),
        (date(2026, 10, 25), time(2, 30), None, ("20261025T023000", "20261025T033000")),
    ],
)
def test_hours_at_the_changes_of_the_clocks(day, start, end, written):
    (event,) = read(row(starts_on=day, ends_before=day + timedelta(days=1), start_time=start, end_time=end))

    assert (text(event, "DTSTART"), text(event, "DTEND")) == written
