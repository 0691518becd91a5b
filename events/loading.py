"""Loads a roadmap into a cycle: says what is new, changed and unchanged, and writes only what it was asked to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from events.models import Cycle, Event
from events.roadmap_export import said
from events.roadmap_file import Row, judge_roadmap
from events.workflow import publish_events, save_event
from foundation.spreadsheets import BY_COMMAND, Table, Trouble, read_table

# A file names these only for rows that are new: addresses do not move.
_ONLY_WHEN_NEW = {"slug"}

Progress = Callable[[int, int], None]


@dataclass
class Change:
    """An event, by its stored title, whose facts differ from the file's: field, stored value, the file's value."""

    line: int
    title: str
    differences: list[tuple[str, str, str]]


@dataclass
class Report:
    """What a load found and did. With ``troubles`` nothing was saved."""

    troubles: list[Trouble] = field(default_factory=list)
    new: list[Event] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    updated: bool = False
    published: int = 0


def load_roadmap(
    content: bytes,
    *,
    cycle: Cycle,
    at: datetime,
    actor: User | None,
    update: bool,
    publish: bool,
    progress: Progress | None = None,
) -> Report:
    """Adds the rows of a CSV or XLSX file to the cycle, as ``load_table`` does.

    Raises ``foundation.spreadsheets.UnreadableFileError`` when the file as a whole is no roadmap.
    """
    table = read_table(content, BY_COMMAND)
    return load_table(table, cycle=cycle, at=at, actor=actor, update=update, publish=publish, progress=progress)


@transaction.atomic
def load_table(
    table: Table,
    *,
    cycle: Cycle,
    at: datetime,
    actor: User | None,
    update: bool,
    publish: bool,
    save: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Adds the table's new rows to the cycle; changed ones are written only with ``update``.

    ``publish`` makes the new rows public. One bad cell, and nothing is saved. Without ``save`` it only tells what
    it would do. Raises ``foundation.spreadsheets.UnreadableFileError`` when the columns are not a roadmap's.
    """
    # One load at a time: two at once would both find the same rows missing.
    Cycle.objects.select_for_update().get(pk=cycle.pk)
    rows, troubles = judge_roadmap(table, cycle)
    report = Report(troubles=troubles, updated=update)
    # What is good is compared as well, if nothing is saved anyway: people want to know all that is to mend.
    writing = save and not troubles
    if troubles and save:
        return report
    for done, (row, event) in enumerate(_matched(rows, cycle), 1):
        _load_row(row, event, report, cycle=cycle, at=at, actor=actor, save=writing)
        if progress:
            progress(done, len(rows))
    if report.troubles and save:
        transaction.set_rollback(True)
        return Report(troubles=report.troubles)
    if publish and writing:
        report.published = publish_events(at=at, actor=actor, events=report.new)
    return report


def _matched(rows: list[Row], cycle: Cycle) -> Iterator[tuple[Row, Event | None]]:
    """Each row with the event it speaks of: by key, else by title and first day among those not named by a key."""
    # Held until the end, so that no edit of staff comes between the comparison and the write.
    events = list(cycle.events.select_for_update().order_by("pk"))
    by_key = {event.source_key: event for event in events}
    named = {row.key for row in rows if row.key in by_key}
    by_title: dict[tuple[str, Any], list[Event]] = {}
    for event in events:
        if event.source_key not in named:
            by_title.setdefault((event.title, event.starts_on), []).append(event)
    for row in rows:
        same_title = by_title.get((row.fields["title"], row.fields["starts_on"]), [])
        yield row, by_key.get(row.key) or (same_title.pop(0) if same_title else None)


def _load_row(
    row: Row, event: Event | None, report: Report, *, cycle: Cycle, at: datetime, actor: User | None, save: bool
) -> None:
    if event is None:
        new = Event(**({"cycle": cycle, "zone": cycle.zone} | row.fields))
        if save:
            save_event(at=at, actor=actor, event=new)
        report.new.append(new)
        return
    values = _values_for(row, event)
    differences = [(name, getattr(event, name), value) for name, value in values.items()]
    told = [(name, said(name, stored), said(name, value)) for name, stored, value in differences if stored != value]
    if not told:
        report.unchanged += 1
        return
    report.changed.append(Change(row.line, event.title, told))
    if report.updated:
        _update(row, event, values, report, at=at, actor=actor, save=save)


def _values_for(row: Row, event: Event) -> dict[str, Any]:
    """What the row says of an event that is there; a note that is the place may be stored once or twice."""
    values = {name: value for name, value in row.fields.items() if name not in _ONLY_WHEN_NEW}
    if "place" not in values and values["description"] == event.place:
        values["description"] = ""
    elif event.description and event.description == row.note == values.get("place"):
        values["description"] = event.description
    return values


def _update(
    row: Row, event: Event, values: dict[str, Any], report: Report, *, at: datetime, actor: User | None, save: bool
) -> None:
    for name, value in values.items():
        setattr(event, name, value)
    try:
        # What the file does not say must still fit what it does say, such as a stored hour and a new month.
        event.full_clean(exclude=["links"])
    except ValidationError as error:
        report.troubles.append(Trouble(row.line, "", " ".join(error.messages)))
    else:
        if save:
            save_event(at=at, actor=actor, event=event)
