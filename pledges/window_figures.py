"""How many of the asked pledges were answered for, window by window."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import BooleanField, Case, Count, Q, Value, When

from pledges.models import UpdateWindow
from pledges.windows import asked_in, responded_in


class Coverage(NamedTuple):
    """So many of so many: ``asked`` is the base (ruling 1)."""

    responded: int
    asked: int


def coverage_of(windows: Iterable[UpdateWindow], *, as_of: datetime) -> dict[int, Coverage]:
    """The coverage of each window at ``as_of`` by the window's key, in one query for any number of them.

    The base is what a reminder would ask for at ``as_of``, or at the window's end if that came before.
    """
    counts = [_counts(window, as_of=as_of) for window in windows]
    if not counts:
        return {}
    rows = counts[0].union(*counts[1:], all=True) if len(counts) > 1 else counts[0]
    found = {row["window"]: Coverage(row["responded"], row["asked"]) for row in rows}
    return {window.pk: found.get(window.pk, Coverage(0, 0)) for window in windows}


def _counts(window: UpdateWindow, *, as_of: datetime):  # type: ignore[no-untyped-def] # a union's rows have no name
    answered = Case(When(responded_in(window, as_of=as_of), then=True), default=False, output_field=BooleanField())
    return (
        asked_in(window, before=min(as_of, window.ends_at))
        .order_by()
        .annotate(window=Value(window.pk), answered=answered)
        .values("window")
        .annotate(asked=Count("pk"), responded=Count("pk", filter=Q(answered=True)))
    )
