"""Background work of this room; all of it may be repeated, and ignores arguments of other versions."""

from celery import shared_task

from foundation import heartbeats
from foundation.clock import now
from pledges import reminder_plan, review_digest


@shared_task(name="pledges.plan_reminders")
def plan_reminders(**_unknown: object) -> None:
    """Makes the reminders that are due; the next tick of the outbox sends them."""
    at = now()
    heartbeats.beat(reminder_plan.HEARTBEAT, at=at, note=str(reminder_plan.plan(at=at)))


@shared_task(name="pledges.send_review_digest")
def send_review_digest(**_unknown: object) -> None:
    """Tells the reviewers once a day what waits for them; at other hours it does nothing."""
    review_digest.send_review_digest(at=now())
