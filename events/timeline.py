"""A roadmap as a drawing: each event a bar or a point between the first and the last month. Pure functions.

Lengths are in the units of the SVG's own coordinates; a page or a sheet scales them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from events.dates import months_between
from events.models import Event
from events.month_grid import next_month, span_of

WIDTH = 1000
_LEFT, _RIGHT = 8, 8
_TOP = 46
_ROW = 34
_POINT = 6
_GAP = 10
# Room that a letter of a label takes, on average: labels are cut and placed by it.
_LETTER = 7.4
_SHORTEST = 12


@dataclass
class Tick:
    """The beginning of a month, or of a year where months are too narrow to name."""

    x: float
    first_day: date
    is_january: bool
    is_named: bool


@dataclass
class Mark:
    """One event: a bar from ``x`` to ``x + width``, or a point at ``x``, with its label beside or on it."""

    event: Event
    x: float
    y: float
    width: float
    is_point: bool
    label: "Label"

    @property
    def middle(self) -> float:
        """The middle of its height."""
        return self.y + _ROW / 2

    @property
    def baseline(self) -> float:
        """Where its label stands."""
        return self.middle + 5


@dataclass
class Label:
    """The event's title, cut to the room there is; ``side`` is after, before or inside."""

    text: str
    x: float
    side: str


@dataclass
class Timeline:
    """The whole drawing; ``today_x`` is None when today lies outside."""

    height: float
    ticks: list[Tick]
    marks: list[Mark]
    today_x: float | None
    today_label_before: bool
    first_day: date
    last_day: date
    width: int = WIDTH


@dataclass
class _Scale:
    first: date
    end: date

    def x(self, day: date) -> float:
        """Where a day begins."""
        share = (day - self.first).days / (self.end - self.first).days
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)


def timeline(events: Iterable[Event], today: date) -> Timeline | None:
    """The drawing of all events whose date is known, in the order given; None when there is none."""
    dated = [event for event in events if event.starts_on and event.ends_before]
    span = span_of(dated)
    if span is None:
        return None
    # Whole years are what readers know; a roadmap that touches two is drawn over both.
    scale = _Scale(span.first.replace(month=1), date(span.last.year + 1, 1, 1))
    marks = [_mark(event, scale, _TOP + number * _ROW) for number, event in enumerate(dated)]
    inside = scale.first <= today < scale.end
    today_x = scale.x(today) if inside else None
    return Timeline(
        height=_TOP + len(marks) * _ROW + 8,
        ticks=_ticks(scale),
        marks=marks,
        today_x=today_x,
        today_label_before=bool(today_x and today_x > WIDTH - 90),
        first_day=scale.first,
        last_day=scale.end - timedelta(days=1),
    )


def _ticks(scale: _Scale) -> list[Tick]:
    months = months_between(scale.first, scale.end)
    # From three years on only quarters are named, from seven on only years.
    step = 1 if months <= 24 else 3 if months <= 72 else 12
    ticks, month = [], scale.first
    while month < scale.end:
        is_named = (month.month - 1) % step == 0
        ticks.append(Tick(scale.x(month), month, month.month == 1, is_named))
        month = next_month(month)
    return ticks


def _mark(event: Event, scale: _Scale, y: float) -> Mark:
    if event.starts_on is None or event.ends_before is None:
        raise ValueError("an event without days has no place on a timeline")
    begin, end = scale.x(event.starts_on), scale.x(event.ends_before)
    # A few days would be a sliver that nobody can see.
    is_point = event.precision == Event.Precision.DAY and end - begin < 2 * _POINT
    x, width = (round((begin + end) / 2, 1), 0.0) if is_point else (begin, round(end - begin, 1))
    left = x - (_POINT if is_point else 0)
    right = x + (_POINT if is_point else width)
    return Mark(event, x, y, width, is_point, _label(event.title, left, right))


def _label(title: str, left: float, right: float) -> Label:
    """After the mark if the title fits there, else where there is most room."""
    rooms = {"after": WIDTH - right - _GAP, "before": left - _GAP, "inside": right - left - 2 * _GAP}
    wanted = len(title) * _LETTER
    fitting = [side for side in rooms if rooms[side] >= wanted]
    side = fitting[0] if fitting else max(rooms, key=lambda name: rooms[name])
    letters = max(int(rooms[side] / _LETTER), _SHORTEST)
    text = title if len(title) <= letters else f"{title[: letters - 1].rstrip()}…"
    x = {"after": right + _GAP, "before": left - _GAP, "inside": left + _GAP}[side]
    return Label(text, round(x, 1), side)
