"""How a programme and the documents beside it are laid out on a page."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Min, QuerySet

from events import dates
from events.clashes import Clash, clashes_among
from events.links import is_web_address
from events.models import Document, Event, Session
from events.models.programme import DocumentQuerySet, SessionQuerySet
from events.reader_zone import Moments


@dataclass
class SessionRow:
    """A session as the page shows it: instants with their distance from UTC, and only links that are safe."""

    session: Session
    starts_at: datetime
    ends_at: datetime
    zone_words: str
    offset_words: str
    # For the line in the reader's own zone.
    moments: Moments
    link: str
    recording_url: str
    documents: list[Document]


@dataclass
class ProgrammeDay:
    """One day's sessions in order."""

    day: date
    rows: list[SessionRow] = field(default_factory=list)


@dataclass
class ProgrammeSummary:
    """How much there is, for the event's own page."""

    sessions: int
    first: date | None
    last: date | None

    @property
    def days(self) -> str:
        """From the first to the last, in words."""
        ends_before = self.last + timedelta(days=1) if self.last else None
        return dates.date_words(self.first, ends_before, "day", with_year=True)


def summary_of(sessions: QuerySet[Session]) -> ProgrammeSummary:
    """The number of sessions and their days. Costs one query."""
    found = sessions.order_by().aggregate(sessions=Count("pk"), first=Min("day"), last=Max("day"))
    return ProgrammeSummary(**found)


def programme_of(
    event: Event, sessions: SessionQuerySet, documents: DocumentQuerySet
) -> tuple[list[ProgrammeDay], list[Document]]:
    """The given sessions by day with the given documents beside them, and the documents of no session.

    Costs three queries for any number of either.
    """
    by_session: dict[int | None, list[Document]] = defaultdict(list)
    for document in documents:
        by_session[document.session_id].append(document)
    rows = [_row(session, event, by_session[session.pk]) for session in with_speakers(sessions)]
    days = [ProgrammeDay(day, list(of_day)) for day, of_day in groupby(rows, lambda row: row.session.day)]
    return days, by_session[None]


def with_speakers(sessions: SessionQuerySet) -> SessionQuerySet:
    """In programme order, with the speakers in theirs."""
    return sessions.in_programme_order().prefetch_related("speakers")


def clashes_in(cycles: Iterable[int] | None = None) -> dict[int, list[Clash]]:
    """The clashes within the cycles of these keys (None: all), by session. Costs two queries."""
    sessions = Session.objects.select_related("event").prefetch_related("speakers")
    return clashes_among(sessions if cycles is None else sessions.filter(event__cycle__in=list(cycles)))


def _row(session: Session, event: Event, documents: list[Document]) -> SessionRow:
    starts_at, ends_at = (_moment(session.day, hour, event) for hour in (session.start_time, session.end_time))
    return SessionRow(
        session=session,
        starts_at=starts_at,
        ends_at=ends_at,
        zone_words=dates.zone_words(event.zone),
        offset_words=dates.offset_words(session.day, session.start_time, event.zone),
        moments=Moments(event, starts_at.astimezone(UTC), ends_at.astimezone(UTC)),
        link=session.link if is_web_address(session.link) else "",
        recording_url=session.recording_url if is_web_address(session.recording_url) else "",
        documents=documents,
    )


def _moment(day: date, hour: time, event: Event) -> datetime:
    return datetime.combine(day, hour, tzinfo=ZoneInfo(event.zone))


@dataclass
class DocumentShelf:
    """The documents of one event, or with None of the meeting as a whole."""

    event: Event | None
    documents: list[Document]


def shelves(documents: DocumentQuerySet) -> list[DocumentShelf]:
    """Documents of the meeting first, then event by event as they come in time. Costs one query."""
    rows = list(documents.select_related("event", "event__cycle", "session"))
    by_event: dict[int | None, list[Document]] = defaultdict(list)
    for document in rows:
        by_event[document.event_id].append(document)
    events = {document.event_id: document.event for document in rows}
    return [DocumentShelf(events[key], by_event[key]) for key in sorted(by_event, key=lambda key: _place(events[key]))]


def _place(event: Event | None) -> tuple[bool, bool, date, int]:
    if event is None:
        return (False, False, date.min, 0)
    return (True, event.starts_on is None, event.starts_on or date.min, event.pk)
