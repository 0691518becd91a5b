"""Sessions that cannot both be attended: one speaker or one room in two of them at once. Pure functions."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from zoneinfo import ZoneInfo

from events.models import Session

_ROOM, _SPEAKER = "room", "speaker"


@dataclass(frozen=True)
class Slot:
    """What of a session can clash: instants, a room (or none) and names as they are written."""

    key: int
    title: str
    starts_at: datetime
    ends_at: datetime
    room: str = ""
    speakers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clash:
    """That a session meets another: ``what`` is "room" or "speaker", ``name`` which."""

    what: str
    name: str
    other: Slot = field(compare=False)


def slot_of(session: Session) -> Slot:
    """A stored session with its speakers. Hours that the clocks pass over count as those after the gap."""
    zone = ZoneInfo(session.event.zone)
    return Slot(
        key=session.pk,
        title=session.title,
        starts_at=datetime.combine(session.day, session.start_time, tzinfo=zone),
        ends_at=datetime.combine(session.day, session.end_time, tzinfo=zone),
        room=session.room,
        speakers=tuple(speaker.name for speaker in session.speakers.all()),
    )


def clashes_of(slots: Iterable[Slot]) -> dict[int, list[Clash]]:
    """The clashes among sessions of one meeting, by session; each is told to both sides.

    Names are compared without regard to capitals and spaces. One session ending as another begins is no clash.
    """
    found: dict[int, list[Clash]] = defaultdict(list)
    for (what, _compared), uses in _by_name(slots).items():
        for (name, slot), (other_name, other) in _overlapping(uses):
            found[slot.key].append(Clash(what, name, other))
            found[other.key].append(Clash(what, other_name, slot))
    return dict(found)


Use = tuple[str, Slot]


def _by_name(slots: Iterable[Slot]) -> dict[tuple[str, str], list[Use]]:
    uses: dict[tuple[str, str], list[Use]] = defaultdict(list)
    for slot in slots:
        named = {(_SPEAKER, _compared(name)): name for name in slot.speakers}
        if slot.room:
            named[_ROOM, _compared(slot.room)] = slot.room
        for key, name in named.items():
            uses[key].append((name, slot))
    return uses


def _compared(name: str) -> str:
    return "".join(name.split()).casefold()


def _overlapping(uses: list[Use]) -> Iterator[tuple[Use, Use]]:
    """Pairs that overlap, by one pass over the beginnings."""
    going_on: list[Use] = []
    for use in sorted(uses, key=lambda use: (use[1].starts_at.timestamp(), use[1].key)):
        begins = use[1].starts_at.timestamp()
        going_on = [earlier for earlier in going_on if earlier[1].ends_at.timestamp() > begins]
        yield from ((earlier, use) for earlier in going_on)
        going_on.append(use)


def clashes_among(sessions: Iterable[Session]) -> dict[int, list[Clash]]:
    """The clashes of stored sessions, cycle by cycle; they come with their event and speakers fetched."""
    by_cycle: dict[int, list[Slot]] = defaultdict(list)
    for session in sessions:
        by_cycle[session.event.cycle_id].append(slot_of(session))
    return dict(chain.from_iterable(clashes_of(slots).items() for slots in by_cycle.values()))


def is_outside_its_event(day: date, starts_on: date | None, ends_before: date | None) -> bool:
    """Whether a session's day is none of its event's; an event without days has none to leave."""
    if starts_on is None or ends_before is None:
        return False
    return not starts_on <= day < ends_before
