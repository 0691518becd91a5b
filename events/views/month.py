"""The roadmap as the grid of one month."""

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from events.month_grid import Span, is_within, month_grid, span_of
from events.roadmap import local_day
from events.stamp import CALENDAR
from events.views.shown import Shown, shown_to_public
from foundation.http import PortalRequest
from foundation.page_cache import kept_for_everybody


@require_safe
@kept_for_everybody(stamp=CALENDAR)
def month(request: PortalRequest, slug: str, first_day: date | None = None) -> HttpResponse:
    """One month; without a month in the address this month, or the nearest that the roadmap has."""
    shown = shown_to_public(request, slug)
    everything = list(shown.all_events)
    today = local_day(request.at, shown.cycle)
    span = span_of(everything) or Span(today.replace(day=1), today.replace(day=1))
    first_day = first_day or span.nearest(_usual_day(shown, today, span))
    if not is_within(span, first_day):
        raise Http404(_("The roadmap has nothing in that month."))
    grid = month_grid(first_day, shown.events, today)
    before, after = span.around(first_day)
    more = {
        "month": grid,
        "weekdays": [day.day for day in grid.weeks[0]],
        "before": _link(shown, before),
        "after": _link(shown, after),
        "today": today,
    }
    return render(request, "events/month.html", shown.context("month") | more)


def _usual_day(shown: Shown, today: date, span: Span) -> date:
    """Today; of a cycle that is over, the day of its meeting."""
    over = today.replace(day=1) > span.last
    return shown.cycle.starts_on or span.last - timedelta(days=1) if over else today


def _link(shown: Shown, first_day: date | None) -> dict[str, Any] | None:
    if first_day is None:
        return None
    address = reverse("events:month", args=[shown.cycle.slug, first_day])
    return {"first_day": first_day, "address": f"{address}?{shown.query}" if shown.query else address}
