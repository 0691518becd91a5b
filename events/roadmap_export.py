"""A roadmap as rows of text: what ``events.roadmap_file`` reads back without a difference."""

from collections.abc import Iterable, Iterator
from datetime import date, time
from typing import Any

from events.facts import as_text
from events.links import as_lines
from events.models import Event
from events.roadmap_file import OPTIONAL, REQUIRED

# Where a row is known from is not stored, so it cannot be written.
COLUMNS = tuple(name for name in (*REQUIRED, *OPTIONAL) if name != "source")
_SIMPLE = ("precision", "kind", "title", "slug", "place", "mode", "status", "status_reason", "zone", "language")


def write_roadmap(events: Iterable[Event]) -> Iterator[list[str]]:
    """The names of the columns, then a row for each event; works row by row."""
    yield [*COLUMNS]
    for event in events:
        cells = _cells(event)
        yield [cells[name] for name in COLUMNS]


def _cells(event: Event) -> dict[str, str]:
    first = _day(event.starts_on, event.precision)
    last = _day(event.last_day, event.precision)
    return {name: str(getattr(event, name)) for name in _SIMPLE} | {
        "start": first,
        "end": last if last != first else "",
        "note": event.description,
        "key": event.source_key,
        "start_time": said("start_time", event.start_time),
        "end_time": said("end_time", event.end_time),
        "date_confirmed": "yes" if event.date_confirmed else "no",
        "links": said("links", event.links),
        "audiences": said("audiences", event.audiences),
        "registration_url": event.registration_url,
    }


def said(name: str, value: Any) -> str:
    """The value of an event's field as a cell of a roadmap file says it."""
    if name == "links":
        return as_lines(value)
    if name == "audiences":
        return "; ".join(value)
    if isinstance(value, time) and value.second:
        return value.isoformat("seconds")
    return as_text(value)


def _day(day: date | None, precision: str) -> str:
    if day is None:
        return ""
    return {
        Event.Precision.MONTH: f"{day:%Y-%m}",
        Event.Precision.QUARTER: f"{day:%Y}-Q{(day.month + 2) // 3}",
        Event.Precision.YEAR: f"{day:%Y}",
    }.get(Event.Precision(precision), day.isoformat())
