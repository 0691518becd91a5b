"""The negative control of the drill: a worker that takes mails without asking whether somebody else has them.

Run as ``celery -A benchmarks.drill_without_claim worker``; the drill must fail with it.
"""

import time
import uuid
from datetime import datetime

import django

django.setup()

from django.conf import settings  # noqa: E402 -- only a Django that is set up has settings and models
from django.db.models import F  # noqa: E402 -- as above
from django.db.models.functions import Now  # noqa: E402 -- as above

from foundation import delivery, outbox  # noqa: E402 -- as above
from foundation.marks import Accepted, mark_sent  # noqa: E402 -- as above
from foundation.models import OutgoingMail  # noqa: E402 -- as above
from hlom_portal.celery import app  # noqa: E402 -- as above

__all__ = ["app"]
State = OutgoingMail.State
SECONDS_BETWEEN = 2


def claim_what_others_have(*, at: datetime, limit: int, only: int | None = None) -> list[OutgoingMail]:
    """Reads first and writes then, without the condition in the statement that writes.

    All workers read at the same moments and write later, so that they meet for certain, however fast the machine is.
    """
    time.sleep(SECONDS_BETWEEN - time.time() % SECONDS_BETWEEN)
    mails = list(OutgoingMail.objects.filter(state=State.DUE, not_before__lte=at).order_by("not_before", "pk")[:limit])
    time.sleep(0.5)
    for mail in mails:
        mail.claim_token = uuid.uuid4()
        mine = OutgoingMail.objects.filter(pk=mail.pk)
        mine.update(state=State.CLAIMED, claim_token=mail.claim_token, lease_until=Now() + settings.MAIL_LEASE)
    return mails


def mark_without_looking(mail: OutgoingMail, *, freezes: bool, after: Accepted | None = None) -> bool:
    """Says yes whoever has the mail."""
    if after:
        mark_sent(after)
    OutgoingMail.objects.filter(pk=mail.pk).update(attempts=F("attempts") + 1)
    return True


outbox.claim = claim_what_others_have
delivery.mark_sending = mark_without_looking
