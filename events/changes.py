"""What changed about published events, in words for their readers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from events.dates import date_words, zone_words
from events.facts import values_of
from events.models import Cycle, Event, EventChange
from foundation.atom import Entry

# As many as anybody reads on an event's page; the page of all changes has the others.
_MOST_SHOWN = 12


@dataclass
class DescribedChange:
    """One announced change: when, of what, before and now. ``words`` says all of it in one line."""

    change: EventChange
    day: date
    what: str
    old: str
    new: str
    reason: str

    @property
    def words(self) -> str:
        """Such as "Date: 4 November 2021 → 11 November 2021"."""
        return change_words(self.change.field, self.change.old, self.change.new)


def described_changes(event: Event) -> list[DescribedChange]:
    """The announced changes of an event, newest first. Costs one query."""
    announced = event.changes.filter(announced=True)[:_MOST_SHOWN]
    return [described(change, event.cycle) for change in announced]


def changes_for_public(cycle: Cycle) -> QuerySet[EventChange]:
    """What the public was told of a cycle's events, newest first; of events that are public now only."""
    public = EventChange.objects.filter(
        announced=True, event__cycle=cycle, event__published_at__isnull=False, event__cycle__published_at__isnull=False
    )
    return public.select_related("event").order_by("-at", "-pk")


def described(change: EventChange, cycle: Cycle) -> DescribedChange:
    """A change with its stored codes in words, on the day it had where the cycle's dates are read."""
    return DescribedChange(
        change=change,
        day=change.at.astimezone(cycle.zoneinfo).date(),
        what=fact_name(change.field, change.old, change.new),
        old=fact_words(change.field, change.old),
        new=fact_words(change.field, change.new),
        reason=change.reason,
    )


def entry_of(told: DescribedChange, address: str) -> Entry:
    """A change as readers of the Atom feed are told it; ``address`` is absolute."""
    change = told.change
    summary = f"{told.words}. {told.reason}".strip()
    return Entry(change.uuid, f"{change.event.title}: {told.what}", summary, address, change.at)


def change_words(fact: str, old: str, new: str) -> str:
    """Such as "Date: 4 November 2021 → 11 November 2021"."""
    return f"{fact_name(fact, old, new)}: {fact_words(fact, old)} → {fact_words(fact, new)}"


def fact_name(fact: str, old: str, new: str) -> str:
    """What readers call the fact; a move into the net has a name of its own."""
    if fact == "where" and is_move_online(old, new):
        return _("Moved online")
    names = {
        "date": _("Date"),
        "time": _("Time"),
        "where": _("Place"),
        "status": _("Status"),
        "confirmed": _("Date confirmed"),
    }
    return names.get(fact, fact)


def fact_words(fact: str, text: str) -> str:
    """A fact's stored text in words; a text that is none of ours is shown as it is."""
    values = values_of(text)
    if not values:
        return text or _("not said")
    words: dict[str, Callable[[dict[str, str]], str]] = {
        "date": _date_words,
        "time": _time_words,
        "where": _where_words,
        "status": lambda stored: str(dict(Event.Status.choices).get(stored["status"], stored["status"])),
        "confirmed": lambda stored: _("yes") if stored["date_confirmed"] == "True" else _("no"),
    }
    say = words.get(fact)
    return say(values) if say else text


def _date_words(values: dict[str, str]) -> str:
    return date_words(_day(values["starts_on"]), _day(values["ends_before"]), values["precision"], with_year=True)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _time_words(values: dict[str, str]) -> str:
    start, end = (time.fromisoformat(values[name]) if values[name] else None for name in ("start_time", "end_time"))
    words = {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}" if end else "", "zone": zone_words(values["zone"])}
    if end is None:
        return pgettext("changed hours", "from %(start)s, %(zone)s") % words
    return pgettext("changed hours", "%(start)s–%(end)s, %(zone)s") % words


def _where_words(values: dict[str, str]) -> str:
    mode = str(dict(Event.Mode.choices).get(values["mode"], values["mode"])) if values["mode"] else ""
    return ", ".join(part for part in (values["place"], mode) if part) or _("not said")


def is_move_online(old: str, new: str) -> bool:
    """Whether a change of the place took an event from rooms into the net."""
    before, now = values_of(old).get("mode", ""), values_of(new).get("mode", "")
    return before in (Event.Mode.IN_PERSON, Event.Mode.HYBRID) and now == Event.Mode.VIRTUAL


def is_move_of_date(old: str, new: str) -> bool:
    """Whether a change of the date is a move; to know more exactly what was said before is none."""
    before, now = values_of(old), values_of(new)
    if not before.get("starts_on"):
        return False
    if not now.get("starts_on"):
        return True
    return not (before["starts_on"] <= now["starts_on"] and now["ends_before"] <= before["ends_before"])
