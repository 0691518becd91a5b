"""Calendar files by RFC 5545 and 7986: entries in, bytes out. Knows nothing of where the entries come from.

The icalendar library writes the frame and the clocks, and tests read all of it back with the library. The lines of
entries are written here: in the library's text (7.3.0) a backslash before an N becomes a line break, and an entry by
its component, even with a text and a folding of our own, takes six times as long.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
from icalendar import vText

from events.ical_zones import zone_component
from foundation.text import clean_line, clean_text

_REFRESH = "PT12H"
_END = b"END:VCALENDAR\r\n"
_LINE_END = b"\r\n"
# Octets of a line without its end (RFC 5545, 3.1).
_LONGEST_LINE = 75
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a calendar. Texts may hold anything; what a file cannot hold is left out of them."""

    uid: str
    # When the row behind it was changed last; it is written instead of now, so that equal rows give equal bytes.
    changed_at: datetime
    sequence: int
    # Both days, the second exclusive, or both moments in one zone of the IANA database.
    start: date
    end: date
    summary: str
    description: str
    # CONFIRMED, TENTATIVE or CANCELLED.
    status: str
    url: str
    category: str = ""
    place: str = ""
    # Of the summary; empty when it is that of the whole calendar.
    language: str = ""
    makes_busy: bool = True


def write(name: str, entries: Iterable[Entry], *, changed_at: datetime | None = None) -> bytes:
    """A calendar of ``entries`` in the order given; ``changed_at`` is when any of them, or what is gone, changed."""
    listed = list(entries)
    moments = [entry.changed_at for entry in listed] if changed_at is None else [changed_at]
    zones = [zone_component(zone, frozenset(years)) for zone, years in sorted(_years_by_zone(listed).items())]
    head = _frame(name, max(moments, default=None)).removesuffix(_END)
    return b"".join([head, *zones, *map(_lines, listed), _END])


def _frame(name: str, changed_at: datetime | None) -> bytes:
    """The calendar without anything in it."""
    whole = icalendar.Calendar()
    whole.add("prodid", "-//HLOM portal//Roadmap//EN")
    whole.add("version", "2.0")
    whole.add("calscale", "GREGORIAN")
    whole.add("name", vText(clean_line(name)))
    whole.add("x-wr-calname", vText(clean_line(name)))
    if changed_at:
        whole.add("last-modified", changed_at.astimezone(UTC).replace(microsecond=0))
    whole.add("x-published-ttl", vText(_REFRESH))
    # RFC 7986, 5.7: the type must be named, since it is not the property's default.
    whole.add("refresh-interval", timedelta(hours=12), parameters={"VALUE": "DURATION"})
    content: bytes = whole.to_ical()
    return content


def _years_by_zone(entries: list[Entry]) -> dict[str, set[int]]:
    """The zones whose clocks must be explained, with the years needed. UTC needs no explanation."""
    years: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        for moment in (entry.start, entry.end):
            if isinstance(moment, datetime) and (zone := _zone_name(moment)) != "UTC":
                years[zone].add(moment.year)
    return years


def _zone_name(moment: datetime) -> str:
    if not isinstance(moment.tzinfo, ZoneInfo):
        raise TypeError("a moment in a calendar needs a zone of the IANA database")
    return str(moment.tzinfo)


def _lines(entry: Entry) -> bytes:
    changed = _compact(entry.changed_at.astimezone(UTC)) + "Z"
    language = f";LANGUAGE={entry.language}" if _LANGUAGE.fullmatch(entry.language) else ""
    lines = [
        "BEGIN:VEVENT",
        f"UID:{_escaped(clean_line(entry.uid))}",
        f"DTSTAMP:{changed}",
        f"LAST-MODIFIED:{changed}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTART{_when(entry.start)}",
        f"DTEND{_when(entry.end)}",
        f"SUMMARY{language}:{_escaped(clean_line(entry.summary))}",
        f"DESCRIPTION:{_escaped(clean_text(entry.description))}",
        f"STATUS:{entry.status}",
        f"URL:{clean_line(entry.url)}",
    ]
    if place := clean_line(entry.place):
        lines.append(f"LOCATION:{_escaped(place)}")
    if category := clean_line(entry.category):
        lines.append(f"CATEGORIES:{_escaped(category)}")
    if not entry.makes_busy:
        lines.append("TRANSP:TRANSPARENT")
    lines.append("END:VEVENT")
    return b"".join(map(_folded, lines))


def _when(moment: date) -> str:
    """The value of a time with the parameter that says how to read it."""
    if not isinstance(moment, datetime):
        return f";VALUE=DATE:{moment.isoformat().replace('-', '')}"
    zone = _zone_name(moment)
    return f":{_compact(moment)}Z" if zone == "UTC" else f";TZID={zone}:{_compact(moment)}"


def _compact(moment: datetime) -> str:
    return moment.replace(tzinfo=None, microsecond=0).isoformat().replace("-", "").replace(":", "")


def _escaped(text: str) -> str:
    """Text of which no character is read as anything else (RFC 5545, 3.3.11); it must be clean already."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """The line in pieces of 75 octets at most, each on from the second after a space, never within a character."""
    octets = line.encode()
    pieces = []
    start, end = 0, _LONGEST_LINE
    while end < len(octets):
        # Octets 10xxxxxx go on with a character.
        while octets[end] & 0b1100_0000 == 0b1000_0000:
            end -= 1
        pieces.append(octets[start:end])
        start, end = end, end + _LONGEST_LINE - 1
    return b"\r\n ".join([*pieces, octets[start:]]) + _LINE_END
