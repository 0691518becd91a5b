"""What the reminders of a window led to: answers within three days of each mail."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from foundation.models import OutgoingMail
from pledges.aggregates import Figure
from pledges.models import Confirmation, ProgressUpdate, Reminder, UpdateWindow

WITHIN = timedelta(days=3)


@dataclass(frozen=True)
class Answers:
    """Of one rule: mails that led to an answer on at least one of their pledges, and pledges that were answered for.

    The bases are the mails that were sent, and the pledges that they named.
    """

    mails: Figure
    pledges: Figure


def answers_of(window: UpdateWindow, *, as_of: datetime) -> dict[int, Answers]:
    """The answers to each rule's mails by the rule's key, in three queries; rules that sent nothing are left out.

    An answer counts if it came inside the window (ruling 2) and within three days of the mail.
    """
    sent = Reminder.objects.filter(
        rule__window=window, mail__state=OutgoingMail.State.SENT, mail__sent_at__lte=as_of
    ).order_by()
    mails: dict[int, list[tuple[list[str], datetime]]] = {}
    for rule, pledges, sent_at in sent.values_list("rule", "pledges", "mail__sent_at"):
        # The constraint has it: what is sent has its moment.
        mails.setdefault(rule, []).append((pledges, cast("datetime", sent_at)))
    answered_at = _moments(window, as_of=as_of)
    return {rule: _answers(rows, answered_at) for rule, rows in mails.items()}


def _answers(rows: Iterable[tuple[list[str], datetime]], answered_at: dict[str, list[datetime]]) -> Answers:
    named: set[str] = set()
    answered: set[str] = set()
    mails = led_to_one = 0
    for pledges, sent_at in rows:
        theirs = {reference for reference in pledges if _is_soon_after(answered_at.get(reference, []), sent_at)}
        named.update(pledges)
        answered |= theirs
        mails += 1
        led_to_one += bool(theirs)
    return Answers(Figure(led_to_one, mails), Figure(len(answered), len(named)))


def _is_soon_after(moments: list[datetime], sent_at: datetime) -> bool:
    following = bisect_left(moments, sent_at)
    return following < len(moments) and moments[following] <= sent_at + WITHIN


def _moments(window: UpdateWindow, *, as_of: datetime) -> dict[str, list[datetime]]:
    """When each pledge was answered for inside the window, in order, by its reference."""
    opens_at, ends_at = window.opens_at, window.ends_at
    submitted = ProgressUpdate.objects.filter(
        first_submitted_at__gte=opens_at, first_submitted_at__lt=ends_at, first_submitted_at__lte=as_of
    ).values_list("pledge__reference", "first_submitted_at")
    confirmed = Confirmation.objects.filter(at__gte=opens_at, at__lt=ends_at, at__lte=as_of).values_list(
        "pledge__reference", "at"
    )
    found: dict[str, list[datetime]] = {}
    for reference, moment in [*submitted, *confirmed]:
        if moment is not None:
            found.setdefault(reference, []).append(moment)
    return {reference: sorted(moments) for reference, moments in found.items()}
