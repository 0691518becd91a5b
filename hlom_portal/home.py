"""The home page: what is next, what is open, and how to take part."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from events.models import Cycle, Event
from events.moves import with_moves
from events.roadmap import RoadmapRow, local_day, place_in_time
from foundation.http import PortalRequest
from pledges.models import UpdateWindow

_SHOWN = 3


@require_safe
def home(request: PortalRequest) -> HttpResponse:
    """Says honestly when nothing is next, and shows what came last instead."""
    cycle = Cycle.objects.current()
    rows = _all_rows(request, cycle) if cycle else []
    ahead = [row for row in rows if not row.is_over and row.event.status != Event.Status.CANCELLED]
    # What goes on for months must not hide what comes next.
    coming = [row for row in ahead if not row.is_now]
    context = {
        "cycle": cycle,
        "today": local_day(request.at, cycle) if cycle else None,
        "now": [row for row in ahead if row.is_now],
        "next": coming[:_SHOWN],
        "last": [] if ahead else [row for row in rows if row.is_over][-_SHOWN:],
        "window": _open_window(request),
    }
    return render(request, "home.html", context)


def _all_rows(request: PortalRequest, cycle: Cycle) -> list[RoadmapRow]:
    today = local_day(request.at, cycle)
    events = with_moves(cycle.events.for_public().in_roadmap_order())
    return [place_in_time(event, request.at, today) for event in events]


def _open_window(request: PortalRequest) -> UpdateWindow | None:
    # A day of margin on both sides for any zone; the window itself decides.
    around = UpdateWindow.objects.filter(
        cycle__published_at__isnull=False,
        opens_on__lte=request.at.date() + timedelta(days=1),
        closes_on__gte=request.at.date() - timedelta(days=1),
    )
    windows = around.select_related("cycle").order_by("closes_on")
    return next((window for window in windows if window.is_open(request.at)), None)
