"""One part of the benchmark of mails, in a process of its own: ``python -m benchmarks.mails_part PART COUNT MOMENT``.

Begins at the moment, in seconds since 1970, or as soon as it is ready after that.
Prints one line of JSON: when the part began and ended, how many mails it handled, and its peak memory in MiB.
"""

import json
import resource
import smtplib
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402 -- only a Django that is set up has settings and models
from django.core.mail import EmailMultiAlternatives, get_connection  # noqa: E402 -- as above
from django.db import connection  # noqa: E402 -- as above
from django.test.utils import CaptureQueriesContext  # noqa: E402 -- as above

from foundation import outbox  # noqa: E402 -- as above
from foundation.clock import now  # noqa: E402 -- as above
from foundation.mail import Content, enqueue_all, new_mail  # noqa: E402 -- as above
from foundation.models import OutgoingMail  # noqa: E402 -- as above
from pledges import reminder_plan  # noqa: E402 -- as above

LINE = "<li>TST-1001: Schools for 500 children (in progress, last update 3 months ago)</li>\n"
TEXT = "Dear colleague,\n\n" + "TST-1001: Schools for 500 children (in progress, last update 3 months ago)\n" * 12
HTML = "<!doctype html><html lang=en><body><p>Dear colleague,</p><ul>" + LINE * 12 + "</ul></body></html>"
CONTENT = Content("Updates on your pledges are requested until 31 October", TEXT, HTML)


def fill(count: int) -> int:
    """Puts mails into the outbox, ready to go."""
    at = now()
    for start in range(0, count, 500):
        rows = [
            new_mail(
                dedupe_key=f"{at.isoformat()}-{number:06d}",
                purpose="benchmark",
                address=f"person-{number}@example.org",
                content=CONTENT,
                at=at,
                lasts=timedelta(days=1),
            )
            for number in range(start, min(start + 500, count))
        ]
        enqueue_all(rows)
    return count


def ledger(count: int) -> int:
    """What the worker does: every mail claimed, marked, sent, marked and committed."""
    settings.MAIL_DRAIN_AT_MOST = timedelta(hours=1)
    return outbox.drain_all(at=now(), clock=now, batches=1_000_000).sent


def without_ledger(count: int) -> int:
    """Django builds the same mails and sends them over one connection; nothing is written down."""
    line = get_connection(timeout=settings.EMAIL_TIMEOUT)
    line.open()
    for number in range(count):
        message = EmailMultiAlternatives(
            subject=CONTENT.subject,
            body=CONTENT.text,
            to=[f"person-{number}@example.org"],
            reply_to=[settings.CONTACT_EMAIL],
            headers={
                "Message-ID": f"<{number}@example.org>",
                "Auto-Submitted": "auto-generated",
                "X-Auto-Response-Suppress": "OOF, AutoReply",
                "Content-Language": "en",
            },
            connection=line,
        )
        message.attach_alternative(CONTENT.html, "text/html")
        message.send()
    line.close()
    return count


def bare(count: int) -> int:
    """The standard library sends bytes that are there already."""
    message = EmailMultiAlternatives(subject=CONTENT.subject, body=CONTENT.text, to=["a@example.org"])
    message.attach_alternative(CONTENT.html, "text/html")
    text = message.message().as_bytes(linesep="\r\n")
    with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as line:
        for number in range(count):
            line.sendmail("portal@example.org", [f"person-{number}@example.org"], text)
    return count


def plan(count: int) -> int:
    """Plans the reminders of everybody who is due, in one pass; says how many statements that took."""
    with CaptureQueriesContext(connection) as queries:
        made = reminder_plan.plan(at=now()).created
    print(json.dumps({"statements": len(queries)}), file=sys.stderr)
    return made


def people(count: int) -> int:
    """That many focal points, each asked for a pledge, in a window that opened yesterday; inserted in bulk."""
    from benchmarks.mail_people import make_many_people_due_now  # noqa: PLC0415 -- needed by this part alone

    return make_many_people_due_now(count)


PARTS: dict[str, Callable[[int], int]] = {
    "fill": fill,
    "ledger": ledger,
    "without": without_ledger,
    "bare": bare,
    "plan": plan,
    "people": people,
}


def main() -> None:
    """Runs the part and tells how it went."""
    name, count = sys.argv[1], int(sys.argv[2])
    OutgoingMail.objects.exists()
    time.sleep(max(0.0, float(sys.argv[3]) - time.time()))
    began = time.time()
    handled = PARTS[name](count)
    ended = time.time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"began": began, "ended": ended, "handled": handled, "peak": peak}))


if __name__ == "__main__":
    main()
