"""Rows for tests of the calendar."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from events.models import Cycle, Event

_numbers = count(1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def make_cycle(slug: str = "", **fields: Any) -> Cycle:
    """A published mid-term meeting unless said otherwise."""
    slug = slug or f"cycle-{next(_numbers)}"
    fields.setdefault("title", f"Meeting {slug}")
    fields.setdefault("kind", Cycle.Kind.MID_TERM)
    fields.setdefault("published_at", LONG_AGO)
    return Cycle.objects.create(slug=slug, **fields)


def get_cycle(slug: str = "hlom-2021") -> Cycle:
    """A cycle from the data migration."""
    return Cycle.objects.get(slug=slug)


def make_event(cycle: Cycle | None = None, **fields: Any) -> Event:
    """A published one-day briefing on 8 July 2021 unless said otherwise."""
    number = next(_numbers)
    defaults = {
        "slug": f"event-{number}",
        "source_key": f"event-{number}",
        "title": f"Event {number}",
        "kind": Event.Kind.BRIEFING,
        "starts_on": date(2021, 7, 8),
        "ends_before": date(2021, 7, 9),
        "updated_at": LONG_AGO,
        "published_at": LONG_AGO,
    }
    return Event.objects.create(cycle=cycle or get_cycle(), **(defaults | fields))
