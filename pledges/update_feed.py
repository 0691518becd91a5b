"""Published progress as entries of an Atom feed."""

from django.conf import settings
from django.utils.translation import gettext as _

from foundation import atom
from pledges.timeline import Entry


def feed_entry(told: Entry) -> atom.Entry:
    """What a reader of a feed is told of one entry of the public timeline."""
    return atom.Entry(
        uuid=told.key,
        title=f"{told.pledge.reference}: {_what(told)}",
        summary=_summary(told),
        address=f"{settings.SITE_URL}{told.pledge.get_absolute_url()}#progress",
        # A withdrawn update is the same entry, changed; its text is gone from it.
        changed_at=told.withdrawn_at or told.at,
        language=told.language,
    )


def _what(told: Entry) -> str:
    if told.kind == "withdrawn":
        return _("an update was withdrawn")
    if told.kind == "confirmation":
        return _("no significant change")
    return " · ".join(words for words in (told.stage_label, told.scope_change_label) if words)


def _summary(told: Entry) -> str:
    if told.kind == "withdrawn":
        return told.note
    numbers = "; ".join(f"{result.label}: {result.value} {result.unit}".strip() for result in told.results)
    return "\n\n".join(part for part in (told.reported_by, told.narrative, numbers) if part)
