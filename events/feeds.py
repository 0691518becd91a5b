"""Calendars to subscribe to: one address each for ever, the same bytes for everybody until something changes."""

from collections.abc import Iterable
from datetime import datetime
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.http import http_date, parse_http_date_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from events import ical
from events.change_feed import change_feed
from events.changes import changes_for_public, described
from events.coming import coming_feed
from events.filters import RoadmapFilterForm, filter_events
from events.models import Cycle, Event
from events.roadmap import local_day
from foundation.http import PortalRequest, mark_same_for_everybody
from foundation.models import HistoryEntry
from foundation.page_cache import View

# As many as a reader who looks once a month may have missed.
_MOST_CHANGES = 100


def _conditional(view: View) -> View:
    """Answers 304 to who has the same bytes, or was last told this very moment of change.

    Any other moment, a later one too, gets the whole: another cycle may have become the current one.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        set_response_etag(response)
        told, changed = request.headers.get("If-Modified-Since"), response.get("Last-Modified")
        changed_at = parse_http_date_safe(changed) if changed and told == changed else None
        conditional = get_conditional_response(request, response["ETag"], changed_at, response) or response
        mark_same_for_everybody(conditional)
        return conditional

    return cast("View", cache_control(public=True, no_cache=True)(answer))


@require_safe
@_conditional
def current(request: HttpRequest) -> HttpResponse:
    """The current cycle's roadmap; empty between two cycles, so that subscriptions survive."""
    current_cycle = Cycle.objects.current()
    return _cycle_feed(request, current_cycle) if current_cycle else _answer(_("HLOM portal"), [], None)


@require_safe
@_conditional
def cycle(request: HttpRequest, slug: str) -> HttpResponse:
    """A cycle's roadmap."""
    return _cycle_feed(request, get_object_or_404(Cycle.objects.for_public(), slug=slug))


@require_safe
@_conditional
def event(request: HttpRequest, slug: str) -> HttpResponse:
    """One event, to put into a calendar."""
    found = get_object_or_404(Event.objects.for_public(), slug=slug)
    response = _answer(found.title, [found], found.updated_at)
    response["Content-Disposition"] = f'attachment; filename="{found.slug}.ics"'
    return response


@require_safe
@_conditional
def coming(request: PortalRequest, slug: str) -> HttpResponse:
    """The events of a cycle that are not over yet, soonest first, as Atom."""
    shown = get_object_or_404(Cycle.objects.for_public(), slug=slug)
    changed_at = _changed_at(shown) or request.at
    with translation.override(settings.LANGUAGE_CODE):
        content = coming_feed(
            _("%(title)s: coming events") % {"title": shown.title},
            shown.events.for_public().not_over(local_day(request.at, shown)).in_roadmap_order(),
            page=settings.SITE_URL + shown.get_absolute_url(),
            feed=settings.SITE_URL + request.path,
            changed_at=changed_at,
            address_of=lambda event: settings.SITE_URL + event.get_absolute_url(),
        )
    return HttpResponse(content, content_type="application/atom+xml; charset=utf-8")


@require_safe
@_conditional
def changes(request: PortalRequest, slug: str) -> HttpResponse:
    """What changed last in a cycle's roadmap, newest first, as Atom."""
    shown = get_object_or_404(Cycle.objects.for_public(), slug=slug)
    with translation.override(settings.LANGUAGE_CODE):
        told = [described(change, shown) for change in changes_for_public(shown)[:_MOST_CHANGES]]
        content = change_feed(
            _("%(title)s: what changed") % {"title": shown.title},
            told,
            page=settings.SITE_URL + reverse("events:changes", args=[slug]),
            feed=settings.SITE_URL + request.path,
            changed_at=told[0].change.at if told else shown.published_at or request.at,
            address_of=lambda event: settings.SITE_URL + event.get_absolute_url(),
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
    withdrawn = HistoryEntry.objects.filter(subject_type="event", subject_uuid=OuterRef("uuid"), verb="event.withdrawn")
    public = shown.events.filter(Q(published_at__isnull=False) | Exists(withdrawn))
    moments = [public.aggregate(newest=Max("updated_at"))["newest"], shown.published_at]
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
