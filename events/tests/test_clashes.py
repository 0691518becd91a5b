"""Who or what would have to be in two places at once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.clashes import Slot, clashes_of, is_outside_its_event

BEGIN = datetime(2021, 12, 14, 9, tzinfo=UTC)


def slot(key, start, end, *, room="", speakers=()):
    hours = (BEGIN + timedelta(hours=start), BEGIN + timedelta(hours=end))
    return Slot(key, f"Session {key}", *hours, room=room, speakers=tuple(speakers))


def found(*slots):
    clashes = clashes_of(slots)
    return {key: sorted((clash.what, clash.name, clash.other.key) for clash in of) for key, of in clashes.items()}


def test_one_speaker_in_two_sessions_at_once():
    both = slot(1, 0, 2, speakers=["Ana Lima"]), slot(2, 1, 3, speakers=["ANA  lima", "Bo"])

    assert found(*both) == {1: [("speaker", "Ana Lima", 2)], 2: [("speaker", "ANA  lima", 1)]}


def test_one_room_for_two_sessions_at_once():
    assert found(slot(1, 0, 2, room="Room XVII"), slot(2, 1, 2, room="room xvii")) == {
        1: [("room", "Room XVII", 2)],
        2: [("room", "room xvii", 1)],
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (slot(1, 0, 1, room="A", speakers=["Ana"]), slot(2, 1, 2, room="A", speakers=["Ana"])),
        (slot(1, 0, 2, room="A", speakers=["Ana"]), slot(2, 0, 2, room="B", speakers=["Bo"])),
        (slot(1, 0, 2), slot(2, 0, 2)),
        # A person may be called like a room.
        (slot(1, 0, 2, room="Ana"), slot(2, 0, 2, speakers=["Ana"])),
    ],
)
def test_no_clash(one, other):
    assert found(one, other) == {}


def test_a_long_session_meets_all_within_it():
    rows = [slot(0, 0, 10, room="A"), *(slot(n, n, n + 1, room="A") for n in range(1, 4))]

    assert {key: len(of) for key, of in found(*rows).items()} == {0: 3, 1: 1, 2: 1, 3: 1}


hours = st.integers(0, 12)
slots = st.lists(
    st.tuples(
        hours,
        st.integers(1, 4),
        st.sampled_from(["", "A", "a ", "B"]),
        st.lists(st.sampled_from("xyz"), max_size=2, unique=True),
    ),
    max_size=8,
)


@given(slots)
def test_clashes_are_exactly_the_overlapping_pairs(rows):
    made = [
        slot(key, start, start + length, room=room, speakers=names)
        for key, (start, length, room, names) in enumerate(rows)
    ]

    pairs = {
        (one.key, other.key)
        for one in made
        for other in made
        if one.key != other.key
        and one.starts_at < other.ends_at
        and other.starts_at < one.ends_at
        and _share(one, other)
    }

    assert {(key, clash.other.key) for key, of in clashes_of(made).items() for clash in of} == pairs


def _share(one, other):
    same_room = one.room and one.room.strip().casefold() == other.room.strip().casefold()
    return bool(same_room) or bool(set(one.speakers) & set(other.speakers))


@pytest.mark.parametrize(
    ("day", "outside"), [(date(2021, 12, 13), True), (date(2021, 12, 14), False), (date(2021, 12, 16), True)]
)
def test_a_day_outside_its_event(day, outside):
    assert is_outside_its_event(day, date(2021, 12, 14), date(2021, 12, 16)) is outside
    assert is_outside_its_event(day, None, None) is False
