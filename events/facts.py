"""The facts of an event that the public is told about when they change. Pure functions."""

import json
from datetime import date, time
from typing import Any

from events.models import Event

# Each fact with the fields that are one to a reader: nobody thinks of the end of a date without its beginning.
FACTS: dict[str, tuple[str, ...]] = {
    "date": ("starts_on", "ends_before", "precision"),
    "time": ("start_time", "end_time", "zone"),
    "where": ("mode", "place"),
    "status": ("status",),
    "confirmed": ("date_confirmed",),
}

ChangedFacts = dict[str, tuple[str, str]]


def as_text(value: Any) -> str:
    """A stored value as text that stays readable when choices are renamed: ISO dates, codes, yes or no."""
    if value is None:
        return ""
    if isinstance(value, time):
        return value.isoformat("minutes")
    return value.isoformat() if isinstance(value, date) else str(value)


def fact_text(event: Event, fact: str) -> str:
    """A fact as JSON text; empty when nothing is said, such as the hours of an event that has none."""
    if fact == "time" and event.start_time is None:
        return ""
    return json.dumps({field: as_text(getattr(event, field)) for field in FACTS[fact]}, ensure_ascii=False)


def changed_facts(before: Event, after: Event) -> ChangedFacts:
    """The facts that differ, each with its text before and after."""
    pairs = {fact: (fact_text(before, fact), fact_text(after, fact)) for fact in FACTS}
    return {fact: pair for fact, pair in pairs.items() if pair[0] != pair[1]}


def values_of(text: str) -> dict[str, str]:
    """The fields of a fact's text; empty for what is no such text."""
    try:
        values = json.loads(text)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}
