"""The reader's own time zone: remembered in a cookie, and times told in it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import pgettext

from events.dates import offset_words
from events.models import Event
from foundation.zones import zone_choices

# Answers differ by this cookie: whoever keeps finished pages must pass by requests that carry it.
READER_ZONE_COOKIE = "reader_zone"
_A_YEAR = timedelta(days=365)


def reader_zone(request: HttpRequest) -> str:
    """The zone that the reader chose; empty for none, or for what is no zone."""
    zone = request.COOKIES.get(READER_ZONE_COOKIE, "")
    return zone if zone in dict(zone_choices()) else ""


def remember_zone(response: HttpResponse, zone: str) -> None:
    """Remembers the choice for a year; an empty one is forgotten. Scripts may read it: it is no secret."""
    if zone:
        response.set_cookie(READER_ZONE_COOKIE, zone, max_age=_A_YEAR, samesite="Lax", secure=settings.HTTPS)
    else:
        response.delete_cookie(READER_ZONE_COOKIE, samesite="Lax")


@dataclass(frozen=True)
class Moments:
    """The instants, in UTC, of an event whose hours are known; ``end`` is None when the end is not."""

    event: Event
    start: datetime
    end: datetime | None

    def words_in(self, zone: str) -> str:
        """The hours in ``zone``, with the day where it is another; empty when the clocks show the same as the event's.

        Such as "= 09:00–11:00 in your time zone (America/New York, UTC−5)".
        """
        own = [moment.astimezone(ZoneInfo(zone)) for moment in (self.start, self.end) if moment]
        theirs = [moment.astimezone(ZoneInfo(self.event.zone)) for moment in (self.start, self.end) if moment]
        if [moment.utcoffset() for moment in own] == [moment.utcoffset() for moment in theirs]:
            return ""
        return pgettext("hours in the reader's zone", "= %(hours)s in your time zone (%(zone)s, %(offset)s)") % {
            "hours": _hours(own, days_differ=[moment.date() for moment in own] != [moment.date() for moment in theirs]),
            "zone": zone.replace("_", " "),
            "offset": offset_words(own[0].date(), own[0].time(), zone),
        }


def moments_of(event: Event) -> Moments | None:
    """The instants of an event; None when no hour is known."""
    if event.starts_on is None or event.last_day is None or event.start_time is None:
        return None
    zone = ZoneInfo(event.zone)
    start = datetime.combine(event.starts_on, event.start_time, tzinfo=zone).astimezone(UTC)
    end = event.end_time and datetime.combine(event.last_day, event.end_time, tzinfo=zone).astimezone(UTC)
    return Moments(event, start, end or None)


def _hours(moments: list[datetime], *, days_differ: bool) -> str:
    if len({moment.date() for moment in moments}) > 1:
        return pgettext("hours of two days", "%(start)s – %(end)s") % {
            "start": _with_day(moments[0]),
            "end": _with_day(moments[1]),
        }
    start = _with_day(moments[0]) if days_differ else _hour(moments[0])
    if len(moments) == 1:
        return pgettext("only the beginning is known", "from %(start)s") % {"start": start}
    return pgettext("hours of one day", "%(start)s–%(end)s") % {"start": start, "end": _hour(moments[1])}


def _hour(moment: datetime) -> str:
    return date_format(moment, pgettext("time format", "H:i"))


def _with_day(moment: datetime) -> str:
    day = date_format(moment, pgettext("date format: day and month", "j F"))
    return pgettext("a day and an hour", "%(day)s, %(hour)s") % {"day": day, "hour": _hour(moment)}
