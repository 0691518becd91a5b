"""The page of one event."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from events.changes import described_changes
from events.json_ld import as_script, event_data
from events.links import safe_links
from events.models import Event, EventQuerySet
from events.moves import with_moves
from events.roadmap import local_day, place_in_time
from events.stamp import CALENDAR
from foundation.http import PortalRequest
from foundation.page_cache import kept_for_everybody


@require_safe
@kept_for_everybody(stamp=CALENDAR)
def event(request: PortalRequest, slug: str) -> HttpResponse:
    """One row of a roadmap with all that is public about it."""
    found = get_object_or_404(with_moves(Event.objects.for_public().select_related("cycle")), slug=slug)
    return render_event(request, found, found.cycle.events.for_public())


def render_event(
    request: PortalRequest, found: Event, neighbours: EventQuerySet, *, preview: bool = False
) -> HttpResponse:
    """An event's page; ``neighbours`` are those that the reader may see, to go on to."""
    around = list(
        neighbours.in_roadmap_order().only("pk", "cycle", "slug", "title", "starts_on", "ends_before", "precision")
    )
    here = next((index for index, other in enumerate(around) if other.pk == found.pk), None)
    row = place_in_time(found, request.at, local_day(request.at, found.cycle))
    moves = row.moves
    address = settings.SITE_URL + found.get_absolute_url()
    data = event_data(found, url=address, moved_from=moves.first_day, moved_online=bool(moves.place))
    context = {
        "event": found,
        "cycle": found.cycle,
        "row": row,
        "json_ld": "" if preview else as_script(data),
        "links": safe_links(found.links),
        "changes": described_changes(found),
        "previous": around[here - 1] if here else None,
        "next": around[here + 1] if here is not None and here + 1 < len(around) else None,
        "preview": preview,
    }
    return render(request, "events/event.html", context)
