"""The confirmation "no significant change": a dated word since the last published update, for one pledge or many."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Stakeholder, User
from foundation import history
from pledges.models import Confirmation, Pledge, ProgressUpdate, UpdateRound
from pledges.refusals import Refused
from pledges.windows import is_closed

State = ProgressUpdate.State
_ONE_CONFIRMATION_WITHIN = timedelta(minutes=1)


@transaction.atomic
def confirm_no_change(*, at: datetime, actor: User, pledge: Pledge, stakeholder: Stakeholder) -> Confirmation:
    """Notes "no significant change" since the last published round; twice within a minute counts once.

    Raises Refused before the first published update, after the last one (the pledge is fulfilled or withdrawn), and
    while an update is with the reviewers or was returned.
    """
    # Two clicks at once wait for each other here (SQLite lets only one write anyway).
    Pledge.objects.select_for_update(no_key=True).get(pk=pledge.pk)
    row = last_accepted_round(pledge, at=at)
    if row is None:
        raise Refused(_("There is no published update of this pledge yet. Please write the first one."))
    if is_closed(row.update):
        raise Refused(_("It was reported as fulfilled or withdrawn; nothing more is asked."))
    if ProgressUpdate.objects.filter(pledge=pledge, state__in=[State.SUBMITTED, State.RETURNED]).exists():
        raise Refused(_("An update of this pledge is in review, so there is news already. It needs no confirmation."))
    just_now = Confirmation.objects.filter(pledge=pledge, since_round=row, at__gt=at - _ONE_CONFIRMATION_WITHIN)
    earlier = just_now.first()
    if earlier is not None:
        return earlier
    confirmation = Confirmation.objects.create(pledge=pledge, stakeholder=stakeholder, by=actor, at=at, since_round=row)
    history.record(at=at, actor=actor, verb="confirmed no change", subject=pledge, changes={"round": str(row.uuid)})
    return confirmation


@transaction.atomic
def confirm_all(
    *, at: datetime, actor: User, pledges: Sequence[tuple[Pledge, Stakeholder]]
) -> tuple[list[Confirmation], dict[str, str]]:
    """Notes "no significant change" for many pledges, each with who reports on it.

    Returns the confirmations, and for each reference that could not be confirmed the sentence that says why;
    one refusal does not hold up the others. Again within a minute changes nothing.
    """
    confirmed, refused = [], {}
    # In one order, so that two people who confirm the same list at once wait for each other instead of locking up.
    for pledge, stakeholder in sorted(pledges, key=lambda pair: pair[0].pk):
        try:
            confirmed.append(confirm_no_change(at=at, actor=actor, pledge=pledge, stakeholder=stakeholder))
        except Refused as reason:
            refused[pledge.reference] = str(reason)
    return confirmed, refused


def last_accepted_round(pledge: Pledge, *, at: datetime) -> UpdateRound | None:
    """The frozen round of the latest update that is published at ``at``."""
    update = ProgressUpdate.objects.filter(pledge=pledge).accepted_as_of(at).latest_first().first()
    return update.rounds.get(decision=UpdateRound.Decision.ACCEPTED) if update else None
