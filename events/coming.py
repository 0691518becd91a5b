"""The coming events of a cycle as entries of an Atom feed."""

from django.utils.translation import gettext as _

from events.dates import date_words, time_words
from events.models import Event
from foundation.atom import Entry


def coming_entry(event: Event, address: str) -> Entry:
    """What readers of the feed are told of an event; ``address`` is absolute."""
    return Entry(event.uuid, f"{_when(event)}: {event.title}", _summary(event), address, event.updated_at)


def _when(event: Event) -> str:
    words = date_words(event.starts_on, event.ends_before, event.precision, with_year=True)
    return (
        words if event.date_confirmed or event.starts_on is None else _("%(date)s (to be confirmed)") % {"date": words}
    )


def _summary(event: Event) -> str:
    facts = [event.get_kind_display(), event.get_mode_display() if event.mode else "", event.place]
    if event.starts_on and event.last_day and event.start_time:
        facts.append(time_words(event.starts_on, event.last_day, event.start_time, event.end_time, event.zone))
    if event.status != Event.Status.SCHEDULED:
        facts.insert(0, f"{event.get_status_display().capitalize()}. {event.status_reason}".strip())
    lines = [" · ".join(fact for fact in facts if fact), event.description]
    return "\n\n".join(line for line in lines if line)
