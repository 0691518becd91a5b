"""Sending a campaign now instead of at the next hour. No broker is talked to."""

from datetime import datetime

from django.conf import settings

from foundation import outbox
from pledges import reminder_plan
from pledges.models import UpdateWindow
from pledges.reminder_plan import PlanResult


def send_now(*, at: datetime, window: UpdateWindow) -> PlanResult:
    """Writes down what is due in the window; the outbox's tick sends it within a minute. Again changes nothing more.

    In the quick start, which has no tick, one batch is sent at once.
    """
    result = reminder_plan.plan(at=at, only=window)
    if settings.MAIL_INLINE == "now":
        outbox.drain(at=at)
    return result
