"""Every figure about pledges that is shown anywhere, each with its base."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, Exists, F, OuterRef, Q

from pledges.models import Pledge, PledgeParty, ProgressUpdate, Stage
from pledges.models.pledge import PledgeQuerySet
from pledges.models.update import ProgressUpdateQuerySet
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
    # The database keeps each entity once in a version, so only those that became another can stand there twice. To
    # look for these few costs half of telling all rows apart.
    remains = OuterRef("stakeholder__merged_into")
    same = PledgeParty.objects.filter(version=OuterRef("version")).filter(
        Q(stakeholder=remains) | Q(stakeholder__merged_into=remains, pk__lt=OuterRef("pk"))
    )
    return parties.order_by().filter(Q(stakeholder__merged_into=None) | ~Exists(same)).count()


def counts_of_all_published(*, at: datetime) -> StageCounts:
    """The same as ``stage_counts`` and ``entity_count`` say of all published pledges, in three queries.

    It begins with the updates, of which it takes the last of each pledge at once; ``stage_counts`` looks up the last
    update of one pledge after the other, which is better for a few and takes twice as long for 100,000.
    """
    pledges = Pledge.objects.published_by(at).order_by()
    base = pledges.aggregate(all=Count("pk"), samples=Count("pk", filter=Q(is_sample=True)))
    counted: ProgressUpdateQuerySet = ProgressUpdate.objects.accepted_as_of(at)
    moment = OuterRef("first_submitted_at")
    later = counted.filter(pledge=OuterRef("pledge")).filter(
        Q(first_submitted_at__gt=moment) | Q(first_submitted_at=moment, pk__gt=OuterRef("pk"))
    )
    last = counted.filter(~Exists(later), pledge__in=pledges.values("pk")).order_by()
    found = dict(last.values_list("stage").annotate(count=Count("pk")))
    return StageCounts(
        as_of=at,
        by_stage={stage: found.get(stage, 0) for stage in Stage.values},
        without_update=base["all"] - sum(found.values()),
        samples=base["samples"],
        entities=entity_count(pledges),
    )


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
