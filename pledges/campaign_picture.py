"""The mails of a campaign over time as bars, for the template that draws them."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count
from django.db.models.functions import TruncHour

from foundation.models import OutgoingMail
from pledges.models import UpdateWindow

WIDTH, HEIGHT = 1000, 160
# Beyond this the bars are days.
HOURS_AT_MOST = 48
# Fewer would be as broad as the page and look like much.
BARS_AT_LEAST = 12
# A longer table is folded away.
ROWS_AT_MOST = 6
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Bar:
    """What was sent in one hour or day that ``begins`` lies in, and where its bar stands."""

    begins: datetime
    sent: int
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Picture:
    """The bars without a gap: twelve hours or more from the first mail on, or all days of the window."""

    bars: list[Bar]
    is_by_hour: bool
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def most(self) -> int:
        """The highest bar."""
        return max(bar.sent for bar in self.bars)

    @property
    def is_short(self) -> bool:
        """Whether the table that says the same takes no more room than the picture."""
        return sum(bar.sent > 0 for bar in self.bars) <= ROWS_AT_MOST


def picture_of(window: UpdateWindow) -> Picture | None:
    """When the reminders of the window were sent, in one query; None before the first."""
    hours = _sent_by_hour(window)
    if not hours:
        return None
    is_by_hour = max(hours) - min(hours) < HOURS_AT_MOST * _HOUR
    slots = _every_hour(hours) if is_by_hour else _every_day(hours, window)
    return Picture(_bars(slots), is_by_hour)


def _sent_by_hour(window: UpdateWindow) -> dict[datetime, int]:
    """By instants, on the cycle's clock: an hour that comes twice in autumn is two."""
    counted = (
        OutgoingMail.objects.filter(reminder__rule__window=window, state=OutgoingMail.State.SENT)
        .order_by()
        .annotate(hour=TruncHour("sent_at", tzinfo=UTC))
        .values_list("hour")
        .annotate(number=Count("pk"))
    )
    return dict(counted)


def _every_hour(hours: dict[datetime, int]) -> list[tuple[datetime, int]]:
    first = min(hours)
    number_of_bars = max(BARS_AT_LEAST, (max(hours) - first) // _HOUR + 1)
    return [(first + place * _HOUR, hours.get(first + place * _HOUR, 0)) for place in range(number_of_bars)]


def _every_day(hours: dict[datetime, int], window: UpdateWindow) -> list[tuple[datetime, int]]:
    zone, days = window.cycle.zoneinfo, Counter[date]()
    for hour, number in hours.items():
        days[hour.astimezone(zone).date()] += number
    # Days of the window may have been changed since.
    first, last = min(window.opens_on, *days), max(window.closes_on, *days)
    every = [first + timedelta(days=place) for place in range((last - first).days + 1)]
    # Noon is on its own day whatever the clocks do.
    return [(datetime.combine(day, time(12), tzinfo=zone), days[day]) for day in every]


def _bars(slots: list[tuple[datetime, int]]) -> list[Bar]:
    most = max(number for _begins, number in slots)
    bars = []
    for place, (begins, number) in enumerate(slots):
        left, right = (WIDTH * edge // len(slots) for edge in (place, place + 1))
        # One mail among thousands is still seen.
        height = max(2, HEIGHT * number // most) if number else 0
        bars.append(Bar(begins, number, left, HEIGHT - height, max(1, right - left - 2), height))
    return bars
