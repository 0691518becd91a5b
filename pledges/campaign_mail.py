"""A reminder as it would go out, for staff to read before it does: on a page, or in their own mailbox."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from accounts.models import User
from foundation.mail import Content, enqueue
from foundation.models import OutgoingMail
from foundation.outbox import send_soon
from pledges.reminder_mail import write
from pledges.reminder_preview import Preview
from pledges.reminder_wording import Wording
from pledges.reminders import Case, Why

PURPOSE = "reminder-test"
MARK = "[test]"
_LASTS = timedelta(hours=1)


@dataclass(frozen=True)
class Sample:
    """The mail that one focal point would get, in one language, at the moment at which it would go out."""

    case: Case
    language: str
    at: datetime

    def written_for(self, reader: User, *, wording: Wording | None = None) -> Content:
        """The mail as it would go out, but with the name and the links of ``reader``: nobody else's work in it.

        ``wording`` takes the place of the saved one.
        """
        case = replace(self.case, user=reader)
        return write(case, at=self.at, language=self.language, wording=wording)


def sample_of(seen: Preview | None, *, language: str, at: datetime) -> Sample | None:
    """The first mail of a rule in a language, or else the first that can be told in it; None where nobody is asked."""
    if seen is None:
        return None
    mailed = [case for case in seen.cases if case.why == Why.MAIL]
    asked = mailed or [case for case in seen.cases if case.pledges]
    # A key that is false comes first.
    asked.sort(key=lambda case: case.user.language != language)
    return Sample(asked[0], language, max(at, seen.rule.moment)) if asked else None


def send_test(sample: Sample, *, reader: User, at: datetime) -> OutgoingMail:
    """Puts the mail into the outbox for the reader alone, marked as a test; no reminder is written down.

    It goes out even while mail is paused, for that is when somebody wants to look.
    """
    content = sample.written_for(reader)
    mail = enqueue(
        dedupe_key=f"{PURPOSE}:{uuid.uuid4()}",
        purpose=PURPOSE,
        address=reader.email,
        content=replace(content, subject=f"{MARK} {content.subject}"),
        at=at,
        lasts=_LASTS,
        language=sample.language,
        priority=OutgoingMail.Priority.NOW,
    )
    send_soon(mail, at=at)
    return mail
