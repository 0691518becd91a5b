"""A bar of stages as widths, for the template that draws it."""

from dataclasses import dataclass

from pledges.aggregates import Figure, StageCounts
from pledges.models import Stage

WIDTH = 1000


@dataclass(frozen=True)
class StageRow:
    """One stage in the table and in the bar; lengths are of a bar ``WIDTH`` long. ``of_updated`` is None for none."""

    stage: str
    of_updated: Figure | None
    of_all: Figure
    begins: int
    length: int


def stage_rows(counts: StageCounts) -> list[StageRow]:
    """From fulfilled to no update; the lengths add up to the whole bar unless there is nothing to show."""
    stages = [Stage.FULFILLED, Stage.IN_PROGRESS, Stage.PLANNING]
    figures: list[tuple[str, Figure | None, Figure]] = [
        (stage, counts.of_updated(stage), counts.of_all(stage)) for stage in stages
    ]
    figures.append(("none", None, counts.none_of_all))
    rows, before = [], 0
    for stage, of_updated, of_all in figures:
        # Ends are rounded, not lengths, so that there is neither a gap nor an overlap.
        begins, ends = (_at(count, counts.total) for count in (before, before + of_all.count))
        rows.append(StageRow(stage, of_updated, of_all, begins, ends - begins))
        before += of_all.count
    return rows


def _at(count: int, total: int) -> int:
    return round(WIDTH * count / total) if total else 0
