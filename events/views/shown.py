"""What every view of a roadmap needs: the cycle, the filtered rows, and the ways on that keep the filters."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Q
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from events.filters import RoadmapFilterForm, asks_for_filter, filter_events
from events.models import Cycle, Event, EventQuerySet
from events.moves import add_moves
from events.stamp import CALENDAR
from foundation.fragments import kept_value
from foundation.http import PortalRequest
from foundation.stamps import stamp_of

# The views of a roadmap: the address's name in events.urls, and what readers call it.
_VIEWS = ("roadmap", "month", "timeline", "printed")


@dataclass
class Shown:
    """A cycle's rows as one reader asked for them; ``all_events`` are those without the filters."""

    cycle: Cycle
    all_events: EventQuerySet
    asked: QueryDict
    preview: bool = False

    def __post_init__(self) -> None:
        # Most readers ask for no filter, and to most of them the kept form is shown: it is not built for them.
        self.form: RoadmapFilterForm = SimpleLazyObject(partial(RoadmapFilterForm, self.asked))  # type: ignore[assignment]
        self.refused = bool(asks_for_filter(self.asked) and self.form.errors)
        self.chosen = self.form.chosen() if asks_for_filter(self.asked) else {}
        self.query = urlencode(self.chosen)

    @property
    def events(self) -> list[Event]:
        """The rows that the filters let through, in roadmap order, with their moves."""
        if self.chosen or self.preview:
            return add_moves(list(filter_events(self.all_events, self.chosen).in_roadmap_order()))
        # To put this query together takes longer than to answer it, and it is the same for every reader.
        sql, params = kept_value(self._unfiltered_sql, "roadmap-sql", self.cycle.pk)
        return add_moves(list(Event.objects.raw(sql, params)))

    def _unfiltered_sql(self) -> tuple[str, tuple[Any, ...]]:
        found: tuple[str, tuple[Any, ...]] = self.all_events.in_roadmap_order().query.sql_with_params()
        return found

    def context(self, view: str, *, feed: str | None = None, **more: Any) -> dict[str, Any]:
        """What the templates of all views share; ``view`` is the one that is shown."""
        found_feed = feed or reverse("feeds:cycle", args=[self.cycle.slug])
        return {
            "cycle": self.cycle,
            "form": self.form,
            "query": self.query,
            "refused": self.refused,
            "filters_open": bool(self.query or self.refused),
            "views": [] if self.preview else partial(self._views, view),
            "canonical": settings.SITE_URL + self._address(view),
            "clear": reverse(f"events:{view}", args=[self.cycle.slug]),
            "preview": self.preview,
            **subscription(found_feed + (f"?{self.query}" if self.query else "")),
            **more,
        }

    def _address(self, view: str) -> str:
        address = reverse(f"events:{view}", args=[self.cycle.slug])
        return f"{address}?{self.query}" if self.query else address

    def _views(self, current: str) -> list[dict[str, Any]]:
        names = {"roadmap": _("List"), "month": _("Month"), "timeline": _("Year"), "printed": _("Print")}
        return [{"name": names[view], "address": self._address(view), "is_current": view == current} for view in _VIEWS]


def shown_to_public(request: PortalRequest, slug: str) -> Shown:
    """What anybody may see of a cycle, as the query string asks. Raises Http404 for a cycle that is not public."""
    cycle = public_cycle(request, slug)
    return Shown(cycle, cycle.events.for_public(), request.GET)


def public_cycle(request: PortalRequest, slug: str) -> Cycle:
    """A public cycle, read again only after something of the calendar has changed. Raises Http404."""
    stamp = stamp_of(request, CALENDAR)
    return kept_value(lambda: get_object_or_404(Cycle.objects.for_public(), slug=slug), "cycle", slug, stamp)


def subscription(feed: str) -> dict[str, str]:
    """The addresses under which a feed is subscribed to: one to click, one to copy, one to download."""
    address = settings.SITE_URL + feed
    return {"feed": feed, "feed_address": address, "feed_webcal": f"webcal:{address.split(':', 1)[1]}"}


def other_cycles(cycle: Cycle | None) -> list[Cycle]:
    """The public cycles but this one, latest first, each with ``events_shown``."""
    public = Count("events", filter=Q(events__published_at__isnull=False))
    # Grouping takes the model's own order away.
    others = Cycle.objects.for_public().annotate(events_shown=public).order_by("-starts_on", "slug")
    return list(others.exclude(pk=cycle.pk) if cycle else others)
