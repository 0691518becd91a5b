"""What search engines may list: public pages only, each room by its own queryset for the public."""

from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.urls import reverse

from events.models import Cycle, Event, MeetingText, Session
from foundation.clock import now
from pledges.models import Pledge

Item = TypeVar("Item")


class PortalSitemap(Sitemap, Generic[Item]):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """Addresses as in mails and feeds, whatever host a request was sent to."""

    limit = 10_000

    def get_protocol(self, protocol: str | None = None) -> str:
        """That of the portal's own address."""
        return str(urlsplit(settings.SITE_URL).scheme)

    def get_domain(self, site: Any = None) -> str:
        """That of the portal's own address."""
        return str(urlsplit(settings.SITE_URL).netloc)


class PagesSitemap(PortalSitemap[str]):
    """The pages that are always there."""

    def items(self) -> list[str]:
        """Their names."""
        return ["home", "events:calendar", "events:cycles", "pledges:registry", "stocktaking:findings"]

    def location(self, item: str) -> str:
        """The address of a name."""
        return reverse(item)


class CyclesSitemap(PortalSitemap[Cycle]):
    """The roadmaps."""

    def items(self) -> QuerySet[Cycle]:
        """Public ones."""
        return Cycle.objects.for_public().annotate(changed_at=Max("events__updated_at")).order_by("pk")

    def lastmod(self, item: Cycle) -> datetime | None:
        """When a row of the roadmap changed last."""
        changed_at: datetime | None = item.changed_at  # type: ignore[attr-defined]
        return changed_at


class EventsSitemap(PortalSitemap[Event]):
    """The events."""

    def items(self) -> QuerySet[Event]:
        """Public ones."""
        return Event.objects.for_public().order_by("pk")

    def lastmod(self, item: Event) -> datetime:
        """When the row changed last."""
        return item.updated_at


class MeetingsSitemap(PortalSitemap[Cycle]):
    """The meetings' own pages."""

    def items(self) -> QuerySet[Cycle]:
        """Those with something to read."""
        texts = MeetingText.objects.for_public().filter(cycle=OuterRef("pk"))
        return Cycle.objects.for_public().filter(Exists(texts)).order_by("pk")

    def location(self, item: Cycle) -> str:
        """The page about the meeting; it leads to the others."""
        return reverse("events:meeting", args=[item.slug])


class ProgrammesSitemap(PortalSitemap[Event]):
    """The programmes."""

    def items(self) -> QuerySet[Event]:
        """Those with a public session."""
        sessions = Session.objects.for_public().filter(event=OuterRef("pk"))
        return Event.objects.for_public().filter(Exists(sessions)).order_by("pk")

    def location(self, item: Event) -> str:
        """The page of the programme."""
        return reverse("events:programme", args=[item.slug])


class PledgesSitemap(PortalSitemap[Pledge]):
    """The pledges; samples are not for the world."""

    def items(self) -> QuerySet[Pledge]:
        """Public ones."""
        return Pledge.objects.published_by(now()).filter(is_sample=False).order_by("pk")


SITEMAPS = {
    "pages": PagesSitemap,
    "cycles": CyclesSitemap,
    "events": EventsSitemap,
    "programmes": ProgrammesSitemap,
    "meetings": MeetingsSitemap,
    "pledges": PledgesSitemap,
}
