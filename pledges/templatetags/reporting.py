"""What the pages and mails of those who report and review show."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import template
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from pledges.content import TEXT_LANGUAGES

register = template.Library()
_LANGUAGES = dict(TEXT_LANGUAGES)
_DAYS_ARE_TOO_MANY = 60


@register.filter
def in_zone(moment: datetime | None, zone: str) -> str:
    """A moment on the clocks of ``zone``, naming it: 5 October 2021, 14:30 (Europe/Zurich)."""
    if moment is None:
        return ""
    try:
        local = moment.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        zone, local = "UTC", moment.astimezone(ZoneInfo("UTC"))
    return f"{date_format(local, 'j F Y, H:i')} ({zone.replace('_', ' ')})"


@register.filter
def day_in_zone(moment: datetime | None, zone: str) -> str:
    """The day of a moment in ``zone``: 5 October 2021."""
    return in_zone(moment, zone).partition(",")[0]


@register.filter
def language_name(code: str) -> str:
    """A language under its own name; the code itself when we know none."""
    return _LANGUAGES.get(code, code)


@register.filter
def direction(code: str) -> str:
    """The writing direction for the ``dir`` attribute."""
    return "rtl" if code in {"ar", "fa", "he", "ur"} else "ltr"


@register.filter
def age_in_words(since: datetime, at: datetime) -> str:
    """How long ago, in whole days: "today", "1 day ago", "12 days ago"; from two months on "5 months ago"."""
    days = max((at - since).days, 0)
    if days == 0:
        return _("today")
    if days == 1:
        return _("1 day ago")
    if days >= _DAYS_ARE_TOO_MANY:
        return _("%(age)s ago") % {"age": timesince(since, at, depth=1)}
    return _("%(days)d days ago") % {"days": days}
