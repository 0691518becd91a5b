"""The calendar's pages."""

from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from events.changes import described_changes
from events.links import safe_links
from events.models import Cycle, Event, EventQuerySet
from events.roadmap import by_month, local_day, place_in_time
from foundation.http import PortalRequest


@require_safe
def calendar(request: PortalRequest) -> HttpResponse:
    """The current cycle's roadmap; between two cycles a page that says so."""
    cycle = Cycle.objects.current()
    if cycle is None:
        return render(request, "events/no_current_cycle.html", {"other_cycles": _other_cycles(None)})
    return render_roadmap(request, cycle, cycle.events.for_public(), feed=reverse("feeds:current"))


@require_safe
def roadmap(request: PortalRequest, slug: str) -> HttpResponse:
    """One cycle's roadmap by month."""
    cycle = get_object_or_404(Cycle.objects.for_public(), slug=slug)
    return render_roadmap(request, cycle, cycle.events.for_public(), feed=reverse("feeds:cycle", args=[slug]))


@require_safe
def event(request: PortalRequest, slug: str) -> HttpResponse:
    """One row of a roadmap with all that is public about it."""
    found = get_object_or_404(Event.objects.for_public().select_related("cycle"), slug=slug)
    return render_event(request, found, found.cycle.events.for_public())


def render_roadmap(
    request: PortalRequest, cycle: Cycle, events: EventQuerySet, *, feed: str, preview: bool = False
) -> HttpResponse:
    """The roadmap page of the given events; the admin's preview gives unpublished ones as well."""
    context: dict[str, Any] = {
        "cycle": cycle,
        "months": by_month(events.in_roadmap_order(), request.at, cycle),
        "today": local_day(request.at, cycle),
        "feed": feed,
        "other_cycles": _other_cycles(cycle),
        "preview": preview,
    }
    return render(request, "events/roadmap.html", context | subscription(feed))


def render_event(
    request: PortalRequest, found: Event, neighbours: EventQuerySet, *, preview: bool = False
) -> HttpResponse:
    """An event's page; ``neighbours`` are those that the reader may see, to go on to."""
    around = list(
        neighbours.in_roadmap_order().only("pk", "cycle", "slug", "title", "starts_on", "ends_before", "precision")
    )
    here = next((index for index, other in enumerate(around) if other.pk == found.pk), None)
    context = {
        "event": found,
        "cycle": found.cycle,
        "row": place_in_time(found, request.at, local_day(request.at, found.cycle)),
        "links": safe_links(found.links),
        "changes": described_changes(found),
        "previous": around[here - 1] if here else None,
        "next": around[here + 1] if here is not None and here + 1 < len(around) else None,
        "preview": preview,
    }
    return render(request, "events/event.html", context)


def subscription(feed: str) -> dict[str, str]:
    """The two addresses under which a feed is subscribed to: one to click, one to copy."""
    address = settings.SITE_URL + feed
    return {"feed_address": address, "feed_webcal": f"webcal:{address.split(':', 1)[1]}"}


def _other_cycles(cycle: Cycle | None) -> list[Cycle]:
    public = Count("events", filter=Q(events__published_at__isnull=False))
    # Grouping takes the model's own order away.
    others = Cycle.objects.for_public().annotate(events_shown=public).order_by("-starts_on", "slug")
    return list(others.exclude(pk=cycle.pk) if cycle else others)
