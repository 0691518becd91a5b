"""What changed about a published event, in words for its readers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from events.dates import zone_words
from events.models import Event, EventChange

# As many as anybody reads; the history keeps all.
_MOST_SHOWN = 12


@dataclass
class DescribedChange:
    """One announced change: when, of what, before and now."""

    day: date
    what: str
    old: str
    new: str
    reason: str


def described_changes(event: Event) -> list[DescribedChange]:
    """The announced changes of an event, newest first. Costs one query."""
    announced = event.changes.filter(announced=True)[:_MOST_SHOWN]
    return [described(change, event) for change in announced]


def described(change: EventChange, event: Event) -> DescribedChange:
    """A change with its stored codes in words."""
    say = _words_of(change.field)
    return DescribedChange(
        day=change.at.astimezone(event.cycle.zoneinfo).date(),
        what=_names().get(change.field, change.field),
        old=say(change.old) if change.old else _("not said"),
        new=say(change.new) if change.new else _("not said"),
        reason=change.reason,
    )


def _names() -> dict[str, str]:
    return {
        "starts_on": _("First day"),
        "ends_before": _("Last day"),
        "precision": _("Exactness of the date"),
        "start_time": _("Beginning"),
        "end_time": _("End"),
        "zone": _("Time zone"),
        "place": _("Place"),
        "mode": _("Mode"),
        "status": _("Status"),
        "date_confirmed": _("Date confirmed"),
    }


def _words_of(field: str) -> Callable[[str], str]:
    words: dict[str, Callable[[str], str]] = {
        "starts_on": lambda stored: _day_words(date.fromisoformat(stored)),
        # Stored is the day after the last; people think in last days.
        "ends_before": lambda stored: _day_words(date.fromisoformat(stored) - timedelta(days=1)),
        "precision": lambda stored: str(dict(Event.Precision.choices).get(stored, stored)),
        "mode": lambda stored: str(dict(Event.Mode.choices).get(stored, stored)),
        "status": lambda stored: str(dict(Event.Status.choices).get(stored, stored)),
        "zone": zone_words,
        "date_confirmed": lambda stored: _("yes") if stored == "True" else _("no"),
    }
    return words.get(field, str)


def _day_words(day: date) -> str:
    return date_format(day, pgettext("date format: day, month and year", "j F Y"))
