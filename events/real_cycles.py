"""The cycles that have taken place, with what is sourced of their roadmaps; each row of a file names its source."""

from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from events.loading import load_roadmap
from events.models import Cycle, Event
from events.workflow import publish_events, save_event

_DATA = Path(__file__).parent / "data"
FILES = {
    "grf-2019": "grf-2019.csv",
    "hls-2019": "hls-2019.csv",
    "hlom-2021": "roadmap-2021.csv",
    "grf-2023": "grf-2023.csv",
    "progress-review-2025": "progress-review-2025.csv",
}
# https://www.unhcr.org/en-au/high-level-officials-meeting.html
_PLANNED_AT = "CICG, Geneva, Switzerland"


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
    report = load_roadmap(content, cycle=cycle, at=at, actor=None, update=False, publish=False)
    if cycle.slug == "hlom-2021":
        _plan_in_geneva(_meeting(cycle), at=at)
    publish_events(at=at, actor=None, events=report.new)
    if cycle.slug == "hlom-2021":
        _move_online(_meeting(cycle), at=at)
    return len(report.new)


def _meeting(cycle: Cycle) -> Event:
    return Event.objects.get(cycle=cycle, source_key="meeting")


def _plan_in_geneva(meeting: Event, *, at: datetime) -> None:
    meeting.mode, meeting.place = Event.Mode.IN_PERSON, _PLANNED_AT
    save_event(at=at, actor=None, event=meeting)


def _move_online(meeting: Event, *, at: datetime) -> None:
    """Announces the move of the meeting, whose roadmap of earlier that year still says Geneva.

    UNHCR says "just a few days" before, and no source names the day. A change must have a moment: it gets the one at
    which this portal learnt of it, and its reason says so. The advance day is left as it is: the sources speak of
    the meeting.
    """
    meeting.mode, meeting.place = Event.Mode.VIRTUAL, ""
    reason = _(
        "Moved fully online a few days before the meeting, as UNHCR reported. No source names the day: the date of "
        "this change is that on which this portal was filled."
    )
    save_event(at=at, actor=None, event=meeting, reason=reason)
