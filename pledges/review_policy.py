"""Which updates need the approval of a reviewer: all of them, unless staff let routine progress pass by itself."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from foundation import history
from pledges import mails
from pledges.models import ProgressUpdate, ReviewPolicy, Stage, UpdateRound
from pledges.models.update import ScopeChange

State = ProgressUpdate.State
Decision = UpdateRound.Decision
THE_ROW = 1


def routine_is_public_at_once() -> bool:
    """What staff have chosen; without a choice everything waits for a reviewer."""
    return ReviewPolicy.objects.filter(pk=THE_ROW, routine_at_once=True).exists()


@transaction.atomic
def switch(*, at: datetime, actor: User, routine_at_once: bool) -> bool:
    """Lets routine progress pass by itself from now on, or no longer; says whether that is a change.

    Waits for those who submit in this moment: what comes after the switch is treated by the new rule.
    """
    policy, _is_new = ReviewPolicy.objects.get_or_create(pk=THE_ROW)
    others = ReviewPolicy.objects.filter(pk=THE_ROW, routine_at_once=not routine_at_once)
    if others.update(routine_at_once=routine_at_once) != 1:
        return False
    changes = {"routine_at_once": [not routine_at_once, routine_at_once]}
    history.record(at=at, actor=actor, verb="review policy switched", subject=policy, changes=changes)
    return True


@transaction.atomic
def accept_if_routine(row: UpdateRound, *, at: datetime) -> bool:
    """Publishes a round that was just submitted if the policy lets it pass, and tells the other focal points.

    Called in the transaction that made the round; ``row`` and its update then say what was decided.
    """
    if needs_approval(row, at=at) or not lets_pass_until_this_is_done():
        return False
    row.decision, row.decided_at, row.by_policy = Decision.ACCEPTED, at, True
    row.save(update_fields=["decision", "decided_at", "by_policy"])
    row.update.state, row.update.accepted_at = State.ACCEPTED, at
    row.update.save(update_fields=["state", "accepted_at"])
    history.record(at=at, actor=None, verb="accepted by policy", subject=row.update, changes={"round": row.number})
    mails.send_accepted(row, at=at, but_not_to=row.submitted_by)
    return True


def needs_approval(row: UpdateRound, *, at: datetime) -> bool:
    """Whether a round waits for a reviewer under every policy.

    So does the first update of a pledge, what ends a pledge, what was corrected, and what staff typed in for others.
    """
    update = row.update
    ends = update.stage == Stage.FULFILLED or update.scope_change == ScopeChange.WITHDRAWN
    if ends or row.number > 1 or row.channel != UpdateRound.Channel.WEB:
        return True
    return not ProgressUpdate.objects.filter(pledge=update.pledge_id).accepted_as_of(at).exclude(pk=update.pk).exists()


def lets_pass_until_this_is_done() -> bool:
    """The row stays locked, so that nobody is published after the policy was switched off. Off, nothing is locked."""
    return ReviewPolicy.objects.select_for_update().filter(pk=THE_ROW, routine_at_once=True).first() is not None
