"""The roadmap as a list by month, and as a sheet of paper."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from events.models import Cycle, EventQuerySet
from events.roadmap import by_month, local_day
from events.stamp import CALENDAR
from events.views.shown import Shown, other_cycles, shown_to_public
from foundation.http import PortalRequest
from foundation.page_cache import kept_for_everybody
from foundation.stamps import stamp_of


@require_safe
@kept_for_everybody(stamp=CALENDAR)
def calendar(request: PortalRequest) -> HttpResponse:
    """The current cycle's roadmap; between two cycles a page that says so."""
    cycle = Cycle.objects.current()
    if cycle is None:
        return render(request, "events/no_current_cycle.html", {"other_cycles": other_cycles(None)})
    shown = Shown(cycle, cycle.events.for_public(), request.GET)
    return _list(request, shown, feed=reverse("feeds:current"))


@require_safe
@kept_for_everybody(stamp=CALENDAR)
def roadmap(request: PortalRequest, slug: str) -> HttpResponse:
    """One cycle's roadmap by month."""
    return _list(request, shown_to_public(request, slug))


@require_safe
@kept_for_everybody(stamp=CALENDAR)
def printed(request: PortalRequest, slug: str) -> HttpResponse:
    """One cycle's roadmap as a table that fits on a sheet of A4."""
    shown = shown_to_public(request, slug)
    context = shown.context("printed", rows=shown.events, today=local_day(request.at, shown.cycle))
    return render(request, "events/print.html", context | {"at": request.at})


def render_roadmap(
    request: PortalRequest, cycle: Cycle, events: EventQuerySet, *, feed: str, preview: bool = False
) -> HttpResponse:
    """The roadmap page of the given events; the admin's preview gives unpublished ones as well."""
    return _list(request, Shown(cycle, events, request.GET, preview), feed=feed)


def _list(request: PortalRequest, shown: Shown, *, feed: str | None = None) -> HttpResponse:
    events = shown.events
    context = shown.context(
        "roadmap",
        feed=feed,
        months=by_month(events, request.at, shown.cycle),
        found=len(events),
        all_count=shown.all_events.count() if shown.query else len(events),
        today=local_day(request.at, shown.cycle),
        # Asked for by the template only when nothing is kept for this stamp.
        other_cycles=lambda: other_cycles(shown.cycle),
        stamp=stamp_of(request, CALENDAR),
    )
    return render(request, "events/roadmap.html", context)
