"""Calendars to subscribe to: one address each for ever, the same bytes for everybody until something changes."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from events import ical
from events.changes import changes_for_public, described, entry_of
from events.coming import coming_entry
from events.filters import RoadmapFilterForm, filter_events
from events.models import Cycle, Event
from events.publishing import newest_public_change
from events.roadmap import local_day
from events.stamp import CALENDAR
from foundation.atom import atom_feed
from foundation.http import PortalRequest
from foundation.page_cache import kept_for_everybody

# As many as a reader who looks once a month may have missed.
_MOST_CHANGES = 100


_kept = kept_for_everybody(stamp=CALENDAR, whoever_asks=True)
# A calendar is its rows and nothing else; what is coming changes with the day.
_kept_calendar = kept_for_everybody(stamp=CALENDAR, whoever_asks=True, timeless=True)


@require_safe
@_kept_calendar
def current(request: HttpRequest) -> HttpResponse:
    """The current cycle's roadmap; empty between two cycles, so that subscriptions survive."""
    current_cycle = Cycle.objects.current()
    return _cycle_feed(request, current_cycle) if current_cycle else _answer(_("HLOM portal"), [], None)


@require_safe
@_kept_calendar
def cycle(request: HttpRequest, slug: str) -> HttpResponse:
    """A cycle's roadmap."""
    return _cycle_feed(request, get_object_or_404(Cycle.objects.for_public(), slug=slug))


@require_safe
@_kept_calendar
def event(request: HttpRequest, slug: str) -> HttpResponse:
    """One event, to put into a calendar."""
    found = get_object_or_404(Event.objects.for_public(), slug=slug)
    response = _answer(found.title, [found], found.updated_at)
    response["Content-Disposition"] = f'attachment; filename="{found.slug}.ics"'
    return response


@require_safe
@_kept
def coming(request: PortalRequest, slug: str) -> HttpResponse:
    """The events of a cycle that are not over yet, soonest first, as Atom."""
    shown = get_object_or_404(Cycle.objects.for_public(), slug=slug)
    changed_at = _changed_at(shown) or request.at
    with translation.override(settings.LANGUAGE_CODE):
        events = shown.events.for_public().not_over(local_day(request.at, shown)).in_roadmap_order()
        content = atom_feed(
            _("%(title)s: coming events") % {"title": shown.title},
            [coming_entry(event, settings.SITE_URL + event.get_absolute_url()) for event in events],
            page=settings.SITE_URL + shown.get_absolute_url(),
            feed=settings.SITE_URL + request.path,
            changed_at=changed_at,
        )
    return HttpResponse(content, content_type="application/atom+xml; charset=utf-8")


@require_safe
@_kept
def changes(request: PortalRequest, slug: str) -> HttpResponse:
    """What changed last in a cycle's roadmap, newest first, as Atom."""
    shown = get_object_or_404(Cycle.objects.for_public(), slug=slug)
    with translation.override(settings.LANGUAGE_CODE):
        told = [described(change, shown) for change in changes_for_public(shown)[:_MOST_CHANGES]]
        content = atom_feed(
            _("%(title)s: what changed") % {"title": shown.title},
            [entry_of(one, settings.SITE_URL + one.change.event.get_absolute_url()) for one in told],
            page=settings.SITE_URL + reverse("events:changes", args=[slug]),
            feed=settings.SITE_URL + request.path,
            changed_at=told[0].change.at if told else shown.published_at or request.at,
        )
    return HttpResponse(content, content_type="application/atom+xml; charset=utf-8")


def feed_path(shown: Cycle | None, query: str = "") -> str:
    """Where the calendar of a cycle is, or of the current one if none is given, filtered by a query string."""
    path = reverse("feeds:cycle", args=[shown.slug]) if shown else reverse("feeds:current")
    return f"{path}?{query}" if query else path


def calendar_name(title: str, form: RoadmapFilterForm) -> str:
    """What a calendar program calls the calendar: the title, and what is let through if not all is."""
    chosen = form.chosen()
    if not chosen:
        return title
    # Not by commas: some programs show the sign that protects them.
    filters = " · ".join(_filter_words(form, name, value) for name, value in chosen.items())
    return _("%(title)s: %(filters)s") % {"title": title, "filters": filters}


def _filter_words(form: RoadmapFilterForm, name: str, value: str) -> str:
    choices = dict(getattr(form.fields[name], "choices", []))
    return str(choices[value]) if choices else _("“%(words)s”") % {"words": value}


def _cycle_feed(request: HttpRequest, shown: Cycle) -> HttpResponse:
    form = RoadmapFilterForm(request.GET)
    events = filter_events(shown.events.for_public(), form.chosen()).in_roadmap_order()
    with translation.override(settings.LANGUAGE_CODE):
        name = calendar_name(shown.title, form)
    return _answer(name, events, _changed_at(shown))


def _changed_at(shown: Cycle) -> datetime | None:
    """When the public part of a roadmap changed last; the going of an event is a change, a draft is none."""
    moments = [newest_public_change(shown.events.all()), shown.published_at]
    return max((moment for moment in moments if moment), default=None)


def _answer(name: str, events: Iterable[Event], changed_at: datetime | None) -> HttpResponse:
    # One language for all, whatever the browser prefers: a calendar is fetched by a machine.
    with translation.override(settings.LANGUAGE_CODE):
        content = ical.calendar(
            name,
            events,
            uid_host=settings.CALENDAR_UID_HOST,
            address_of=lambda event: settings.SITE_URL + event.get_absolute_url(),
            changed_at=changed_at,
        )
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    if changed_at:
        response["Last-Modified"] = http_date(changed_at.timestamp())
    return response
