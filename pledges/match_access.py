"""Whose offers of support a person sees: those that the person's stakeholders made or were made."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import Stakeholder
from pledges import matching
from pledges.models import Pledge, PledgeMatch, PledgeParty
from pledges.models.pledge import PledgeQuerySet


def led_by(stakeholders: Iterable[Stakeholder]) -> PledgeQuerySet:
    """Pledges that these stakeholders lead now, published or not."""
    keys = [row.pk for row in stakeholders]
    leads = PledgeParty.objects.filter(role=PledgeParty.Role.LEAD, version__valid_until=None)
    own = leads.filter(Q(stakeholder__in=keys) | Q(stakeholder__merged_into__in=keys))
    return Pledge.objects.filter(pk__in=own.values("version__pledge"))


def offers_of(stakeholders: Iterable[Stakeholder]) -> QuerySet[PledgeMatch]:
    """Offers that these stakeholders made or were made."""
    own = list(stakeholders)
    offered = Q(stakeholder__in=own) | Q(stakeholder__merged_into__in=own)
    return PledgeMatch.objects.filter(offered | Q(pledge__in=led_by(own).values("pk")))


def waiting_for(stakeholders: Iterable[Stakeholder]) -> QuerySet[PledgeMatch]:
    """Offers to which these stakeholders have not answered yet, what waits longest first."""
    rows = PledgeMatch.objects.filter(state=PledgeMatch.State.OFFERED, pledge__in=led_by(stakeholders).values("pk"))
    return rows.order_by("offered_at", "pk")


def asking_others(stakeholders: Iterable[Stakeholder], *, at: datetime) -> PledgeQuerySet:
    """Published policy pledges that ask for support and that none of these stakeholders leads."""
    own = led_by(stakeholders).values("pk")
    return matching.asking(Pledge.objects.published_by(at)).exclude(pk__in=own).order_by("reference")
