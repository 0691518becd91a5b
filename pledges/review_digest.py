"""The mail that tells reviewers each morning what waits for them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Q, QuerySet

from accounts.models import User
from foundation.mail import absolute_reverse, enqueue
from foundation.mail_text import render_mail
from pledges.mails import when_nothing_ticks
from pledges.models import ProgressUpdate, UpdateRound

# Not before people begin to work; the tick comes every hour.
NOT_BEFORE_HOUR = 7
LINES_AT_MOST = 50
_LASTS = timedelta(hours=20)


def send_review_digest(at: datetime) -> int:
    """Puts one mail a reviewer and day into the outbox, in the morning of the reviewer's zone; how many were made.

    Nothing when nothing waits. Called as often as one likes: the day is part of the mail's key.
    """
    waiting = list(rounds_that_wait())
    if not waiting:
        return 0
    return sum(_send_to(person, waiting, at=at) for person in reviewers())


def rounds_that_wait() -> QuerySet[UpdateRound]:
    """The rounds without a decision, the one that waits longest first."""
    rounds = UpdateRound.objects.filter(decision="", update__state=ProgressUpdate.State.SUBMITTED)
    return rounds.select_related("update__pledge", "update__stakeholder").order_by("submitted_at", "pk")


def reviewers() -> QuerySet[User]:
    """Active staff who may decide on updates and whose address works."""
    right = {"content_type__app_label": "pledges", "codename": "change_progressupdate"}
    by_group = {f"groups__permissions__{name}": value for name, value in right.items()}
    of_their_own = {f"user_permissions__{name}": value for name, value in right.items()}
    may_review = User.objects.filter(Q(**by_group) | Q(**of_their_own) | Q(is_superuser=True))
    return User.objects.filter(pk__in=may_review.values("pk"), is_staff=True, is_active=True, address_failed_at=None)


def _send_to(person: User, waiting: list[UpdateRound], *, at: datetime) -> int:
    local = _on_the_clock_of(person, at)
    key = f"review-digest:{local:%Y-%m-%d}:{person.uuid}"
    if local.hour < NOT_BEFORE_HOUR:
        return 0
    context = {
        "person": person,
        "count": len(waiting),
        "rows": [(row, (at - row.submitted_at).days, _link(row)) for row in waiting[:LINES_AT_MOST]],
        "more": max(len(waiting) - LINES_AT_MOST, 0),
        "list_url": absolute_reverse("admin:pledges_progressupdate_changelist"),
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


def _link(row: UpdateRound) -> str:
    return absolute_reverse("admin:pledges_progressupdate_change", row.update_id)
