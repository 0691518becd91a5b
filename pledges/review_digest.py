"""The mail that tells reviewers each morning what waits for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Q, QuerySet

from accounts.models import User
from foundation.mail import absolute_reverse, enqueue
from foundation.mail_text import render_mail
from pledges.mails import when_nothing_ticks
from pledges.models import PledgeProposal, ProgressUpdate, UpdateRound

# Not before people begin to work; the tick comes every hour.
NOT_BEFORE_HOUR = 7
LINES_AT_MOST = 50
_LASTS = timedelta(hours=20)
_UPDATES, _PROPOSALS = "change_progressupdate", "change_pledgeproposal"


@dataclass(frozen=True)
class Waiting:
    """What waits for those who have the permission, the oldest first."""

    permission: str
    rows: Sequence[UpdateRound | PledgeProposal]

    def shown(self, at: datetime) -> dict[str, Any]:
        """How many, and the first of them with their age in days and their page."""
        model = self.permission.partition("_")[2]
        return {
            "count": len(self.rows),
            "lines": [(row, _days(row, at), _page(row, model)) for row in self.rows[:LINES_AT_MOST]],
            "more": max(len(self.rows) - LINES_AT_MOST, 0),
            "list_url": absolute_reverse(f"admin:pledges_{model}_changelist"),
        }


def _days(row: UpdateRound | PledgeProposal, at: datetime) -> int:
    return (at - row.submitted_at).days if row.submitted_at else 0


def _page(row: UpdateRound | PledgeProposal, model: str) -> str:
    key = row.update_id if isinstance(row, UpdateRound) else row.pk
    return absolute_reverse(f"admin:pledges_{model}_change", key)


def send_review_digest(at: datetime) -> int:
    """Puts one mail a reviewer and day into the outbox, in the morning of the reviewer's zone; how many were made.

    Nothing when nothing waits. Called as often as one likes: the day is part of the mail's key.
    """
    rounds, proposals = list(rounds_that_wait()), list(proposals_that_wait())
    people: dict[User, list[Waiting]] = {}
    # Who decides on the one need not decide on the other.
    for permission, rows in ((_UPDATES, rounds), (_PROPOSALS, proposals)):
        for person in people_with(permission) if rows else ():
            people.setdefault(person, []).append(Waiting(permission, rows))
    return sum(_send_to(person, waiting, at=at) for person, waiting in people.items())


def rounds_that_wait() -> QuerySet[UpdateRound]:
    """The rounds without a decision, the one that waits longest first."""
    rounds = UpdateRound.objects.filter(decision="", update__state=ProgressUpdate.State.SUBMITTED)
    return rounds.select_related("update__pledge", "update__stakeholder").order_by("submitted_at", "pk")


def proposals_that_wait() -> QuerySet[PledgeProposal]:
    """New pledges and corrections without a decision, the one that waits longest first; no text of a draft."""
    waiting = PledgeProposal.objects.filter(state=PledgeProposal.State.SUBMITTED).defer("content")
    return waiting.select_related("corrects", "stakeholder").order_by("submitted_at", "pk")


def people_with(permission: str) -> QuerySet[User]:
    """Active staff who may change such rows and whose address works."""
    right = {"content_type__app_label": "pledges", "codename": permission}
    by_group = {f"groups__permissions__{name}": value for name, value in right.items()}
    of_their_own = {f"user_permissions__{name}": value for name, value in right.items()}
    may_review = User.objects.filter(Q(**by_group) | Q(**of_their_own) | Q(is_superuser=True))
    return User.objects.filter(pk__in=may_review.values("pk"), is_staff=True, is_active=True, address_failed_at=None)


def _send_to(person: User, waiting: list[Waiting], *, at: datetime) -> int:
    local = _on_the_clock_of(person, at)
    key = f"review-digest:{local:%Y-%m-%d}:{person.uuid}"
    if local.hour < NOT_BEFORE_HOUR:
        return 0
    context = {
        "person": person,
        "updates": next((part.shown(at) for part in waiting if part.permission == _UPDATES), None),
        "proposals": next((part.shown(at) for part in waiting if part.permission == _PROPOSALS), None),
    }
    mail = enqueue(
        dedupe_key=key,
        purpose="review-digest",
        address=person.email,
        content=render_mail("review_digest", context, language=person.language),
        at=at,
        lasts=_LASTS,
        language=person.language,
    )
    is_new = mail.created_at == at
    if is_new:
        when_nothing_ticks(mail, at=at)
    return int(is_new)


def _on_the_clock_of(person: User, at: datetime) -> datetime:
    try:
        return at.astimezone(ZoneInfo(person.zone))
    except (ZoneInfoNotFoundError, ValueError):
        return at.astimezone(UTC)
