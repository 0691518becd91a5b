"""Whatever an event holds: its calendar is valid, says the same to a reader, and nothing else."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar
from hypothesis import example, given, settings
from hypothesis import strategies as st

from events.dates import whole_span
from events.models import Cycle, Event
from events.tests.test_ical import row, write
from foundation.text import clean_line, clean_text
from foundation.zones import zone_choices

# What ends lines somewhere, hides, turns the reading direction, or looks like more of the calendar.
NASTY = [
    *(chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))),
    *("\u2028", "\u2029", "\u202e", "\u2066", "\u200b", "\u200f", "\ufeff", "\ufffe", "\ud800", "\udfff"),
    *(
        "🕊️",
        "👩🏽‍🚀",
        "الاجتماع",
        "難民",
        "e\u0301",
        "\\",
        "\\n",
        "\\N",
        ";",
        ",",
        ":",
        '"',
        "'",
        "^n",
        "^'",
        "%0D%0A",
        "=3D",
    ),
    "\r\nATTENDEE:mailto:x@y.example",
    "\r\n ",
    "\nBEGIN:VALARM\nEND:VALARM",
    "\nEND:VEVENT\nEND:VCALENDAR\nBEGIN:VCALENDAR\n",
]
PIECES = st.one_of(
    st.sampled_from(NASTY), st.text(st.characters(codec=None), max_size=40), st.text("ab é難 ", max_size=90)
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)
LONG = st.builds(lambda piece, times: (piece or "x") * times, PIECES, st.integers(1, 125)).map(lambda text: text[:5000])
ANY_TEXT = st.one_of(TEXTS, LONG)
ZONES = st.sampled_from([name for name, _label in zone_choices()])
MINUTES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
# Often the nights in which clocks change.
DAYS = st.one_of(
    st.dates(date(1970, 1, 1), date(2099, 1, 1)),
    st.sampled_from([date(2021, 3, 28), date(2021, 10, 31), date(2026, 3, 29), date(2026, 10, 25), date(2021, 3, 14)]),
)
LINKS = st.lists(
    st.one_of(
        st.fixed_dictionaries({"label": TEXTS, "url": st.one_of(st.just("https://a.example/?x=1,2;3"), TEXTS)}), TEXTS
    ),
    max_size=3,
)

CALENDAR = {"VERSION", "PRODID", "CALSCALE", "NAME", "X-WR-CALNAME", "X-PUBLISHED-TTL", "REFRESH-INTERVAL"}
ENTRY = {"UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "STATUS", "URL"}


@st.composite
def events(draw):
    """Any event that the database would take, never saved."""
    fields = {
        "uuid": UUID(int=draw(st.integers(0, 2**128 - 1))),
        "cycle": Cycle(slug="c"),
        "title": draw(ANY_TEXT),
        "description": draw(ANY_TEXT),
        "place": draw(TEXTS),
        "status_reason": draw(TEXTS),
        "language": draw(st.sampled_from(["en", "fr", "ar", "zh-Hans", "", "x;Y=1:\r\nZ", 'a"b'])),
        "links": draw(LINKS),
        "kind": draw(st.sampled_from(Event.Kind.values)),
        "status": draw(st.sampled_from(Event.Status.values)),
        "mode": draw(st.sampled_from(Event.Mode.values)),
        "date_confirmed": draw(st.booleans()),
        "zone": draw(ZONES),
        "sequence": draw(st.integers(0, 2**31 - 1)),
        "updated_at": draw(st.integers(0, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds + 0.25, tz=UTC))),
    }
    return row(**fields, **draw(spans()))


@st.composite
def spans(draw):
    precision = draw(st.sampled_from(Event.Precision.values))
    if precision == "unknown":
        return {"precision": precision, "starts_on": None, "ends_before": None}
    first = draw(DAYS)
    last = first + timedelta(days=draw(st.one_of(st.just(0), st.integers(0, 800))))
    starts_on, ends_before = whole_span(precision, first, last)
    span = {"precision": precision, "starts_on": starts_on, "ends_before": ends_before}
    if precision == "day" and draw(st.booleans()):
        span |= {"start_time": draw(MINUTES), "end_time": draw(st.one_of(st.none(), MINUTES))}
    return span


def names_in(written):
    lines = written.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
    return Counter(line.partition(":")[0].partition(";")[0] for line in lines)


def expected_names(event):
    """Every property that the calendar of one event must have, and how often; all others must be missing."""
    if event.starts_on is None:
        return Counter(CALENDAR) + Counter(["BEGIN", "END"])
    names = Counter(CALENDAR) + Counter(ENTRY) + Counter({"BEGIN": 2, "END": 2, "LAST-MODIFIED": 1})
    names["LOCATION"] = int(bool(clean_line(event.place)) or event.mode == "virtual")
    names["CATEGORIES"] = int(event.kind != "other")
    names["TRANSP"] = int(event.precision != "day" or event.status == "cancelled")
    return +names


def without_zone(written):
    before, _, rest = written.partition(b"BEGIN:VTIMEZONE\r\n")
    return before + rest.rpartition(b"END:VTIMEZONE\r\n")[2]


@settings(max_examples=1000)
@given(events(), ANY_TEXT)
def test_no_text_and_no_combination_makes_a_calendar_invalid(event, name):
    written = write(event, name=name)

    written.decode("utf-8")
    assert {b"\r", b"\n"}.isdisjoint(bytes([octet]) for octet in written.replace(b"\r\n", b""))
    assert max(len(line) for line in written.split(b"\r\n")) <= 75
    assert not any(octet < 0x20 and octet != 0x09 for octet in set(written) - {0x0D, 0x0A})
    assert names_in(without_zone(written)) == expected_names(event)
    assert write(event, name=name) == written


@settings(max_examples=1000)
@given(events())
def test_any_event_survives_the_round_trip(event):
    written = write(event)

    found = icalendar.Calendar.from_ical(written).walk("VEVENT")
    if event.starts_on is None:
        assert found == []
        return
    (read,) = found
    assert read.errors == []
    assert str(read["UID"]) == f"event-{event.uuid}@calendar.example"
    assert read["SEQUENCE"] == event.sequence
    assert read["DTSTAMP"].dt == read["LAST-MODIFIED"].dt == event.updated_at.replace(microsecond=0)
    assert str(read["SUMMARY"]).startswith(clean_line(event.title))
    assert clean_text(event.description) in str(read["DESCRIPTION"])
    assert read["URL"] == "https://portal.example/events/briefing/"
    assert str(read["DESCRIPTION"]).endswith(read["URL"])
    assert str(read.get("LOCATION", "")) == clean_line(event.place) or event.mode == "virtual"
    assert str(read["STATUS"]) == status_of(event)
    check_span(event, read)


def status_of(event):
    if event.status == "cancelled":
        return "CANCELLED"
    return "TENTATIVE" if event.status == "postponed" or not event.date_confirmed else "CONFIRMED"


def check_span(event, read):
    start, end = read["DTSTART"].dt, read["DTEND"].dt
    assert type(start) is type(end)
    if event.start_time is None:
        assert (start, end) == (event.starts_on, event.ends_before)
        assert (read["DTSTART"].params["VALUE"], read["DTEND"].params["VALUE"]) == ("DATE", "DATE")
        return
    assert start.astimezone(UTC) < end.astimezone(UTC)
    zone = ZoneInfo(event.zone)
    assert start.astimezone(UTC) == datetime.combine(event.starts_on, event.start_time, tzinfo=zone).astimezone(UTC)
    planned = event.end_time and datetime.combine(event.last_day, event.end_time, tzinfo=zone).astimezone(UTC)
    if planned and planned > start.astimezone(UTC):
        assert end.astimezone(UTC) == planned


@settings(max_examples=200)
@given(st.lists(events(), max_size=6))
def test_a_calendar_of_many_has_an_entry_for_each_known_day_and_each_zone_once(several):
    written = write(*several)

    calendar = icalendar.Calendar.from_ical(written)
    known = [event for event in several if event.starts_on]
    assert [str(read["UID"]) for read in calendar.walk("VEVENT")] == [
        f"event-{event.uuid}@calendar.example" for event in known
    ]
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == sorted(
        {event.zone for event in known if event.start_time is not None} - {"UTC"}
    )
    # No component but these, however the texts read.
    assert {part.name for part in calendar.walk()} <= {"VCALENDAR", "VEVENT", "VTIMEZONE", "STANDARD", "DAYLIGHT"}


@settings(max_examples=300)
@given(ANY_TEXT)
@example("a" * 5000)
@example("".join(chr(code) for code in range(0x20)) * 20)
@example("🕊" * 1250)
def test_any_text_comes_back_as_it_was_cleaned(text):
    (read,) = icalendar.Calendar.from_ical(write(row(title=f"T {text}", description=text))).walk("VEVENT")

    assert str(read["SUMMARY"]) == clean_line(f"T {text}")
    assert str(read["DESCRIPTION"]).removesuffix("https://portal.example/events/briefing/").rstrip("\n") == clean_text(
        text
    )
