"""An event for search engines, in the words of schema.org. Only what its public page says."""

import json
from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from events.models import Event

_STATUS = {
    Event.Status.SCHEDULED: "EventScheduled",
    Event.Status.POSTPONED: "EventPostponed",
    Event.Status.CANCELLED: "EventCancelled",
}
_ATTENDANCE = {
    Event.Mode.IN_PERSON: "OfflineEventAttendanceMode",
    Event.Mode.HYBRID: "MixedEventAttendanceMode",
    Event.Mode.VIRTUAL: "OnlineEventAttendanceMode",
}
# As Django's json_script does: what could end a script element, or be read as the end of a line.
_ESCAPES = str.maketrans({"<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def event_data(event: Event, *, url: str, moved_from: str = "", moved_online: bool = False) -> dict[str, Any]:
    """What schema.org calls an Event; ``moved_from`` is the earlier first day (ISO), ``url`` is absolute.

    A date that is known to the month or less is left out: the vocabulary has days only, and a day would be
    invented. So such an event says its name, status and place, and no date.
    """
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.title,
        "inLanguage": event.language,
        "url": url,
        "eventStatus": f"https://schema.org/{_status(event, moved_from, moved_online)}",
    }
    if event.precision == Event.Precision.DAY and event.starts_on and event.last_day:
        data["startDate"] = _moment(event.starts_at) or event.starts_on.isoformat()
        data["endDate"] = _moment(event.ends_at) or event.last_day.isoformat()
        if moved_from:
            data["previousStartDate"] = moved_from
    if event.description:
        data["description"] = event.description
    if event.mode:
        data["eventAttendanceMode"] = f"https://schema.org/{_ATTENDANCE[Event.Mode(event.mode)]}"
    if locations := _locations(event, url):
        data["location"] = locations if len(locations) > 1 else locations[0]
    return data


def _status(event: Event, moved_from: str, moved_online: bool) -> str:
    if event.status != Event.Status.SCHEDULED:
        return _STATUS[Event.Status(event.status)]
    if moved_from:
        return "EventRescheduled"
    return "EventMovedOnline" if moved_online else "EventScheduled"


def _moment(moment: datetime | None) -> str:
    return moment.isoformat(timespec="minutes") if moment else ""


def _locations(event: Event, url: str) -> list[dict[str, str]]:
    places = [{"@type": "Place", "name": event.place, "address": event.place}] if event.place else []
    if event.mode in (Event.Mode.VIRTUAL, Event.Mode.HYBRID):
        places.append({"@type": "VirtualLocation", "url": url})
    return places


def as_script(data: dict[str, Any]) -> SafeString:
    """The data as a script element, which browsers do not run; nothing in it can end the element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', SafeString(text))
