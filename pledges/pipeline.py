"""Whether reminders and mails flow: what is late or stuck, in words, for the readiness page and the command line."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from foundation import heartbeats, outbox
from foundation.models import OutgoingMail
from foundation.outbox_control import fails_in_a_row, rests_until
from foundation.pauses import free_among, held_among
from pledges import reminder_plan

# How late the background work may be before somebody should look.
DRAIN_MAY_REST = timedelta(minutes=10)
PLAN_MAY_REST = timedelta(hours=2)
MAIL_MAY_WAIT = timedelta(hours=1)


def plan_fault(at: datetime) -> str:
    """What is wrong with the planning of reminders; empty when nothing is."""
    return _late(reminder_plan.HEARTBEAT, at, PLAN_MAY_REST)


def drain_fault(at: datetime) -> str:
    """What is wrong with the emptying of the outbox; empty when nothing is."""
    return _late(outbox.HEARTBEAT, at, DRAIN_MAY_REST)


def waiting_fault(at: datetime) -> str:
    """Whether a mail waits too long, and whether for a pause that somebody forgot; empty when none does.

    At a pace of so many a minute a campaign may take hours, and nothing is wrong while that pace is kept.
    """
    waiting = _waiting(at).filter(not_before__lte=at - MAIL_MAY_WAIT)
    if held_among(waiting).exists():
        return "a mail has been waiting for more than an hour, held by a pause"
    return "a mail has been waiting for more than an hour" if waiting.exists() and not _keeps_its_pace(at) else ""


def mail_server_fault(at: datetime) -> str:
    """Whether the mail server failed so often that the outbox leaves it alone; empty when not.

    Between the end of a rest and the next try nothing is known to be better, as long as there is a mail to try it
    with, which a pause does not hold: one outage is one alarm.
    """
    is_failing = rests_until(at=at) or (fails_in_a_row() and free_among(_waiting(at)).exists())
    return "has failed several times in a row; the outbox tries it less often" if is_failing else ""


def faults(at: datetime) -> dict[str, str]:
    """All that is wrong at ``at``, by what it is about; empty when all flows."""
    said = {
        "plan": plan_fault(at),
        "drain": drain_fault(at),
        "oldest mail": waiting_fault(at),
        "mail server": mail_server_fault(at),
    }
    return {name: fault for name, fault in said.items() if fault}


def _waiting(at: datetime) -> QuerySet[OutgoingMail]:
    return OutgoingMail.objects.filter(state=OutgoingMail.State.DUE, expires_at__gt=at)


def _keeps_its_pace(at: datetime) -> bool:
    """Whether, with a pace set, at least half of what it allows went out of late."""
    minutes = int(DRAIN_MAY_REST.total_seconds() // 60)
    sent = OutgoingMail.objects.filter(state=OutgoingMail.State.SENT, sent_at__gt=at - DRAIN_MAY_REST).count()
    pace: int = settings.MAIL_PER_MINUTE
    return pace > 0 and sent * 2 >= pace * minutes


def _late(name: str, at: datetime, allowed: timedelta) -> str:
    if not heartbeats.is_late(name, at=at, allowed=allowed):
        return ""
    return f"has not come to its end for {int(allowed.total_seconds() // 60)} minutes"
