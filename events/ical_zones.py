"""The clocks of a time zone as iCalendar explains them. (The library's own are an hour late in spring.)"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import icalendar

# Years outside are slips of the pen; so far back and ahead nobody can say what the clocks show.
FIRST_YEAR, LAST_YEAR = 1900, 2199


@lru_cache(maxsize=500)
def zone_component(zone: str, years: frozenset[int]) -> bytes:
    """The VTIMEZONE of ``zone`` for the given years, all between ``FIRST_YEAR`` and ``LAST_YEAR``, and no others."""
    component = icalendar.Timezone()
    component.add("tzid", zone)
    for year in sorted(years):
        begin = datetime(year, 1, 1, tzinfo=ZoneInfo(zone))
        if year - 1 not in years:
            component.add_component(_observance(begin, begin.utcoffset(), begin.replace(tzinfo=None)))
        for change in _clock_changes(ZoneInfo(zone), year):
            before = _offset(change - timedelta(minutes=1), ZoneInfo(zone))
            onset = change.replace(tzinfo=None) + before
            component.add_component(_observance(change.astimezone(ZoneInfo(zone)), before, onset))
    content: bytes = component.to_ical()
    return content


def _observance(moment: datetime, before: timedelta | None, onset: datetime) -> icalendar.Component:
    """The clocks from ``moment`` on; ``onset`` is that moment as the clocks showed it until then (RFC 5545, 3.6.5)."""
    kind = icalendar.TimezoneDaylight if moment.dst() else icalendar.TimezoneStandard
    part = kind()
    part.add("dtstart", onset)
    part.add("tzoffsetfrom", before)
    part.add("tzoffsetto", moment.utcoffset())
    part.add("tzname", moment.tzname())
    return part


def _clock_changes(zone: ZoneInfo, year: int) -> Iterable[datetime]:
    """The instants of a year, to the minute and in UTC, at which the distance from UTC changes."""
    day = datetime(year, 1, 1, tzinfo=zone).astimezone(UTC)
    end = datetime(year + 1, 1, 1, tzinfo=zone).astimezone(UTC)
    while day < end:
        following = min(day + timedelta(days=1), end)
        if _offset(day, zone) != _offset(following, zone):
            yield _first_minute_after(day, following, zone)
        day = following


def _first_minute_after(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=(high - low) // timedelta(minutes=2))
        low, high = (middle, high) if _offset(middle, zone) == _offset(low, zone) else (low, middle)
    return high


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
