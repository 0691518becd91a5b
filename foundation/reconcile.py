"""After a database restore: what the mail server's log says was sent, the outbox need not send again."""

from collections.abc import Collection
from datetime import datetime

from foundation.models import OutgoingMail
from foundation.outcomes import final

State = OutgoingMail.State
_AT_A_TIME = 500
_UNSENT = (State.DUE, *OutgoingMail.NOT_TRIED)


def mark_sent_by_message_id(message_ids: Collection[str], *, at: datetime) -> int:
    """Marks mails with these Message-IDs as sent, and says in their answer how that is known; how many.

    They wait, or ended here before somebody looked into the log. What is on its way in a worker is left alone, and so
    is what failed, for the log names those as well: again changes nothing.
    """
    ids = sorted(message_ids)
    marked = 0
    for start in range(0, len(ids), _AT_A_TIME):
        unsent = OutgoingMail.objects.filter(message_id__in=ids[start : start + _AT_A_TIME], state__in=_UNSENT)
        marked += unsent.update(**final(State.SENT, "found in the mail server's log after a restore"), sent_at=at)
    return marked
