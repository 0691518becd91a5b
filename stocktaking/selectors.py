"""Reading findings for the public list."""

from datetime import datetime

from django.db.models import Case, IntegerField, Prefetch, Value, When

from events.models import Event
from pledges.models import Pledge, PledgeVersion, Theme
from stocktaking.models import Finding, FindingQuerySet


def listed(findings: FindingQuerySet, *, at: datetime) -> FindingQuerySet:
    """In the order of the list, with theme and with what is public at ``at`` of event and pledges.

    ``event`` is None for an event that is not public; ``pledges.all()`` holds public pledges only.
    """
    events = Event.objects.for_public().select_related("cycle")
    versions = PledgeVersion.objects.filter(valid_until=None)
    pledges = Pledge.objects.published_by(at).prefetch_related(Prefetch("versions", queryset=versions))
    return (
        findings.select_related("theme")
        .prefetch_related(
            Prefetch("event", queryset=events), Prefetch("pledges", queryset=pledges.order_by("reference"))
        )
        .order_by("theme__position", "theme__name", _kind_order(), "pk")
    )


def choices(name: str) -> list[tuple[str, str]]:
    """The themes, or the public events, that public findings have: what the list can be filtered by."""
    shown = Finding.objects.for_public()
    if name == "theme":
        return list(Theme.objects.filter(findings__in=shown).distinct().values_list("slug", "name"))
    events = Event.objects.for_public().filter(findings__in=shown).distinct().in_roadmap_order()
    return [(event.slug, event.title) for event in events]


def _kind_order() -> Case:
    """In the order in which the kinds are named: progress first."""
    positions = [When(kind=kind, then=Value(position)) for position, kind in enumerate(Finding.Kind.values)]
    return Case(*positions, default=Value(len(positions)), output_field=IntegerField())
