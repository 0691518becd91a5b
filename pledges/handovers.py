"""Handing the report on a joint pledge to a partner for one window, and taking it back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Membership, Stakeholder, User
from foundation import history
from pledges import handover_mail
from pledges.models import Handover, Pledge, PledgeParty, ProgressUpdate, UpdateWindow
from pledges.refusals import Refused
from pledges.windows import merges, open_windows, reporter_of, survivor

State = ProgressUpdate.State
# No zone is further from UTC than this, so a window's last local day lies within a day of the UTC day.
_A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Partner:
    """A partner that is an entity, and whether somebody is there who could report for it."""

    stakeholder: Stakeholder
    has_focal_point: bool


def windows_to_come(pledge: Pledge, *, at: datetime) -> list[UpdateWindow]:
    """The windows that ask for pledges of this occasion and are not over at ``at``, the first to close first."""
    near = UpdateWindow.objects.filter(occasions=pledge.occasion_id, closes_on__gte=at.date() - _A_DAY)
    windows = near.select_related("cycle").order_by("closes_on", "pk")
    return [window for window in windows if window.ends_at > at]


def standing_handovers(pledge: Pledge, *, at: datetime) -> list[Handover]:
    """Those of windows that are not over, and one of the past whose holder still has a returned update to correct."""
    rows = list(pledge.handovers.select_related("stakeholder", "window__cycle").order_by("window__closes_on", "pk"))
    returned = pledge.updates.filter(state=State.RETURNED).values_list("stakeholder", flat=True).first()
    merged = merges()
    holder = survivor(returned, merged) if returned else None
    return [row for row in rows if row.window.ends_at > at or survivor(row.stakeholder_id, merged) == holder]


def partners_of(pledge: Pledge, *, at: datetime) -> list[Partner]:
    """The partners that the report can go to, by name: entities as they stand today, never labels, never the lead."""
    merged, lead = merges(), reporter_of(pledge, None)
    parties = PledgeParty.objects.filter(
        version__pledge=pledge, version__valid_until=None, stakeholder__isnull=False
    ).values_list("stakeholder_id", flat=True)
    keys = {survivor(key, merged) for key in parties if key is not None} - {lead.pk}
    reporting = _with_focal_points(keys, at=at)
    found = Stakeholder.objects.filter(pk__in=keys).order_by("name", "pk")
    return [Partner(row, has_focal_point=row.pk in reporting) for row in found]


@transaction.atomic
def hand_over(
    *, at: datetime, actor: User | None, pledge: Pledge, stakeholder: Stakeholder, window: UpdateWindow
) -> Handover:
    """Lets a partner report in ``window``; a draft goes with it. The same again changes nothing.

    Tells the focal points of both sides. Raises Refused with a sentence when the report cannot go there.
    """
    # Two leads at once wait for each other here (SQLite lets only one write anyway).
    pledge = Pledge.objects.select_for_update(no_key=True).get(pk=pledge.pk)
    there = Handover.objects.filter(pledge=pledge, window=window).select_related("stakeholder").first()
    if there is not None and there.stakeholder_id == stakeholder.pk:
        return there
    _refuse_impossible(pledge, stakeholder, window, there, at=at)
    try:
        with transaction.atomic():
            made = Handover.objects.create(pledge=pledge, stakeholder=stakeholder, window=window)
    except IntegrityError as error:
        raise Refused(_("Somebody was faster. Please look again at who reports.")) from error
    changes = {"to": stakeholder.slug, "window": str(window.opens_on)}
    history.record(at=at, actor=actor, verb="report handed over", subject=pledge, changes=changes)
    _move_open_update(pledge, at=at)
    handover_mail.send_handed_over(made, lead=reporter_of(pledge, None), at=at)
    return made


@transaction.atomic
def take_back(*, at: datetime, actor: User | None, pledge: Pledge, window: UpdateWindow) -> bool:
    """Lets the lead report in ``window`` again; a draft, or a returned update, comes with it. False if it did already.

    Tells the focal points of both sides. Raises Refused while the reviewers have the partner's update.
    """
    pledge = Pledge.objects.select_for_update(no_key=True).get(pk=pledge.pk)
    row = Handover.objects.filter(pledge=pledge, window=window).select_related("stakeholder", "window__cycle").first()
    if row is None:
        return False
    if window.is_open(at):
        _refuse_in_review(pledge)
    Handover.objects.filter(pk=row.pk).delete()
    changes = {"from": row.stakeholder.slug, "window": str(window.opens_on)}
    history.record(at=at, actor=actor, verb="report taken back", subject=pledge, changes=changes)
    _move_open_update(pledge, at=at)
    handover_mail.send_taken_back(row, lead=reporter_of(pledge, None), at=at)
    return True


def _refuse_impossible(
    pledge: Pledge, stakeholder: Stakeholder, window: UpdateWindow, there: Handover | None, *, at: datetime
) -> None:
    if there is not None:
        raise Refused(
            _("%(name)s reports in this window already. Take the report back first.") % {"name": there.stakeholder}
        )
    if window not in windows_to_come(pledge, at=at):
        raise Refused(_("This window is over, or does not ask for this pledge."))
    partner = next((each for each in partners_of(pledge, at=at) if each.stakeholder == stakeholder), None)
    if partner is None:
        raise Refused(_("%(name)s is no party of this pledge.") % {"name": stakeholder})
    if not partner.has_focal_point:
        raise Refused(
            _("Nobody can report for %(name)s yet. It needs a focal point here first.") % {"name": stakeholder}
        )
    if window.is_open(at):
        _refuse_in_review(pledge)


def _refuse_in_review(pledge: Pledge) -> None:
    if ProgressUpdate.objects.filter(pledge=pledge, state=State.SUBMITTED).exists():
        raise Refused(
            _("An update of this pledge is with the reviewers. Who reports can be changed when they have decided.")
        )


def _move_open_update(pledge: Pledge, *, at: datetime) -> None:
    """The one open update belongs to whoever reports now; what was submitted stays with who submitted it."""
    holding = Handover.objects.filter(pledge=pledge).values_list("window_id", flat=True)
    window = next((each for each in open_windows(at) if each.pk in set(holding)), None)
    reporter = reporter_of(pledge, window)
    editable = ProgressUpdate.objects.filter(pledge=pledge, state__in=ProgressUpdate.EDITABLE)
    editable.exclude(stakeholder=reporter).update(stakeholder=reporter)


def _with_focal_points(keys: Iterable[int], *, at: datetime) -> set[int]:
    holders = Membership.objects.open_at(at).filter(
        stakeholder__in=keys, role=Membership.Role.FOCAL_POINT, user__is_active=True
    )
    return set(holders.values_list("stakeholder_id", flat=True))
