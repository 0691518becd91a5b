"""What staff do with the programme of an event: one verb, one function; history in the same transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from events.models import Session, Speaker
from events.publishing import (
    Differences,
    as_json,
    delete_unpublished,
    differences_between,
    set_published,
    was_ever_public,
)
from events.stamp import CALENDAR
from foundation import history
from foundation.stamps import raise_stamp

# What people's calendars act on: a change of these is a new revision there.
IN_CALENDARS = ("day", "start_time", "end_time", "room", "link")
EDITABLE = ("event_id", "title", "description", "language", *IN_CALENDARS, "spoken_languages", "recording_url")

# Name and function, in the order of the page.
Speakers = Sequence[tuple[str, str]]


@transaction.atomic
def save_session(
    *, at: datetime, actor: User | None, session: Session, speakers: Speakers | None = None
) -> Differences:
    """Saves a new or edited session with its speakers (None: as they are); returns what is different, by field.

    Side effects: history; a higher ``sequence`` when the day, the hours, the room or the link changed; the stamp
    of the calendar's pages. Nothing different: nothing is written. Raises ValidationError when a session that
    was ever public would move to another event.
    """
    if session.pk is None:
        return _create(at=at, actor=actor, session=session, speakers=speakers or ())
    stored = Session.objects.select_for_update().get(pk=session.pk)
    differences = differences_between(stored, session, EDITABLE)
    if "event_id" in differences and was_ever_public(stored):
        raise ValidationError({"event": _("A session that was public stays with its event.")})
    changes = as_json(differences)
    if speakers is not None and (before := speakers_of(session)) != list(speakers):
        differences["speakers"] = (before, list(speakers))
        changes["speakers"] = [_as_lines(before), _as_lines(speakers)]
        _replace_speakers(session, speakers)
    if not differences:
        return {}
    session.updated_at = at
    session.sequence = stored.sequence + any(field in IN_CALENDARS for field in differences)
    session.save(update_fields=[*(name for name in differences if name != "speakers"), "updated_at", "sequence"])
    history.record(at=at, actor=actor, verb="session.changed", subject=session, changes=changes)
    raise_stamp(CALENDAR)
    return differences


def speakers_of(session: Session) -> list[tuple[str, str]]:
    """Name and function of those who speak in a session, in order."""
    return [(speaker.name, speaker.function) for speaker in session.speakers.all()]


def _create(*, at: datetime, actor: User | None, session: Session, speakers: Speakers) -> Differences:
    session.updated_at = at
    session.sequence = 0
    session.published_at = None
    session.save(force_insert=True)
    _replace_speakers(session, speakers)
    changes = {"title": session.title, "event": session.event.slug, "speakers": _as_lines(speakers)}
    history.record(at=at, actor=actor, verb="session.created", subject=session, changes=changes)
    raise_stamp(CALENDAR)
    return {"title": ("", session.title)}


def _replace_speakers(session: Session, speakers: Speakers) -> None:
    session.speakers.all().delete()
    Speaker.objects.bulk_create(
        Speaker(session=session, name=name, function=function, position=position)
        for position, (name, function) in enumerate(speakers)
    )


def _as_lines(speakers: Speakers) -> str:
    return "; ".join(f"{name} ({function})" if function else name for name, function in speakers)


@transaction.atomic
def publish_sessions(*, at: datetime, actor: User | None, sessions: Iterable[Session]) -> int:
    """Makes sessions public; those that already are stay as they are. Returns how many became public."""
    return len(set_published(at=at, actor=actor, rows=sessions, published_at=at))


@transaction.atomic
def withdraw_sessions(*, at: datetime, actor: User | None, sessions: Iterable[Session]) -> int:
    """Takes public sessions, and their documents with them, from the pages and feeds. Returns how many."""
    return len(set_published(at=at, actor=actor, rows=sessions, published_at=None))


@transaction.atomic
def delete_unpublished_session(*, at: datetime, actor: User | None, session: Session) -> None:
    """Deletes a session that was never public. Raises ValidationError for any other, and while it has documents."""
    if session.documents.exists():
        raise ValidationError(_("This session has documents. Move or delete them first."))
    delete_unpublished(at=at, actor=actor, row=session, name=session.title)
