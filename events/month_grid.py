"""A month of a roadmap as weeks of days. Pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from events.dates import months_between
from events.models import Event


@dataclass
class GridEntry:
    """An event on one day; ``goes_on`` when it began on an earlier day."""

    event: Event
    goes_on: bool


@dataclass
class GridDay:
    """One day of the grid, of the month itself or of its neighbours."""

    day: date
    in_month: bool
    is_today: bool
    entries: list[GridEntry] = field(default_factory=list)


@dataclass
class Month:
    """A month's weeks, and the events of which only the month, or not even that, is known."""

    first_day: date
    weeks: list[list[GridDay]]
    some_time: list[Event]
    without_date: list[Event]

    @property
    def count(self) -> int:
        """How many events have a day in this month or may take place in it."""
        with_day = {entry.event.pk for week in self.weeks for day in week if day.in_month for entry in day.entries}
        return len(with_day) + len(self.some_time)


def next_month(first_day: date) -> date:
    """The first day of the month after."""
    return (first_day + timedelta(days=31)).replace(day=1)


def month_grid(first_day: date, events: Iterable[Event], today: date) -> Month:
    """The month that begins on ``first_day``, in whole weeks from Monday on."""
    end = next_month(first_day)
    begin = first_day - timedelta(days=first_day.weekday())
    count = (end - begin).days
    days = [begin + timedelta(days=number) for number in range(count + -count % 7)]
    cells = {day: GridDay(day, first_day <= day < end, day == today) for day in days}
    month = Month(first_day, [[cells[day] for day in days[at : at + 7]] for at in range(0, len(days), 7)], [], [])
    for event in events:
        _place(event, month, cells, first_day, end)
    return month


def _place(event: Event, month: Month, cells: dict[date, GridDay], first_day: date, end: date) -> None:
    if event.starts_on is None or event.ends_before is None:
        month.without_date.append(event)
    elif event.precision != Event.Precision.DAY:
        if event.starts_on < end and event.ends_before > first_day:
            month.some_time.append(event)
    else:
        for day in _days_between(max(event.starts_on, min(cells)), min(event.ends_before, max(cells) + timedelta(1))):
            cells[day].entries.append(GridEntry(event, goes_on=day > event.starts_on))


def _days_between(first: date, end: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((end - first).days)]


@dataclass
class Span:
    """The first and the last month in which anything of a roadmap may take place."""

    first: date
    last: date

    def around(self, month: date) -> tuple[date | None, date | None]:
        """The months before and after, None where the roadmap has ended."""
        before = (month - timedelta(days=1)).replace(day=1)
        after = next_month(month)
        return (before if before >= self.first else None), (after if after <= self.last else None)

    def nearest(self, day: date) -> date:
        """The month of ``day``, or the nearest that the roadmap has."""
        return min(max(day.replace(day=1), self.first), self.last)


def span_of(events: Iterable[Event]) -> Span | None:
    """The months that the events take up; None when no date is known."""
    known = [(event.starts_on, event.ends_before) for event in events if event.starts_on and event.ends_before]
    if not known:
        return None
    first = min(start for start, _end in known)
    last = max(end for _start, end in known) - timedelta(days=1)
    return Span(first.replace(day=1), last.replace(day=1))


def is_within(span: Span, month: date) -> bool:
    """Whether a month belongs to the span."""
    return months_between(span.first, month) >= 0 and months_between(month, span.last) >= 0
