"""Calendars by RFC 5545 and 7986: rows in, bytes out. Equal rows give equal bytes."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
from django.utils.translation import gettext as _
from icalendar import vText

from events.links import safe_links
from events.models import Event
from foundation.text import clean_line, clean_text

_REFRESH = "PT12H"
# When only the beginning is known; RFC 5545 wants an end after it, and clients misread a missing one.
_ASSUMED_LENGTH = timedelta(hours=1)


def calendar(name: str, events: Iterable[Event], *, uid_host: str, address_of: Callable[[Event], str]) -> bytes:
    """A calendar of all ``events`` whose days are known, in the order given.

    ``uid_host`` makes the identifiers unique in the world and must never change; ``address_of`` gives an
    event's absolute web address.
    """
    rows = [event for event in events if event.starts_on and event.ends_before]
    components = [_event(event, uid_host=uid_host, url=address_of(event)) for event in rows]
    whole = icalendar.Calendar()
    whole.add("prodid", "-//HLOM portal//Roadmap//EN")
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    whole.add("name", _text(clean_line(name)))
    whole.add("x-wr-calname", _text(clean_line(name)))
    whole.add("x-published-ttl", vText(_REFRESH))
    # RFC 7986, 5.7: the type must be named, since it is not the property's default.
    whole.add("refresh-interval", timedelta(hours=12), parameters={"VALUE": "DURATION"})
    for zone, (first, last) in sorted(_years_by_zone(rows).items()):
        whole.add_component(icalendar.Component.from_ical(_timezone(zone, first, last)))
    for component in components:
        whole.add_component(component)
    content: bytes = whole.to_ical()
    return content


def _event(event: Event, *, uid_host: str, url: str) -> icalendar.Event:
    changed = event.updated_at.astimezone(UTC).replace(microsecond=0)
    component = icalendar.Event()
    component.add("uid", f"event-{event.uuid}@{uid_host}")
    component.add("dtstamp", changed)
    component.add("last-modified", changed)
    component.add("sequence", event.sequence)
    start, end = _span(event)
    component.add("dtstart", start)
    component.add("dtend", end)
    component.add("summary", _text(_summary(event)))
    component.add("description", _text(_description(event, url)))
    component.add("status", _status(event))
    component.add("url", icalendar.vUri(clean_line(url)))
    if event.precision != Event.Precision.DAY:
        # A span of which nobody knows the day must not make anybody look busy.
        component.add("transp", "TRANSPARENT")
    if place := _place(event):
        component.add("location", _text(place))
    return component


def _text(text: str) -> vText:
    return vText(text)


def _summary(event: Event) -> str:
    title = clean_line(event.title)
    return f"{title} {_('[date to be confirmed]')}" if _is_tentative(event) else title


def _is_tentative(event: Event) -> bool:
    if event.status == Event.Status.CANCELLED:
        return False
    return event.status == Event.Status.POSTPONED or not event.date_confirmed


def _status(event: Event) -> str:
    if event.status == Event.Status.CANCELLED:
        return "CANCELLED"
    return "TENTATIVE" if _is_tentative(event) else "CONFIRMED"


def _place(event: Event) -> str:
    online = _("Online") if event.mode == Event.Mode.VIRTUAL else ""
    return clean_line(event.place) or online


def _description(event: Event, url: str) -> str:
    """Clients often show no URL property, so the link back stands in the text as well."""
    status = ""
    if event.status != Event.Status.SCHEDULED:
        reason = clean_line(event.status_reason)
        status = f"{event.get_status_display().capitalize()}: {reason}" if reason else event.get_status_display()
    end = _("The end is not announced yet.") if event.start_time and not event.end_time else ""
    links = "\n".join(f"{link['label']}: {link['url']}" for link in safe_links(event.links))
    parts = [status, clean_text(event.description), end, links, clean_line(url)]
    return "\n\n".join(part for part in parts if part)


def _span(event: Event) -> tuple[date, date]:
    """All-day from the first day to the day after the last; with hours, wall clock in the event's zone."""
    if event.starts_on is None or event.ends_before is None:
        raise ValueError("an event without days has no place in a calendar")
    if event.start_time is None:
        return event.starts_on, event.ends_before
    zone = ZoneInfo(event.zone)
    last_day = event.ends_before - timedelta(days=1)
    start = datetime.combine(event.starts_on, event.start_time)
    end = datetime.combine(last_day, event.end_time) if event.end_time else _assumed_end(start, event.ends_before)
    if end <= start:
        end = start + _ASSUMED_LENGTH
    return start.replace(tzinfo=zone), end.replace(tzinfo=zone)


def _assumed_end(start: datetime, ends_before: date) -> datetime:
    if ends_before - start.date() > timedelta(days=1):
        return datetime.combine(ends_before, time(0))
    return start + _ASSUMED_LENGTH


def _years_by_zone(events: list[Event]) -> dict[str, tuple[int, int]]:
    """The zones whose clocks must be explained, with the first and last year needed. UTC needs no explanation."""
    years: dict[str, tuple[int, int]] = {}
    for event in events:
        if event.start_time is None or event.zone == "UTC":
            continue
        start, end = _span(event)
        first, last = years.get(event.zone, (start.year, end.year))
        years[event.zone] = (min(first, start.year), max(last, end.year))
    return years


@cache
def _timezone(zone: str, first_year: int, last_year: int) -> bytes:
    """The clocks of a zone in these years. (The library's own writes the hour of spring changes one late.)"""
    component = icalendar.Timezone()
    component.add("tzid", zone)
    begin = datetime(first_year, 1, 1, tzinfo=ZoneInfo(zone))
    component.add_component(_observance(begin, begin.utcoffset(), begin.replace(tzinfo=None)))
    for change in _clock_changes(ZoneInfo(zone), first_year, last_year):
        before = (change - timedelta(minutes=1)).astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
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


def _clock_changes(zone: ZoneInfo, first_year: int, last_year: int) -> list[datetime]:
    """The instants, to the minute and in UTC, at which the distance from UTC changes."""
    day = datetime(first_year, 1, 1, tzinfo=zone).astimezone(UTC)
    end = datetime(last_year + 1, 1, 1, tzinfo=zone).astimezone(UTC)
    changes = []
    while day < end:
        following = min(day + timedelta(days=1), end)
        if _offset(day, zone) != _offset(following, zone):
            changes.append(_first_minute_after(day, following, zone))
        day = following
    return changes


def _first_minute_after(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=(high - low) // timedelta(minutes=2))
        low, high = (middle, high) if _offset(middle, zone) == _offset(low, zone) else (low, middle)
    return high


def _offset(moment: datetime, zone: ZoneInfo) -> Any:
    return moment.astimezone(zone).utcoffset()
