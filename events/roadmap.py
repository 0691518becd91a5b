"""How a roadmap is laid out on a page: rows by the month they begin in, told apart by where they stand in time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from events.models import Cycle, Event
from events.moves import Moves, moves_of


@dataclass
class RoadmapRow:
    """An event, and where it stands on the day that the page is read."""

    event: Event
    is_over: bool
    is_now: bool
    moves: Moves


@dataclass
class RoadmapMonth:
    """The rows that begin in one month; ``first_day`` is None for those whose date is to be announced."""

    first_day: date | None
    rows: list[RoadmapRow] = field(default_factory=list)


def local_day(at: datetime, cycle: Cycle) -> date:
    """The day that ``at`` falls on where the cycle's dates are read."""
    return at.astimezone(cycle.zoneinfo).date()


def is_over(event: Event, at: datetime, today: date) -> bool:
    """Whether its last day, or its last hour if one is known, has passed."""
    if event.ends_before is None:
        return False
    ends_at = event.ends_at
    return event.ends_before <= today if ends_at is None else ends_at <= at


def place_in_time(event: Event, at: datetime, today: date) -> RoadmapRow:
    """The event with its marks. What is postponed or cancelled is never "now"."""
    over = is_over(event, at, today)
    has_begun = event.starts_on is not None and event.starts_on <= today
    if event.starts_at is not None:
        has_begun = event.starts_at <= at
    is_now = has_begun and not over and event.status == Event.Status.SCHEDULED
    return RoadmapRow(event, over, is_now, moves_of(event))


def by_month(events: Iterable[Event], at: datetime, cycle: Cycle) -> list[RoadmapMonth]:
    """Months with their rows, for events in roadmap order."""
    today = local_day(at, cycle)
    months = groupby(events, lambda event: event.starts_on and event.starts_on.replace(day=1))
    return [RoadmapMonth(month, [place_in_time(event, at, today) for event in rows]) for month, rows in months]
