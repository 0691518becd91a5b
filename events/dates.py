"""Honest dates in words: as exact as they are known, and no more exact. Pure functions."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

# Zones whose city is better known to the readers under another name than the database's.
_GENEVA = "Europe/Zurich"
# What an event's date can mean; anything else is a slip of the keyboard, and pages could not show it.
EARLIEST, LATEST = date(1950, 1, 1), date(2199, 12, 31)
_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


def date_words(first: date | None, ends_before: date | None, precision: str, *, with_year: bool = False) -> str:
    """The span from ``first`` to the day before ``ends_before``, such as "14 and 15 December" or "May–June".

    The year is said if asked for, and always when the span touches two.
    """
    if first is None or ends_before is None or precision == "unknown":
        return gettext("Date to be announced")
    last = ends_before - timedelta(days=1)
    years = with_year or first.year != last.year
    if precision == "day":
        return _days(first, last, years=years)
    if precision == "month":
        return _months(first, last, years=years)
    if precision == "quarter":
        return _quarters(first, last, years=years)
    return _years(first, last)


def _days(first: date, last: date, *, years: bool) -> str:
    end = _day(last, years=years)
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        start = date_format(first, pgettext("date format: day of a month that is named later", "j"))
    else:
        start = _day(first, years=first.year != last.year)
    if last - first == timedelta(days=1):
        return pgettext("two days", "%(first)s and %(last)s") % {"first": start, "last": end}
    if (first.year, first.month) == (last.year, last.month):
        return pgettext("days within a month", "%(first)s–%(last)s") % {"first": start, "last": end}
    return pgettext("first and last day", "%(first)s to %(last)s") % {"first": start, "last": end}


def _day(day: date, *, years: bool) -> str:
    if years:
        return date_format(day, pgettext("date format: day, month and year", "j F Y"))
    return date_format(day, pgettext("date format: day and month", "j F"))


def _months(first: date, last: date, *, years: bool) -> str:
    end = _month(last, years=years)
    if (first.year, first.month) == (last.year, last.month):
        return end
    words = {"first": _month(first, years=first.year != last.year), "last": end}
    adjacent = months_between(first, last) == 1
    if adjacent and first.year == last.year:
        return pgettext("two months", "%(first)s–%(last)s") % words
    return pgettext("first and last month", "%(first)s to %(last)s") % words


def _month(day: date, *, years: bool) -> str:
    if years:
        return date_format(day, pgettext("date format: month and year", "F Y"))
    return date_format(day, pgettext("date format: month", "F"))


def months_between(first: date, last: date) -> int:
    """How many months after the month of ``first`` the month of ``last`` comes."""
    return (last.year - first.year) * 12 + last.month - first.month


def _quarters(first: date, last: date, *, years: bool) -> str:
    if (first.year, _quarter(first)) == (last.year, _quarter(last)):
        return _one_quarter(_quarter_name(first), first, year=years)
    words = {
        "first": _one_quarter(_quarter_name(first), first, year=first.year != last.year),
        "last": _one_quarter(_later_quarter_name(last), last, year=years),
    }
    return pgettext("first and last quarter", "%(first)s to %(last)s") % words


def _quarter(day: date) -> int:
    return (day.month + 2) // 3


def _quarter_name(day: date) -> str:
    return {
        1: gettext("First quarter"),
        2: gettext("Second quarter"),
        3: gettext("Third quarter"),
        4: gettext("Fourth quarter"),
    }[_quarter(day)]


def _later_quarter_name(day: date) -> str:
    return {
        1: pgettext("after “to”", "first quarter"),
        2: pgettext("after “to”", "second quarter"),
        3: pgettext("after “to”", "third quarter"),
        4: pgettext("after “to”", "fourth quarter"),
    }[_quarter(day)]


def _one_quarter(name: str, day: date, *, year: bool) -> str:
    return pgettext("quarter", "%(quarter)s of %(year)s") % {"quarter": name, "year": day.year} if year else name


def _years(first: date, last: date) -> str:
    if first.year == last.year:
        return str(first.year)
    return pgettext("first and last year", "%(first)s to %(last)s") % {"first": first.year, "last": last.year}


def machine_date(first: date | None, ends_before: date | None, precision: str) -> str:
    """The same for the ``datetime`` attribute of HTML, which knows single days, months and years; else empty."""
    if first is None or ends_before is None:
        return ""
    last = ends_before - timedelta(days=1)
    if precision == "day" and first == last:
        return first.isoformat()
    if precision == "month" and months_between(first, last) == 0:
        return f"{first:%Y-%m}"
    return f"{first:%Y}" if precision == "year" and first.year == last.year else ""


def time_words(first: date, last: date, start: time, end: time | None, zone: str) -> str:
    """The hours with their zone in words and its distance from UTC on the first day."""
    hours = _hours(first, last, start, end)
    offset = offset_words(first, start, zone)
    name = zone_words(zone)
    if name == offset:
        return f"{hours} {name}"
    return pgettext("hours with zone", "%(hours)s %(zone)s, %(offset)s") % {
        "hours": hours,
        "zone": name,
        "offset": offset,
    }


def _hours(first: date, last: date, start: time, end: time | None) -> str:
    pattern = pgettext("time format", "H:i")
    words = {"start": date_format(_at(first, start), pattern), "end": end and date_format(_at(last, end), pattern)}
    if end is None:
        return pgettext("only the beginning is known", "from %(start)s") % words
    if first == last:
        return pgettext("hours of one day", "%(start)s–%(end)s") % words
    return pgettext("hours of several days", "from %(start)s on the first day to %(end)s on the last,") % words


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour)


def zone_words(zone: str) -> str:
    """The zone as people call it: by its city, and Switzerland's by Geneva."""
    if zone == _GENEVA:
        return gettext("Geneva time")
    if "/" not in zone:
        return zone
    return pgettext("time zone of a city", "%(city)s time") % {"city": zone.rsplit("/", 1)[1].replace("_", " ")}


def offset_words(day: date, hour: time, zone: str) -> str:
    """How far the clocks of ``zone`` are from UTC at that wall-clock moment, such as "UTC+5:30"."""
    offset = datetime.combine(day, hour, tzinfo=ZoneInfo(zone)).utcoffset() or timedelta()
    if not offset:
        return "UTC"
    hours, minutes = divmod(round(abs(offset).total_seconds() / 60), 60)
    sign = "+" if offset > timedelta() else "−"
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")


def whole_span(precision: str, first: date, last: date) -> tuple[date, date]:
    """The first day and the day after the last of the whole months, quarters or years that hold both days."""
    size = _MONTHS_OF.get(precision)
    if size is None:
        return first, last + timedelta(days=1)
    begin = first.replace(month=(first.month - 1) // size * size + 1, day=1)
    final_month = (last.month - 1) // size * size + size
    end = last.replace(month=final_month, day=monthrange(last.year, final_month)[1])
    return begin, end + timedelta(days=1)
