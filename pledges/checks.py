"""Windows must say what the roadmap says (ruling 10)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004 -- Django's own name for it
from django.db import DatabaseError

from pledges.models import UpdateWindow


def says_other_days(window: UpdateWindow) -> bool:
    """Whether the linked row of the roadmap spans other days than the window; never without such a row."""
    event = window.event
    if event is None:
        return False
    return (event.starts_on, event.ends_before) != (window.opens_on, window.closes_on + timedelta(days=1))


@register(Tags.database)
def check_windows_agree_with_roadmap(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Warns of every window whose row of the roadmap spans other days: people would be told two stories."""
    windows = [window for alias in databases or [] for window in _linked_windows(alias)]
    return [
        Warning(
            f"The update window {window.opens_on} to {window.closes_on} is on the roadmap with other days "
            f"(“{window.event}”).",
            hint="Correct the window or the event in the administration; the window is what reminders go by.",
            id="pledges.W001",
        )
        for window in windows
        if says_other_days(window)
    ]


def _linked_windows(alias: str) -> list[UpdateWindow]:
    try:
        return list(UpdateWindow.objects.using(alias).filter(event__isnull=False).select_related("event"))
    except DatabaseError:
        # Before the first migration there are no tables to read; "migrate" runs the checks as well.
        return []
