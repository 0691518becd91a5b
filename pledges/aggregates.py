"""Every figure about pledges that is shown anywhere, each with its base."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce

from pledges.models import PledgeParty, Stage
from pledges.models.pledge import PledgeQuerySet
from pledges.selectors import with_stage


@dataclass(frozen=True)
class Figure:
    """A count, and of how many."""

    count: int
    base: int

    @property
    def percent(self) -> Decimal | None:
        """The share of the base in percent, half-up with one decimal; None of nothing.

        UNHCR printed 22.2 % for 67 of 301 in August 2020, which is 22.26 %: show the count beside the share.
        """
        if not self.base:
            return None
        return (Decimal(100 * self.count) / self.base).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class StageCounts:
    """How many of some pledges stood where at a moment. Every pledge counts once, joint ones too."""

    as_of: datetime
    by_stage: dict[str, int]
    without_update: int
    samples: int
    # The same pledges, each counted once for every entity that stands behind it now; None where nobody asked.
    entities: int | None = None

    @property
    def with_update(self) -> int:
        """The base of published trends: pledges on which an update was accepted."""
        return sum(self.by_stage.values())

    @property
    def total(self) -> int:
        """All pledges that were counted."""
        return self.with_update + self.without_update

    @property
    def coverage(self) -> Figure:
        """Pledges on which an update was accepted, among all."""
        return Figure(self.with_update, self.total)

    def of_updated(self, stage: str) -> Figure:
        """A stage among the pledges with an update."""
        return Figure(self.by_stage[stage], self.with_update)

    def of_all(self, stage: str) -> Figure:
        """A stage among all pledges."""
        return Figure(self.by_stage[stage], self.total)

    @property
    def none_of_all(self) -> Figure:
        """Pledges without an update among all."""
        return Figure(self.without_update, self.total)


def entity_count(pledges: PledgeQuerySet) -> int:
    """The same pledges counted once for each entity that stands behind them now, in one query.

    A joint pledge of three entities counts three times here and once everywhere else; labels ("118 actors") are
    no entities. Of entries that became one, the one that is left counts.
    """
    parties = PledgeParty.objects.filter(
        version__pledge__in=pledges.order_by().values("pk"), version__valid_until=None, stakeholder__isnull=False
    )
    entity = Coalesce("stakeholder__merged_into", "stakeholder")
    return parties.order_by().annotate(entity=entity).values("version", "entity").distinct().count()


def stage_counts(*, at: datetime, pledges: PledgeQuerySet) -> StageCounts:
    """The stages of ``pledges`` as they stood at ``at``, in one query."""
    grouped = with_stage(pledges.order_by(), at=at).values(standing=F("stage"))
    rows = list(grouped.annotate(count=Count("pk"), samples=Count("pk", filter=Q(is_sample=True))))
    found = {row["standing"]: row["count"] for row in rows}
    return StageCounts(
        as_of=at,
        by_stage={stage: found.get(stage, 0) for stage in Stage.values},
        without_update=found.get(None, 0),
        samples=sum(row["samples"] for row in rows),
    )
