"""The programme of an event as a calendar by RFC 5545 and 7986: rows in, bytes out."""

from collections.abc import Iterable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from events.ical import status_of
from events.ical_file import Entry, write
from events.links import is_web_address
from events.models import Event, Session
from foundation.text import clean_line, clean_text


def programme_calendar(
    event: Event, sessions: Iterable[Session], *, uid_host: str, address: str, changed_at: datetime | None = None
) -> bytes:
    """A calendar of the given sessions, which come with their speakers fetched, in the order given.

    ``uid_host`` makes the identifiers unique in the world and must never change; ``address`` is that of the
    programme's page; ``changed_at`` is given when what is no longer there changed last.
    """
    entries = [_entry(event, session, uid_host=uid_host, address=address) for session in sessions]
    return write(_("Programme: %(title)s") % {"title": event.title}, entries, changed_at=changed_at)


def _entry(event: Event, session: Session, *, uid_host: str, address: str) -> Entry:
    # A session is called off, or moves to another zone, with its event: both rows speak through it.
    url = f"{address}#session-{session.uuid}"
    return Entry(
        uid=f"session-{session.uuid}@{uid_host}",
        changed_at=max(session.updated_at, event.updated_at),
        sequence=session.sequence + event.sequence,
        start=_moment(session, session.start_time, event),
        end=_moment(session, session.end_time, event),
        summary=session.title,
        description=_description(session, url),
        status=status_of(event),
        url=url,
        place=_location(event, session),
        language=session.language if session.language != get_language() else "",
        makes_busy=event.status != Event.Status.CANCELLED,
    )


def _moment(session: Session, hour: time, event: Event) -> datetime:
    return datetime.combine(session.day, hour, tzinfo=ZoneInfo(event.zone))


def _location(event: Event, session: Session) -> str:
    parts = [clean_line(session.room), clean_line(event.place)]
    return ", ".join(part for part in parts if part)


def _description(session: Session, url: str) -> str:
    """Clients often show no URL property, so the link back stands in the text as well."""
    speakers = "\n".join(_speaker(speaker.name, speaker.function) for speaker in session.speakers.all())
    spoken = clean_line(session.spoken_languages)
    parts = [
        clean_text(session.description),
        speakers,
        f"{_('Languages')}: {spoken}" if spoken else "",
        f"{_('Take part')}: {session.link}" if is_web_address(session.link) else "",
        clean_line(url),
    ]
    return "\n\n".join(part for part in parts if part)


def _speaker(name: str, function: str) -> str:
    words = clean_line(name), clean_line(function)
    return ", ".join(word for word in words if word)
