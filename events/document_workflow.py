"""What staff do with documents: one verb, one function; files are checked before and come and go with their rows."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import IO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from events.models import Cycle, Document, Event, Session
from events.publishing import Differences, as_json, delete_unpublished, differences_between, set_published
from events.stamp import CALENDAR
from foundation import history
from foundation.kept_files import removed_on_failure
from foundation.stamps import raise_stamp
from foundation.uploads import Taken, UnsafeUploadError, take

EDITABLE = ("cycle_id", "event_id", "session_id", "kind", "title", "language", "url")


@transaction.atomic
def save_document(
    *, at: datetime, actor: User | None, document: Document, upload: IO[bytes] | None = None, upload_name: str = ""
) -> Differences:
    """Saves a new or edited document, with the file if one is given; returns what is different, by field.

    A file takes the place of the link or file before it, a link that of the file. Side effects: history, the
    stamp of the calendar's pages; the file before is removed once the change is final. Raises ValidationError
    when the file may not be taken, and when what the document belongs to does not fit together.
    """
    if wrong := misfits(document.session, document.event, document.cycle):
        raise ValidationError(dict(wrong))
    stored = Document.objects.select_for_update().get(pk=document.pk) if document.pk else None
    before = stored.file.name if stored else ""
    with removed_on_failure() as keep:
        if upload is not None:
            taken = _fill_in(document, upload, upload_name)
            keep(document.file, taken.content)
        elif document.url and document.file:
            document.file, document.file_name, document.content_type, document.size = "", "", "", 0
        if stored is None:
            differences: Differences = {"title": ("", document.title)}
            document.published_at = None
        else:
            differences = differences_between(stored, document, (*EDITABLE, "file_name", "size"))
            if document.file.name != before:
                differences["file"] = (before, document.file.name)
        if not differences:
            return {}
        document.updated_at = at
        document.save()
        verb = "document.changed" if stored else "document.created"
        history.record(at=at, actor=actor, verb=verb, subject=document, changes=as_json(differences))
        raise_stamp(CALENDAR)
    if before and before != document.file.name:
        transaction.on_commit(partial(_remove, document, before))
    return differences


def misfits(session: Session | None, event: Event | None, cycle: Cycle | None) -> list[tuple[str, str]]:
    """What of the three a document cannot belong to together: the field, and a sentence about it."""
    found = []
    if session and event and session.event_id != event.pk:
        found.append(("session", _("The session belongs to another event.")))
    if event and cycle and event.cycle_id != cycle.pk:
        found.append(("event", _("The event belongs to another cycle.")))
    return found


def _fill_in(document: Document, upload: IO[bytes], name: str) -> Taken:
    try:
        taken = take(upload, name, most_bytes=settings.DOCUMENT_MOST_BYTES)
    except UnsafeUploadError as error:
        raise ValidationError({"upload": str(error)}) from error
    document.url = ""
    document.file_name = taken.name
    document.content_type = taken.kind.content_type
    document.size = len(taken.content)
    return taken


def _remove(document: Document, name: str) -> None:
    document.file.storage.delete(name)


@transaction.atomic
def publish_documents(*, at: datetime, actor: User | None, documents: Iterable[Document]) -> int:
    """Makes documents public where what they belong to is; returns how many were not."""
    return len(set_published(at=at, actor=actor, rows=documents, published_at=at))


@transaction.atomic
def withdraw_documents(*, at: datetime, actor: User | None, documents: Iterable[Document]) -> int:
    """Takes documents from the pages; their addresses answer as if they had never been. Returns how many."""
    return len(set_published(at=at, actor=actor, rows=documents, published_at=None))


@transaction.atomic
def delete_unpublished_document(*, at: datetime, actor: User | None, document: Document) -> None:
    """Deletes a document that was never public, and its file. Raises ValidationError for any other."""
    name = document.file.name
    delete_unpublished(at=at, actor=actor, row=document, name=document.title)
    if name:
        transaction.on_commit(partial(_remove, document, name))
