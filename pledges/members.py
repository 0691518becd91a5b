"""What is part of a multi-stakeholder pledge or of an initiative, for the public."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator

from pledges import selectors
from pledges.aggregates import StageCounts, stage_counts
from pledges.models import Pledge
from pledges.models.pledge import PledgeQuerySet
from pledges.stage_bar import StageRow, stage_rows

PAGE_SIZE = 25


@dataclass(frozen=True)
class MembersPage:
    """Some of the members of a pledge, and how far all of them are."""

    page: Page[Pledge]
    counts: StageCounts

    @property
    def rows(self) -> list[StageRow]:
        """The counts from fulfilled to no update."""
        return stage_rows(self.counts)


def public_members(parent: Pledge, *, at: datetime) -> PledgeQuerySet:
    """The published pledges that are part of ``parent`` at ``at``."""
    return Pledge.objects.published_by(at).filter(parent=parent)


def members_page(parent: Pledge, *, number: str | None, at: datetime) -> MembersPage | None:
    """One page of the members by reference, None of a pledge that has none; a bad number gives the nearest page."""
    if parent.kind == Pledge.Kind.SINGLE:
        return None
    members = public_members(parent, at=at)
    counts = stage_counts(at=at, pledges=members)
    if not counts.total:
        return None
    listed = selectors.with_confirmation(selectors.with_stage(members, at=at), at=at).order_by("reference")
    return MembersPage(Paginator(selectors.with_open_version(listed), PAGE_SIZE).get_page(number), counts)
