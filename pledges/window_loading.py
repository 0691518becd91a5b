"""Brings windows from a file into the database: new ones are made, changed ones only when asked to."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from pledges.models import ReminderRule, UpdateWindow
from pledges.window_file import Row


@dataclass
class Report:
    """What a load found, window by window, in words for the command line."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


@transaction.atomic
def load_windows(rows: list[Row], *, at: datetime, update: bool) -> Report:
    """Makes the windows that are not there; writes differences only with ``update``.

    A window is known by its event, else by its cycle and first day. Rules of the file are added by name and
    never taken away or moved: reminders may stand on them. ``at`` is when the rules of windows that are not
    switched on are said to be made; those of the others count from when their window was switched on.
    """
    report = Report()
    for row in rows:
        window = _known(row)
        if window is None:
            report.new.append(str(_make(row, at=at)))
            continue
        differences = _differences(row, window)
        if differences and update:
            _change(row, window, at=at)
        (report.changed if differences else report.unchanged).append(
            f"{window}: {'; '.join(differences)}" if differences else str(window)
        )
    return report


def _known(row: Row) -> UpdateWindow | None:
    windows = UpdateWindow.objects.select_related("cycle", "event")
    linked = windows.filter(event=row.event).first() if row.event else None
    return linked or windows.filter(cycle=row.cycle, opens_on=row.opens_on).first()


def _facts(row: Row) -> dict[str, Any]:
    return {
        "cycle": row.cycle,
        "opens_on": row.opens_on,
        "closes_on": row.closes_on,
        "event": row.event,
        "activated_at": row.activated_at,
    }


def _make(row: Row, *, at: datetime) -> UpdateWindow:
    window = UpdateWindow(**_facts(row))
    window.full_clean()
    window.save()
    window.occasions.set(row.occasions)
    _add_rules(row, window, at=at)
    return window


def _change(row: Row, window: UpdateWindow, *, at: datetime) -> None:
    for name, value in _facts(row).items():
        setattr(window, name, value)
    window.full_clean()
    window.save()
    window.occasions.set(row.occasions)
    _add_rules(row, window, at=at)


def _add_rules(row: Row, window: UpdateWindow, *, at: datetime) -> None:
    there = set(window.rules.values_list("name", flat=True))
    for rule in row.rules:
        if rule.name not in there:
            ReminderRule.objects.create(
                window=window,
                name=rule.name,
                anchor=rule.anchor,
                offset_days=rule.days,
                created_at=row.activated_at or at,
            )


def _differences(row: Row, window: UpdateWindow) -> list[str]:
    facts = [
        f"{name}: {getattr(window, name)} → {value}"
        for name, value in _facts(row).items()
        if getattr(window, name) != value
    ]
    if set(window.occasions.all()) != set(row.occasions):
        facts.append("occasions: " + ", ".join(cycle.slug for cycle in row.occasions))
    stored = {(rule.name, rule.anchor, rule.offset_days) for rule in window.rules.all()}
    return facts + [
        f"rule “{rule.name}” {'differs' if any(rule.name == name for name, *_rest in stored) else 'is missing'}"
        for rule in row.rules
        if tuple(rule) not in stored
    ]
