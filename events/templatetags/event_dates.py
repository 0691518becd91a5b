"""Dates of events in words, for templates."""

from datetime import timedelta

from django import template

from events import dates
from events.models import Cycle, Event
from events.moves import Moves, moves_of

register = template.Library()


@register.filter
def date_words(event: Event) -> str:
    """When it is, without the year."""
    return dates.date_words(event.starts_on, event.ends_before, event.precision)


@register.filter
def date_words_with_year(event: Event) -> str:
    """When it is, with the year."""
    return dates.date_words(event.starts_on, event.ends_before, event.precision, with_year=True)


@register.filter
def machine_date(event: Event) -> str:
    """For the ``datetime`` attribute; empty for what HTML cannot say."""
    return dates.machine_date(event.starts_on, event.ends_before, event.precision)


@register.filter
def time_words(event: Event) -> str:
    """The hours with their zone; empty when none are known."""
    if event.starts_on is None or event.last_day is None or event.start_time is None:
        return ""
    return dates.time_words(event.starts_on, event.last_day, event.start_time, event.end_time, event.zone)


@register.filter
def cycle_days(cycle: Cycle) -> str:
    """The days of the cycle's own meeting, with the year; empty when none are known."""
    if cycle.starts_on is None or cycle.ends_on is None:
        return ""
    return dates.date_words(cycle.starts_on, cycle.ends_on + timedelta(days=1), "day", with_year=True)


@register.filter
def zone_words(zone: str) -> str:
    """A time zone as people call it."""
    return dates.zone_words(zone)


@register.filter
def moves(event: Event) -> Moves:
    """What it was before it moved; empty unless the moves were fetched with it (``events.moves``)."""
    return moves_of(event)
