"""Cycles to measure."""

from datetime import UTC, date, datetime, time, timedelta

from events.models import Cycle, Event


def make_cycle(size: int) -> None:
    """A public cycle with ``size`` public events over one year."""
    moment = datetime(2021, 1, 1, tzinfo=UTC)
    cycle = Cycle.objects.create(
        slug=f"speed-{size}", title=f"Cycle of {size} events", kind=Cycle.Kind.FORUM, published_at=moment
    )
    kinds = [*Event.Kind.values]
    Event.objects.bulk_create(
        Event(
            cycle=cycle,
            slug=f"speed-{size}-{number}",
            source_key=f"row-{number}",
            title=f"Informal briefing {number} on the programme",
            kind=kinds[number % len(kinds)],
            starts_on=date(2021, 1, 1) + timedelta(days=number * 360 // size),
            ends_before=date(2021, 1, 2) + timedelta(days=number * 360 // size),
            start_time=time(9 + number % 8),
            place="Geneva, Switzerland",
            updated_at=moment,
            published_at=moment,
        )
        for number in range(size)
    )
