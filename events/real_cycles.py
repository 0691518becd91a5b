"""The cycles that have taken place, with what is sourced of their roadmaps; each row of a file names its source."""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from events.loading import load_roadmap
from events.models import Cycle, Event

_DATA = Path(__file__).parent / "data"
FILES = {
    "grf-2019": "grf-2019.csv",
    "hls-2019": "hls-2019.csv",
    "hlom-2021": "roadmap-2021.csv",
    "grf-2023": "grf-2023.csv",
    "progress-review-2025": "progress-review-2025.csv",
}


@transaction.atomic
def load_real_cycles(*, at: datetime) -> dict[str, int]:
    """Fills those of the cycles that have no row yet, and publishes their rows; by cycle, how many rows were added.

    What staff wrote, changed or withdrew stays: a cycle with one row is left alone. So is a cycle that is not there.
    """
    # Two starts at once: the second waits, and finds them filled.
    cycles = Cycle.objects.select_for_update().filter(slug__in=FILES).order_by("pk")
    empty = [cycle for cycle in cycles if not Event.objects.filter(cycle=cycle).exists()]
    return {cycle.slug: _load(cycle, at=at) for cycle in empty}


def _load(cycle: Cycle, *, at: datetime) -> int:
    content = (_DATA / FILES[cycle.slug]).read_bytes()
    report = load_roadmap(content, cycle=cycle, at=at, actor=None, update=False, publish=True)
    return len(report.new)
