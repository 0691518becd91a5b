"""Writing down who did what; called by workflow functions inside their transaction."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Protocol

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Q, QuerySet

from foundation.models import HistoryEntry


class Subject(Protocol):
    """Anything with a public identifier of its own."""

    @property
    def uuid(self) -> Any: ...


def record(
    *,
    at: datetime,
    actor: AbstractBaseUser | None,
    verb: str,
    subject: Subject,
    changes: dict[str, Any] | None = None,
) -> HistoryEntry:
    """Adds one entry; ``actor`` is None for what the portal does by itself, ``changes`` must be JSON."""
    entry = _entry(at, actor, verb, subject, changes)
    entry.save()
    return entry


def record_many(
    *, at: datetime, actor: AbstractBaseUser | None, verb: str, subjects: Iterable[tuple[Subject, dict[str, Any]]]
) -> None:
    """Adds an entry for each subject, with what is said of it, in few statements."""
    HistoryEntry.objects.bulk_create(
        (_entry(at, actor, verb, subject, changes) for subject, changes in subjects), batch_size=500
    )


def _entry(
    at: datetime, actor: AbstractBaseUser | None, verb: str, subject: Subject, changes: dict[str, Any] | None
) -> HistoryEntry:
    return HistoryEntry(
        at=at,
        actor_id=actor.pk if actor else None,
        verb=verb,
        subject_type=type(subject).__name__.lower(),
        subject_uuid=subject.uuid,
        changes=changes or {},
    )


def of(*subjects: Subject) -> QuerySet[HistoryEntry]:
    """All entries of one subject, or of several, newest first."""
    wanted = Q(pk=None)
    for subject in subjects:
        wanted |= Q(subject_type=type(subject).__name__.lower(), subject_uuid=subject.uuid)
    return HistoryEntry.objects.filter(wanted).select_related("actor")


def count_since(moment: datetime, *, besides: Collection[str] = ()) -> int:
    """How many entries there are from a moment on, but for those of the verbs ``besides``.

    Entries are only ever added, with the change itself: while the number is the same, nothing was changed. A
    greatest key could not tell that, since of two changes at once the later one may be there first.
    """
    return HistoryEntry.objects.filter(at__gte=moment).exclude(verb__in=besides).count()
