"""Who changed what about a row, and when, for staff."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from events.models import Event
from foundation import history
from foundation.models import HistoryEntry


@dataclass
class Told:
    """An entry with its verb and its fields in words; each field with the value before and after."""

    entry: HistoryEntry
    verb: str
    fields: list[tuple[str, str, str]]


class HistoryMixin:
    """Shows the portal's own history, which knows what no form did: imports, publishing, copies."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Django's page, with our entries."""
        event = Event.objects.filter(pk=object_id).first() if object_id.isascii() and object_id.isdigit() else None
        entries = [told(entry) for entry in history.of(event)] if event else []
        context = {"entries": entries, **(extra_context or {})}
        response: HttpResponse = super().history_view(request, object_id, context)  # type: ignore[misc] # Django's ModelAdmin stands behind
        return response


def told(entry: HistoryEntry) -> Told:
    """An entry in words; what it says in another shape than old and new is shown as the new value."""
    # Databases keep the keys of JSON in orders of their own.
    pairs = sorted((_label(name), *_old_and_new(value)) for name, value in entry.changes.items())
    return Told(entry, _verbs().get(entry.verb, entry.verb), pairs)


def _old_and_new(value: Any) -> tuple[str, str]:
    if isinstance(value, list) and len(value) == 2:
        return str(value[0]), str(value[1])
    return "", str(value)


def _label(name: str) -> str:
    try:
        return str(Event._meta.get_field(name.removesuffix("_id")).verbose_name)  # type: ignore[union-attr] # noqa: SLF001 -- Django's documented API
    except FieldDoesNotExist:
        return name


def _verbs() -> dict[str, str]:
    return {
        "event.created": _("created"),
        "event.changed": _("changed"),
        "event.published": _("published"),
        "event.withdrawn": _("withdrawn"),
        "event.deleted": _("deleted"),
    }
