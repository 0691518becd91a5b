"""Beginning a new cycle's roadmap with the rows of an earlier one, without carrying over what is not known yet."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from events.dates import EARLIEST, LATEST, whole_span
from events.models import Cycle, Event
from events.workflow import save_event

# A row that is planned again keeps what it is and for whom. Its text, place, mode, hours, links, registration,
# programme and documents were true of the earlier meeting only.
KEPT = ("title", "kind", "language", "precision", "audiences", "source_key")
_WEEK = 7


@transaction.atomic
def duplicate_roadmap(
    *, at: datetime, actor: User | None, source: Cycle, target: Cycle, years: int, keep_weekday: bool = False
) -> list[Event]:
    """Fills the empty roadmap of ``target``, which may be new, with the rows of ``source`` ``years`` later.

    Every row is unpublished and "to be confirmed"; cancelled ones are left out. Months stay months. With
    ``keep_weekday`` an exact day moves to the nearest same day of the week, by three days at most. Raises
    ValidationError when ``target`` has rows already, or a date would leave the calendar.
    """
    if target.pk is None:
        target.save()
    # Two people at once would both find it empty.
    Cycle.objects.select_for_update().get(pk=target.pk)
    if target.events.exists():
        raise ValidationError(_("This cycle has a roadmap already. Choose one without rows."))
    rows = source.events.exclude(status=Event.Status.CANCELLED).in_roadmap_order()
    return [_copy(row, at=at, actor=actor, target=target, years=years, keep_weekday=keep_weekday) for row in rows]


def years_between(source: Cycle, target: Cycle) -> int | None:
    """How many years after ``source`` the meeting of ``target`` begins; None if the days of one are not known."""
    if source.starts_on is None or target.starts_on is None:
        return None
    return target.starts_on.year - source.starts_on.year


def _copy(row: Event, *, at: datetime, actor: User | None, target: Cycle, years: int, keep_weekday: bool) -> Event:
    kept = {name: getattr(row, name) for name in KEPT}
    copy = Event(**kept, cycle=target, zone=target.zone, date_confirmed=False)
    if row.starts_on and row.last_day:
        copy.starts_on, copy.ends_before = _later(row, row.starts_on, row.last_day, years, keep_weekday=keep_weekday)
    save_event(at=at, actor=actor, event=copy)
    return copy


def _later(row: Event, first: date, last: date, years: int, *, keep_weekday: bool) -> tuple[date, date]:
    begin, end = in_years(first, years), in_years(last, years)
    if row.precision != Event.Precision.DAY:
        return whole_span(row.precision, begin, end)
    if keep_weekday:
        begin = nearest_same_weekday(begin, first)
    return begin, begin + (last - first) + timedelta(days=1)


def in_years(day: date, years: int) -> date:
    """The same day of another year; 29 February becomes 28 February where there is none.

    Raises ValidationError for a year that no event can have.
    """
    year = day.year + years
    # So near to its ends a week or a whole year could lead beyond the calendar.
    if not EARLIEST.year < year < LATEST.year:
        raise ValidationError(_("So many years away there is no calendar."))
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def nearest_same_weekday(day: date, like: date) -> date:
    """The day nearest to ``day`` that falls on the weekday of ``like``."""
    ahead = (like.weekday() - day.weekday()) % _WEEK
    return day + timedelta(days=ahead if ahead <= _WEEK // 2 else ahead - _WEEK)
