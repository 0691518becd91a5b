"""Calendars to subscribe to: one address each for ever, the same bytes for everybody until something changes."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import translation
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from events import ical
from events.models import Cycle, Event
from foundation.http import mark_same_for_everybody


@require_safe
@cache_control(public=True, no_cache=True)
@conditional_page
def current(request: HttpRequest) -> HttpResponse:
    """The current cycle's roadmap; empty between two cycles, so that subscriptions survive."""
    current_cycle = Cycle.objects.current()
    return _cycle_feed(current_cycle) if current_cycle else _answer(_("HLOM portal"), [], None)


@require_safe
@cache_control(public=True, no_cache=True)
@conditional_page
def cycle(request: HttpRequest, slug: str) -> HttpResponse:
    """A cycle's roadmap."""
    return _cycle_feed(get_object_or_404(Cycle.objects.for_public(), slug=slug))


@require_safe
@cache_control(public=True, no_cache=True)
@conditional_page
def event(request: HttpRequest, slug: str) -> HttpResponse:
    """One event, to put into a calendar."""
    found = get_object_or_404(Event.objects.for_public(), slug=slug)
    response = _answer(found.title, [found], found.updated_at)
    response["Content-Disposition"] = f'attachment; filename="{found.slug}.ics"'
    return response


def _cycle_feed(shown: Cycle) -> HttpResponse:
    # Withdrawn events count as well: their going is a change that asks for a new copy.
    newest = shown.events.aggregate(newest=Max("updated_at"))["newest"]
    moments = [moment for moment in (newest, shown.published_at) if moment]
    events = shown.events.for_public().in_roadmap_order()
    return _answer(shown.title, events, max(moments, default=None))


def _answer(name: str, events: Iterable[Event], changed_at: datetime | None) -> HttpResponse:
    # One language for all, whatever the browser prefers: a calendar is fetched by a machine.
    with translation.override(settings.LANGUAGE_CODE):
        content = ical.calendar(
            name,
            events,
            uid_host=settings.CALENDAR_UID_HOST,
            address_of=lambda event: settings.SITE_URL + event.get_absolute_url(),
        )
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    if changed_at:
        response["Last-Modified"] = http_date(changed_at.timestamp())
    mark_same_for_everybody(response)
    return response
