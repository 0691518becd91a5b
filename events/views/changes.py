"""What changed in a roadmap."""

from collections.abc import Iterable
from itertools import groupby

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from events.changes import DescribedChange, changes_for_public, described
from events.models import Cycle
from events.roadmap import local_day
from events.stamp import CALENDAR
from events.views.shown import subscription
from foundation.http import PortalRequest
from foundation.page_cache import kept_for_everybody

_PAGE = 50


@require_safe
@kept_for_everybody(stamp=CALENDAR)
def changes(request: PortalRequest, slug: str) -> HttpResponse:
    """Every announced change of a cycle's public events, newest first, by day."""
    cycle = get_object_or_404(Cycle.objects.for_public(), slug=slug)
    page = Paginator(changes_for_public(cycle), _PAGE).get_page(request.GET.get("page"))
    told = [described(change, cycle) for change in page]
    context = {
        "cycle": cycle,
        "page": page,
        "days": [(day, _by_edit(of_day)) for day, of_day in groupby(told, lambda change: change.day)],
        "today": local_day(request.at, cycle),
        **subscription(reverse("feeds:cycle", args=[cycle.slug])),
    }
    return render(request, "events/changes.html", context)


def _by_edit(told: Iterable[DescribedChange]) -> list[list[DescribedChange]]:
    """What was changed about one event at one moment, together: readers are told once of which event."""
    return [list(of_edit) for _key, of_edit in groupby(told, lambda one: (one.change.event_id, one.change.at))]
