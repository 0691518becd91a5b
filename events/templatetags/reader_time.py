"""Times in the reader's own zone, for templates."""

from typing import Any

from django import template
from django.template import Context

from events.models import Event
from events.reader_zone import Moments, moments_of, reader_zone

register = template.Library()


@register.simple_tag
def moments(event: Event) -> Moments | None:
    """The instants of an event; None when no hour is known."""
    return moments_of(event)


@register.simple_tag(takes_context=True)
def chosen_zone(context: Context) -> str:
    """The zone that the reader chose; empty for none, and where there is no request."""
    request: Any = context.get("request")
    return reader_zone(request) if request else ""


@register.filter
def words_in(event_moments: Moments, zone: str) -> str:
    """The hours in another zone; empty when the clocks show the same there."""
    return event_moments.words_in(zone)


@register.filter
def zone_label(zone: str) -> str:
    """A zone as its choice is called."""
    return zone.replace("_", " ")
