"""Where an event stood before it moved: the old date and the old place, from what the public was told."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects

from events.changes import fact_words, is_move_of_date, is_move_online
from events.facts import values_of
from events.models import Event, EventChange, EventQuerySet


@dataclass
class Moves:
    """The old date in words and its first day, and the old place of an event that is now online; empty if none."""

    date: str = ""
    first_day: str = ""
    place: str = ""


def with_moves(events: EventQuerySet) -> EventQuerySet:
    """The events with what ``moves_of`` looks at, for one query more however many they are."""
    return events.prefetch_related(_told_moves())


def add_moves(events: list[Event]) -> list[Event]:
    """The same for events that are there already: no query while none of them has ever changed in time or place."""
    # Every change that is told as a move has raised the sequence (``events.workflow``).
    if changed := [event for event in events if event.sequence]:
        prefetch_related_objects(changed, _told_moves())
    return events


def _told_moves() -> "Prefetch[str, Any, Any]":
    told = EventChange.objects.filter(announced=True, field__in=("date", "where")).order_by("-at", "-pk")
    return Prefetch("changes", queryset=told, to_attr="told_moves")


def moves_of(event: Event) -> Moves:
    """The newest move of its date, and of its place if it is online now; nothing without ``with_moves``."""
    told: list[EventChange] = getattr(event, "told_moves", [])
    moved = next((one for one in told if one.field == "date" and is_move_of_date(one.old, one.new)), None)
    online = next((one for one in told if one.field == "where" and is_move_online(one.old, one.new)), None)
    if event.mode != Event.Mode.VIRTUAL:
        online = None
    return Moves(
        date=fact_words("date", moved.old) if moved else "",
        first_day=values_of(moved.old)["starts_on"] if moved else "",
        place=fact_words("where", online.old) if online else "",
    )
