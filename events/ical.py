"""Events as entries of a calendar: what a subscriber's own calendar is told. Equal rows give equal bytes."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from events.ical_file import Entry, write
from events.ical_zones import FIRST_YEAR, LAST_YEAR
from events.links import safe_links
from events.models import Event
from foundation.text import clean_line, clean_text

# When only the beginning is known; RFC 5545 wants an end after it, and clients misread a missing one.
_ASSUMED_LENGTH = timedelta(hours=1)


def calendar(
    name: str,
    events: Iterable[Event],
    *,
    uid_host: str,
    address_of: Callable[[Event], str],
    changed_at: datetime | None = None,
) -> bytes:
    """A calendar of all ``events`` whose days are known, in the order given.

    ``uid_host`` makes the identifiers unique in the world and must never change; ``address_of`` gives an
    event's absolute web address; ``changed_at`` is given when what is no longer there changed last.
    """
    known = (event for event in events if event.starts_on and event.ends_before)
    entries = (_entry(event, uid_host=uid_host, url=address_of(event)) for event in known)
    return write(name, entries, changed_at=changed_at)


def _entry(event: Event, *, uid_host: str, url: str) -> Entry:
    start, end = _span(event)
    is_cancelled = event.status == Event.Status.CANCELLED
    return Entry(
        uid=f"event-{event.uuid}@{uid_host}",
        changed_at=event.updated_at,
        sequence=event.sequence,
        start=start,
        end=end,
        summary=_summary(event),
        description=_description(event, url),
        status=status_of(event),
        url=url,
        category=_kind_label(event.kind, get_language()),
        place=_place(event),
        language=event.language if event.language != get_language() else "",
        # A span of which nobody knows the day must not make anybody look busy, nor what does not take place.
        makes_busy=event.precision == Event.Precision.DAY and not is_cancelled,
    )


@cache
def _kind_label(kind: str, _language: str | None) -> str:
    """Remembered by language: asking the choices anew costs as much as all else of an entry."""
    return "" if kind == Event.Kind.OTHER else str(dict(Event.Kind.choices).get(kind, ""))


def _summary(event: Event) -> str:
    mark = ""
    if event.status == Event.Status.CANCELLED:
        mark = _("[cancelled]")
    elif event.status == Event.Status.POSTPONED:
        mark = _("[postponed, date to be confirmed]")
    elif not event.date_confirmed:
        mark = _("[date to be confirmed]")
    return f"{clean_line(event.title)} {mark}".rstrip()


def status_of(event: Event) -> str:
    """The STATUS of an event, and of the sessions that stand and fall with it."""
    if event.status == Event.Status.CANCELLED:
        return "CANCELLED"
    is_sure = event.status == Event.Status.SCHEDULED and event.date_confirmed
    return "CONFIRMED" if is_sure else "TENTATIVE"


def _place(event: Event) -> str:
    online = _("Online") if event.mode == Event.Mode.VIRTUAL else ""
    return clean_line(event.place) or online


def _description(event: Event, url: str) -> str:
    """Clients often show no URL property, so the link back stands in the text as well."""
    status = ""
    if event.status != Event.Status.SCHEDULED:
        label, reason = event.get_status_display().capitalize(), clean_line(event.status_reason)
        status = f"{label}: {reason}" if reason else label
    end = _("The end is not announced yet.") if _has_hours(event) and not event.end_time else ""
    links = "\n".join(f"{link['label']}: {link['url']}" for link in safe_links(event.links))
    parts = [status, clean_text(event.description), end, links, url]
    return "\n\n".join(part for part in parts if part)


def _has_hours(event: Event) -> bool:
    """Whether the hour is known, in a year of which anybody can say what the clocks show."""
    return bool(
        event.start_time is not None
        and event.starts_on
        and event.ends_before
        and FIRST_YEAR <= event.starts_on.year <= event.ends_before.year <= LAST_YEAR
    )


def _span(event: Event) -> tuple[date, date]:
    """All-day from the first day to the day after the last; with hours, wall clock in the event's zone."""
    if event.starts_on is None or event.ends_before is None:
        raise ValueError("an event without days has no place in a calendar")
    if event.start_time is None or not _has_hours(event):
        return event.starts_on, event.ends_before
    zone = ZoneInfo(event.zone)
    start = _existing(datetime.combine(event.starts_on, event.start_time, tzinfo=zone))
    end = _existing(_end(event, start, event.ends_before))
    if end.astimezone(UTC) <= start.astimezone(UTC):
        end = _existing(start + _ASSUMED_LENGTH)
    return start, end


def _end(event: Event, start: datetime, ends_before: date) -> datetime:
    if event.end_time:
        return datetime.combine(ends_before - timedelta(days=1), event.end_time, tzinfo=start.tzinfo)
    if ends_before - start.date() > timedelta(days=1):
        return datetime.combine(ends_before, time(0), tzinfo=start.tzinfo)
    return start + _ASSUMED_LENGTH


def _existing(moment: datetime) -> datetime:
    """The same instant as clocks show it: of an hour that they pass over, what they show instead; of two, the first."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo).replace(fold=0)
