"""What sessions, documents, texts and questions have in common: facts that differ, and being public or not."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, Max, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import User
from events.stamp import CALENDAR
from foundation import history
from foundation.models import HistoryEntry
from foundation.stamps import raise_stamp

Differences = dict[str, tuple[Any, Any]]


class Publishable(Protocol):
    """A row that staff publish and withdraw."""

    published_at: datetime | None

    @property
    def uuid(self) -> UUID: ...


def differences_between(stored: models.Model, edited: models.Model, fields: Iterable[str]) -> Differences:
    """Fields whose value differs, with the value before and now."""
    pairs = {field: (getattr(stored, field), getattr(edited, field)) for field in fields}
    return {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}


def as_json(differences: Differences) -> dict[str, list[str]]:
    """Differences as the history keeps them."""
    return {field: [_as_text(old), _as_text(new)] for field, (old, new) in differences.items()}


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


def was_ever_public(row: Publishable) -> bool:
    """Whether somebody may have seen it. Costs a query unless it is public now."""
    return row.published_at is not None or history.of(row).filter(verb=f"{_noun(row)}.published").exists()


def newest_public_change(rows: "models.QuerySet[Any]") -> datetime | None:
    """When what the public sees of ``rows`` changed last; the going of a row is a change, a draft is none."""
    noun = rows.model.__name__.lower()
    gone = HistoryEntry.objects.filter(subject_type=noun, subject_uuid=OuterRef("uuid"), verb=f"{noun}.withdrawn")
    public = rows.filter(Q(published_at__isnull=False) | Exists(gone))
    newest: datetime | None = public.aggregate(newest=Max("updated_at"))["newest"]
    return newest


def set_published(*, at: datetime, actor: User | None, rows: Iterable[Any], published_at: datetime | None) -> list[Any]:
    """Publishes rows of one kind, or with None withdraws them; call it in a transaction. Returns those that changed.

    Side effects: history of each, and the stamp of the calendar's pages.
    """
    chosen = list(rows)
    if not chosen:
        return []
    manager = type(chosen[0])._default_manager  # noqa: SLF001 -- Django's public name for it begins so
    # Always in the same order, so that two people who do the same at once wait instead of blocking each other.
    stored = manager.select_for_update().filter(pk__in=[row.pk for row in chosen]).order_by("pk")
    to_change = [row for row in stored if (row.published_at is None) != (published_at is None)]
    for row in to_change:
        row.published_at = published_at
        row.updated_at = at
        row.save(update_fields=["published_at", "updated_at"])
        verb = "withdrawn" if published_at is None else "published"
        history.record(at=at, actor=actor, verb=f"{_noun(row)}.{verb}", subject=row)
    if to_change:
        raise_stamp(CALENDAR)
    return to_change


def delete_unpublished(*, at: datetime, actor: User | None, row: Any, name: str) -> None:
    """Deletes a row that was never public; call it in a transaction. Raises ValidationError for any other."""
    stored = type(row)._default_manager.select_for_update().get(pk=row.pk)  # noqa: SLF001 -- as above
    if was_ever_public(stored):
        raise ValidationError(_("This was public. Withdraw it instead of deleting it."))
    history.record(at=at, actor=actor, verb=f"{_noun(stored)}.deleted", subject=stored, changes={"name": name})
    stored.delete()


def _noun(row: Any) -> str:
    return type(row).__name__.lower()
