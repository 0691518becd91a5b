"""The figures of all published pledges, worked out once a minute at most and anew after each change."""

from datetime import timedelta

from foundation import history
from foundation.fragments import kept_value
from foundation.http import PortalRequest
from pledges.aggregates import StageCounts, counts_of_all_published

# No transaction takes longer, not even one that loads the largest file.
_LONGEST = timedelta(hours=1)
# What people write that often, and what changes no figure.
_CHANGES_NOTHING = ("draft saved", "confirmed no change")


def figures_of_all(request: PortalRequest) -> StageCounts:
    """The stages of all published pledges. What every change writes down in the history tells whether they hold."""
    minute = request.at.replace(second=0, microsecond=0)
    # Counted from a fixed moment, or an old entry could leave as a new one comes. Read before the figures are: what
    # is kept can be newer than its number, never older.
    changes = history.count_since(minute.replace(minute=0) - _LONGEST, besides=_CHANGES_NOTHING)
    return kept_value(
        lambda: counts_of_all_published(at=request.at),
        "stages of all pledges",
        minute,
        changes,
    )
