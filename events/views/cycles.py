"""All forums and meetings."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from events.roadmap import local_day
from events.stamp import CALENDAR
from events.views.shown import other_cycles
from foundation.http import PortalRequest
from foundation.page_cache import kept_for_everybody


@require_safe
@kept_for_everybody(stamp=CALENDAR)
def cycles(request: PortalRequest) -> HttpResponse:
    """What is coming and what has been, each with its roadmap."""
    everything = other_cycles(None)
    past = [cycle for cycle in everything if cycle.ends_on and cycle.ends_on < local_day(request.at, cycle)]
    coming = [cycle for cycle in reversed(everything) if cycle not in past]
    return render(request, "events/cycles.html", {"coming": coming, "past": past})
