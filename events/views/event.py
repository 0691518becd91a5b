"""The page of one event."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from events.changes import described_changes
from events.links import safe_links
from events.models import Event, EventQuerySet
from events.roadmap import local_day, place_in_time
from foundation.http import PortalRequest


@require_safe
def event(request: PortalRequest, slug: str) -> HttpResponse:
    """One row of a roadmap with all that is public about it."""
    found = get_object_or_404(Event.objects.for_public().select_related("cycle"), slug=slug)
    return render_event(request, found, found.cycle.events.for_public())


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
