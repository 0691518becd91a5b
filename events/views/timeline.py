"""The roadmap as a drawing over the year, with its table."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from events.roadmap import local_day
from events.stamp import CALENDAR
from events.timeline import timeline
from events.views.shown import shown_to_public
from foundation.http import PortalRequest
from foundation.page_cache import kept_for_everybody


@require_safe
@kept_for_everybody(stamp=CALENDAR)
def year(request: PortalRequest, slug: str) -> HttpResponse:
    """All of a cycle's events between January and December of its years, and the same rows as a table."""
    shown = shown_to_public(request, slug)
    rows = list(shown.events)
    today = local_day(request.at, shown.cycle)
    more = {"rows": rows, "drawing": timeline(rows, today), "today": today}
    return render(request, "events/timeline.html", shown.context("timeline") | more)
