"""After a database restore: what the mail server's log says was sent, the outbox need not send again."""

from collections.abc import Collection
from datetime import datetime

from foundation.models import OutgoingMail
from foundation.outcomes import final

State = OutgoingMail.State
_AT_A_TIME = 500


def mark_sent_by_message_id(message_ids: Collection[str], *, at: datetime) -> int:
    """Marks waiting mails with these Message-IDs as sent, and says in their answer how that is known; how many.

    What is on its way in a worker is left alone, and so is what has an end already: again changes nothing.
    """
    ids = sorted(message_ids)
    marked = 0
    for start in range(0, len(ids), _AT_A_TIME):
        waiting = OutgoingMail.objects.filter(message_id__in=ids[start : start + _AT_A_TIME], state=State.DUE)
        marked += waiting.update(**final(State.SENT, "found in the mail server's log after a restore"), sent_at=at)
    return marked
