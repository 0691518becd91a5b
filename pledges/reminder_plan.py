"""Writes down who is to be reminded: one row and one mail for each person and rule, however often it runs."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from foundation.mail import enqueue_all, let_wait_again, new_mail
from foundation.models import OutgoingMail
from pledges.models import Reminder, ReminderRule, UpdateWindow
from pledges.reminders import Case, Why, due_rules, due_until, look_at

HEARTBEAT = "plan"
PURPOSE = "reminder"
# Three statements each; locks are short.
BATCH = 1000


@dataclass(frozen=True)
class PlanResult:
    """How many reminders were made, recorded as superseded, and found there. Two plans at once count both."""

    created: int
    superseded: int
    there: int

    def __str__(self) -> str:
        return f"made {self.created}, superseded {self.superseded}, there already {self.there}"


def plan(
    *, at: datetime, progress: Callable[[int, int], None] | None = None, only: UpdateWindow | None = None
) -> PlanResult:
    """Makes the reminders that are due at ``at`` and not there yet, in transactions of a thousand.

    ``only`` restricts it to one window. ``progress`` hears after each transaction how many of how many are made. It
    may be run at any time, by any number of processes, late, and again after being killed: the database keeps one
    row for each person and rule, and the mail's key is made from both.
    """
    due = due_rules(at)
    rules = [rule for rule in due if only is None or rule.window_id == only.pk]
    cases = [case for rule in rules for case in look_at(rule, due, at=at)]
    to_make = [case for case in cases if case.is_to_be_made]
    # Always in one order, so that two plans at once wait for each other instead of locking up.
    to_make.sort(key=dedupe_key)
    for start in range(0, len(to_make), BATCH):
        _make(to_make[start : start + BATCH], at=at)
        if progress:
            progress(min(start + BATCH, len(to_make)), len(to_make))
    for rule in rules:
        # One by one: whoever saves several rules meanwhile cannot lock up with this.
        ReminderRule.objects.filter(pk=rule.pk).update(planned_at=at)
    superseded = sum(case.why == Why.SUPERSEDED for case in to_make)
    there = sum(case.why in (Why.ALREADY, Why.SUPERSEDED) for case in cases) - superseded
    return PlanResult(created=len(to_make) - superseded, superseded=superseded, there=there)


def dedupe_key(case: Case) -> str:
    """The key of the mail for one person and rule, at this moment and to this address.

    Made of nothing but these, so that a mail that is made anew after a restored backup has the Message-ID it had.
    """
    about = f"{case.rule.moment.astimezone(UTC).isoformat()} {case.address}"
    return f"reminder:{case.rule.pk}:{case.user.uuid}:{hashlib.sha256(about.encode()).hexdigest()[:16]}"


@transaction.atomic
def _make(cases: list[Case], *, at: datetime) -> None:
    """The mails first, the reminders that point to them second, both or none."""
    _make_room([reminder for case in cases for reminder in case.in_vain])
    mails = enqueue_all([_mail(case, at=at) for case in cases if case.why == Why.MAIL])
    _ask_again(cases, mails, at=at)
    Reminder.objects.bulk_create(
        [_reminder(case, mails[dedupe_key(case)] if case.why == Why.MAIL else None) for case in cases],
        ignore_conflicts=True,
    )


def _make_room(reminders: list[int]) -> None:
    """Takes away what told nobody; its mail stays in the outbox. A resend by staff keeps it.

    Mails are locked first, so that whoever sends one again in this moment comes before or after this, and both in one
    order, for the same reason as above.
    """
    if reminders:
        mails = OutgoingMail.objects.filter(reminder__in=reminders).order_by("pk")
        list(mails.select_for_update(of=("self",)).values_list("pk"))
        rows = Reminder.objects.filter(Reminder.IN_VAIN, pk__in=reminders).order_by("pk")
        gone = list(rows.select_for_update(of=("self",)).values_list("pk", flat=True))
        Reminder.objects.filter(pk__in=gone).delete()


def _ask_again(cases: list[Case], mails: dict[str, OutgoingMail], *, at: datetime) -> None:
    """Lets mails that were made before, at the same moment and to the same address, wait once more."""
    ended: dict[datetime, list[int]] = {}
    for case in cases:
        mail = mails.get(dedupe_key(case))
        if mail and mail.state in OutgoingMail.NOT_TRIED:
            ended.setdefault(due_until(case.rule), []).append(mail.pk)
    for expires_at, keys in sorted(ended.items()):
        let_wait_again(keys, at=at, expires_at=expires_at)


def _mail(case: Case, *, at: datetime) -> OutgoingMail:
    """Without text: that is written when the mail goes out, from what is true then."""
    return new_mail(
        dedupe_key=dedupe_key(case),
        purpose=PURPOSE,
        address=case.address,
        content=None,
        at=at,
        lasts=due_until(case.rule) - at,
        language=case.user.language,
        priority=OutgoingMail.Priority.CAMPAIGN,
        campaign=case.rule.window.campaign_name,
    )


def _reminder(case: Case, mail: OutgoingMail | None) -> Reminder:
    return Reminder(
        rule=case.rule,
        user=case.user,
        address=case.address,
        due_at=case.rule.moment,
        pledges=list(case.pledges),
        outcome=Reminder.Outcome.MAILED if mail else Reminder.Outcome.SUPERSEDED,
        reason="" if mail else str(case.why.label),
        mail=mail,
    )
