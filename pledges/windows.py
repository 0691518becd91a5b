"""Which windows are open, whom they ask, and who has answered. Every rule stands twice: for a set and for a row."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounts.models import Stakeholder
from pledges.models import Confirmation, Handover, Pledge, PledgeParty, ProgressUpdate, Stage, UpdateWindow
from pledges.models.update import ScopeChange

# No zone is further from UTC than this, so a window's local days lie within a day of the UTC days.
_A_DAY = timedelta(days=1)


def open_windows(at: datetime) -> list[UpdateWindow]:
    """The windows in which updates are being asked for at ``at``, the one that closes first at the front."""
    day = at.date()
    near = UpdateWindow.objects.filter(opens_on__lte=day + _A_DAY, closes_on__gte=day - _A_DAY)
    windows = near.select_related("cycle").prefetch_related("occasions").order_by("closes_on", "pk")
    return [window for window in windows if window.is_open(at)]


def asked_in(window: UpdateWindow, *, before: datetime) -> QuerySet[Pledge]:
    """The base of every figure of a window (ruling 1).

    The pledges of its occasions that were published before ``before`` and that no update accepted before the
    opening had left fulfilled or withdrawn. Only the latest such update counts: a later one may reopen a pledge.
    """
    latest = _accepted_before(window).filter(pledge=OuterRef("pk"))[:1]
    return (
        Pledge.objects.filter(occasion__in=window.occasions.all(), published_at__lt=before)
        .annotate(
            stage_at_opening=Subquery(latest.values("stage")),
            scope_at_opening=Subquery(latest.values("scope_change")),
        )
        .exclude(stage_at_opening__isnull=False, stage_at_opening=Stage.FULFILLED)
        .exclude(scope_at_opening__isnull=False, scope_at_opening=ScopeChange.WITHDRAWN)
    )


def is_asked(pledge: Pledge, window: UpdateWindow, *, before: datetime) -> bool:
    """Whether the window asks for this pledge: the same rule as ``asked_in``."""
    if pledge.published_at is None or pledge.published_at >= before:
        return False
    if pledge.occasion_id not in {cycle.pk for cycle in window.occasions.all()}:
        return False
    latest = _accepted_before(window).filter(pledge=pledge).first()
    return latest is None or not is_closed(latest)


def is_closed(update: ProgressUpdate) -> bool:
    """Whether an accepted update leaves nothing more to ask: the pledge is fulfilled or withdrawn."""
    return update.stage == Stage.FULFILLED or update.scope_change == ScopeChange.WITHDRAWN


def responded_in(window: UpdateWindow, *, as_of: datetime) -> Q:
    """A condition on pledges: first submitted, or confirmed, inside the window and not after ``as_of`` (ruling 2).

    For ``filter``, ``exclude`` and ``Count(filter=…)`` of querysets of pledges.
    """
    submitted = ProgressUpdate.objects.filter(
        pledge=OuterRef("pk"),
        first_submitted_at__gte=window.opens_at,
        first_submitted_at__lt=window.ends_at,
        first_submitted_at__lte=as_of,
    )
    confirmed = Confirmation.objects.filter(
        pledge=OuterRef("pk"), at__gte=window.opens_at, at__lt=window.ends_at, at__lte=as_of
    )
    return Q(Exists(submitted)) | Q(Exists(confirmed))


def has_responded(pledge: Pledge, window: UpdateWindow, *, as_of: datetime) -> bool:
    """Whether the pledge was answered for in the window: the same rule as ``responded_in``."""
    moments = [update.first_submitted_at for update in pledge.updates.all() if update.first_submitted_at]
    moments += [confirmation.at for confirmation in pledge.confirmations.all()]
    return any(window.opens_at <= moment < window.ends_at and moment <= as_of for moment in moments)


def reporters_of(pledges: Iterable[Pledge], window: UpdateWindow | None) -> dict[int, Stakeholder]:
    """Who reports on each pledge, by the pledge's key, in four queries.

    The lead of the open version, or for ``window`` the partner to whom the report was handed over. Of a
    stakeholder that was merged into another, that other one.
    """
    keys = [pledge.pk for pledge in pledges]
    leads = PledgeParty.objects.filter(
        version__pledge__in=keys, version__valid_until=None, role=PledgeParty.Role.LEAD, stakeholder__isnull=False
    )
    found = dict(leads.values_list("version__pledge_id", "stakeholder_id"))
    if window is not None:
        handed = Handover.objects.filter(pledge__in=keys, window=window)
        found |= dict(handed.values_list("pledge_id", "stakeholder_id"))
    survivors = surviving_stakeholders(key for key in found.values() if key is not None)
    return {pledge: survivors[key] for pledge, key in found.items() if key is not None}


def reporter_of(pledge: Pledge, window: UpdateWindow | None) -> Stakeholder:
    """Who reports on one pledge: the same rule as ``reporters_of``. Raises KeyError for a pledge without a lead."""
    return reporters_of([pledge], window)[pledge.pk]


def surviving_stakeholders(keys: Iterable[int]) -> dict[int, Stakeholder]:
    """For each key of a stakeholder the one that stands for it today: itself, or what it was merged into."""
    merged = merges()
    final = {key: survivor(key, merged) for key in keys}
    rows = Stakeholder.objects.in_bulk(set(final.values()))
    return {key: rows[end] for key, end in final.items()}


def merges() -> dict[int, int]:
    """Which stakeholder was merged into which, by their keys; a small table."""
    rows = Stakeholder.objects.filter(merged_into__isnull=False)
    return {key: into for key, into in rows.values_list("pk", "merged_into_id") if into is not None}


def survivor(key: int, merged: dict[int, int]) -> int:
    """The end of the chain of merges that begins at ``key``; a ring, which should not be, ends where it closes."""
    seen = {key}
    while key in merged and merged[key] not in seen:
        key = merged[key]
        seen.add(key)
    return key


def _accepted_before(window: UpdateWindow) -> QuerySet[ProgressUpdate]:
    opening = window.opens_at
    return (
        ProgressUpdate.objects.filter(accepted_at__lt=opening)
        .filter(Q(revoked_at=None) | Q(revoked_at__gt=opening))
        .latest_first()
    )
