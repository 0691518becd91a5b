"""What waits for the reviewers, how long, for which window, and what deserves a closer look."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from pledges.models import PledgeVersion, ProgressUpdate, Stage, UpdateRound, UpdateWindow
from pledges.models.update import ScopeChange

State = ProgressUpdate.State


@dataclass(frozen=True)
class Waiting:
    """How many rounds wait for a decision, and since when the first of them does."""

    count: int
    since: datetime | None


def waiting_now() -> Waiting:
    """The size of the queue, in one query."""
    rows = UpdateRound.objects.filter(decision="", update__state=State.SUBMITTED)
    found = rows.aggregate(count=Count("pk"), since=Min("submitted_at"))
    return Waiting(found["count"], found["since"])


def with_queue_facts(rows: QuerySet[ProgressUpdate], *, at: datetime) -> QuerySet[ProgressUpdate]:
    """Updates with what the queue shows of them; one query for the windows, however many rows.

    ``since_at`` is the moment of the newest round, or of the last saving of a draft; ``window_name`` the window for
    which the update counts, by the day on which it was first submitted (rulings 1 and 2); ``is_first`` says that
    nothing of the pledge is published beside it.
    """
    newest = UpdateRound.objects.filter(update=OuterRef("pk")).order_by("-number")
    versions = PledgeVersion.objects.filter(pledge=OuterRef("pledge"), valid_until=None)
    others = ProgressUpdate.objects.filter(pledge=OuterRef("pledge")).accepted_as_of(at).exclude(pk=OuterRef("pk"))
    return rows.annotate(
        pledge_title=Subquery(versions.values("title")[:1]),
        since_at=Coalesce(Subquery(newest.values("submitted_at")[:1]), F("saved_at")),
        round_number=Subquery(newest.values("number")[:1]),
        at_now=Value(at, output_field=DateTimeField()),
        is_first=Case(When(Exists(others), then=Value(False)), default=Value(True), output_field=BooleanField()),
        window_name=Case(*_windows(at), default=Value(""), output_field=CharField()),
    )


def flags_of(update: ProgressUpdate) -> list[str]:
    """Why a row of ``with_queue_facts`` deserves a closer look, in words; nothing of what is not submitted."""
    if update.is_editable:
        return []
    marks = (
        (update.is_first, _("first update")),  # type: ignore[attr-defined] # annotated above
        (update.stage == Stage.FULFILLED, _("fulfilled")),
        (update.scope_change == ScopeChange.WITHDRAWN, _("withdrawn")),
        ((update.round_number or 0) > 1, _("corrected")),  # type: ignore[attr-defined] # annotated above
    )
    return [words for applies, words in marks if applies]


def _windows(at: datetime) -> list[When]:
    windows = UpdateWindow.objects.select_related("cycle").prefetch_related("occasions")
    return [When(_counts_for(window), then=Value(_name(window, at))) for window in windows]


def _counts_for(window: UpdateWindow) -> Q:
    return Q(
        first_submitted_at__gte=window.opens_at,
        first_submitted_at__lt=window.ends_at,
        pledge__occasion__in=[cycle.pk for cycle in window.occasions.all()],
    )


def _name(window: UpdateWindow, at: datetime) -> str:
    first, last = (date_format(day, "j M Y") for day in (window.opens_on, window.closes_on))
    name = _("%(first)s – %(last)s") % {"first": first, "last": last}
    return _("%(window)s, open now") % {"window": name} if window.is_open(at) else name
