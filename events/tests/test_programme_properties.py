"""Whatever the texts of a session hold: its calendar is valid, says the same to a reader, and nothing else."""

from collections import Counter
from datetime import UTC, date, datetime, time
from uuid import UUID

import icalendar
from hypothesis import given, settings
from hypothesis import strategies as st

from events.models import Event, Session, Speaker
from events.programme_ical import programme_calendar
from events.tests.test_ical_properties import ANY_TEXT, CALENDAR, ENTRY, TEXTS, names_in, without_zone
from foundation.text import clean_line, clean_text

AT = datetime(2021, 9, 1, tzinfo=UTC)
ADDRESS = "https://portal.example/events/meeting/programme/"


@st.composite
def sessions(draw):
    """A session of any texts, with up to three speakers, never saved."""
    event = Event(title=draw(TEXTS), place=draw(TEXTS), zone="Europe/Zurich", updated_at=AT)
    session = Session(
        pk=1,
        uuid=UUID(int=draw(st.integers(0, 2**128 - 1))),
        event=event,
        day=date(2021, 12, 14),
        start_time=time(10),
        end_time=time(13),
        updated_at=AT,
        language=draw(st.sampled_from(["en", "fr", "x;Y=1:\r\nZ"])),
        **{name: draw(TEXTS) for name in ("room", "spoken_languages", "link")},
        **{name: draw(ANY_TEXT) for name in ("title", "description")},
    )
    speakers = draw(st.lists(st.builds(Speaker, name=TEXTS, function=TEXTS), max_size=3))
    session._prefetched_objects_cache = {"speakers": speakers}
    return session


@settings(max_examples=300)
@given(sessions())
def test_no_text_of_a_session_can_add_or_end_anything(session):
    written = programme_calendar(session.event, [session], uid_host="calendar.example", address=ADDRESS)

    assert {b"\r", b"\n"}.isdisjoint(bytes([octet]) for octet in written.replace(b"\r\n", b""))
    assert max(len(line) for line in written.split(b"\r\n")) <= 75
    expected = Counter(CALENDAR) + Counter(ENTRY) + Counter({"BEGIN": 2, "END": 2, "LAST-MODIFIED": 1})
    expected["LOCATION"] = int(bool(clean_line(session.room) or clean_line(session.event.place)))
    assert names_in(without_zone(written)) == +expected
    (read,) = icalendar.Calendar.from_ical(written).walk("VEVENT")
    assert str(read["SUMMARY"]) == clean_line(session.title)
    assert str(read["DESCRIPTION"]).startswith(clean_text(session.description))
    for speaker in session.speakers.all():
        assert clean_line(speaker.name) in str(read["DESCRIPTION"])
