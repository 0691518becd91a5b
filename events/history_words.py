"""What this room's entries in the history are called for staff."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from events.models import Event

_NOUNS = ("event", "session", "document", "meetingtext", "questiongroup", "question")
_ENDINGS: dict[str, Promise] = {
    "created": _("created"),
    "changed": _("changed"),
    "published": _("published"),
    "withdrawn": _("withdrawn"),
    "deleted": _("deleted"),
}


def verbs() -> dict[str, Promise]:
    """The same five for each kind of row."""
    return {f"{noun}.{ending}": words for noun in _NOUNS for ending, words in _ENDINGS.items()}


def facts() -> dict[str, str | Promise]:
    """The fields of an event by their names in the database, too."""
    fields = Event._meta.concrete_fields  # noqa: SLF001 -- Django's documented API
    return {name: field.verbose_name for field in fields for name in (field.name, field.attname)}
