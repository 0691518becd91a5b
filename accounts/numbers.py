"""Figures of stakeholders that rooms to the right know, shown in the lists of this one."""

from collections.abc import Callable
from datetime import datetime

from django.db.models.expressions import Combinable

# A figure of the stakeholder in the outer query, at a moment.
Figure = Callable[[datetime], Combinable]
_published_pledges: list[Figure] = []


def register_published_pledges(figure: Figure) -> None:
    """Lets the room of the pledges say how many public ones a stakeholder stands behind."""
    _published_pledges[:] = [figure]


def published_pledges(at: datetime) -> Combinable | None:
    """That figure at ``at`` for a queryset of stakeholders; None while nobody knows it."""
    return _published_pledges[0](at) if _published_pledges else None
