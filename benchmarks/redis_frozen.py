"""Redis stands still for a minute while 20 people submit updates: nobody waits for it, and nothing is lost.

    make benchmark-redis-frozen

Prints the 95th percentile of the answers with Redis frozen beside that without, in the same run, and exits with 1
when a submission is not answered, a receipt is missing or a mail does not come.
"""

import os
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from benchmarks.drill_world import Broker
from hlom_portal.tests.people import Person
from hlom_portal.tests.portal import Portal, running_portal

PEOPLE, EACH = 20, 5
FROZEN_SECONDS = int(os.environ.get("FROZEN_SECONDS", "60"))
MAKE = f"""
from django.test import Client
from accounts.tests.factories import make_member, make_stakeholder
from pledges.tests.factories import make_pledge
for number in range({PEOPLE}):
    stakeholder, client = make_stakeholder(), Client()
    client.force_login(make_member(stakeholder))
    pledges = [make_pledge(stakeholder).reference for _pledge in range({2 * EACH})]
    print(client.cookies["session"].value, *pledges)
"""
CAMPAIGN = """
from datetime import timedelta
from foundation.clock import now
from foundation.mail import Content, enqueue
enqueue(dedupe_key="late", purpose="t", address="late@example.org", content=Content("S", "T"), at=now(),
        lasts=timedelta(days=1))
"""
COUNT = "from pledges.models import UpdateRound; print(UpdateRound.objects.count())"


def submit_all(url: str, work: list[tuple[str, list[str]]], seconds: float) -> list[float]:
    """Everybody submits one update after another, spread over ``seconds``; how long each answer took."""

    def submit(one: tuple[str, list[str]]) -> list[float]:
        session, references = one
        person, times = Person(url, session), []
        for reference in references:
            began = time.perf_counter()
            fields = {"revision": 0, "action": "submit", "language": "en", "stage": "planning", "narrative": "Begun."}
            answer = person.post(f"/my/pledges/{reference}/update/", fields)
            times.append(time.perf_counter() - began)
            if answer.status != 302 or "/my/receipts/" not in answer.place:
                raise AssertionError(f"{reference}: {answer.status} {answer.place}")
            time.sleep(max(0, seconds / len(references) - times[-1]))
        return times

    with ThreadPoolExecutor(max_workers=len(work)) as pool:
        return sorted(each for times in pool.map(submit, work) for each in times)


def percentile(times: list[float]) -> float:
    """The 95th percentile, in milliseconds."""
    return times[int(len(times) * 0.95) - 1] * 1000


def wait_for_mails(portal: Portal, count: int) -> list[str]:
    """The addresses that got a mail, as soon as so many have, or after two minutes."""
    until = time.monotonic() + 120
    while len(portal.sink.messages) < count and time.monotonic() < until:
        time.sleep(0.5)
    return portal.sink.recipients


def main() -> int:
    """Without, then with a frozen Redis."""
    # The mail server's helper asks Django's settings; the portal's own processes get others.
    os.environ["DJANGO_SETTINGS_MODULE"] = "hlom_portal.settings_test"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hlom-frozen-")))
        broker = Broker(folder)
        stack.callback(broker.kill)
        portal = stack.enter_context(running_portal(folder, REDIS_URL=broker.url))
        people = [line.split() for line in portal.manage("shell", "-c", MAKE).splitlines()[-PEOPLE:]]
        first = [(session, references[:EACH]) for session, *references in people]
        second = [(session, references[EACH:]) for session, *references in people]
        without = percentile(submit_all(portal.url, first, FROZEN_SECONDS))
        broker.process.send_signal(signal.SIGSTOP)
        frozen = percentile(submit_all(portal.url, second, FROZEN_SECONDS))
        portal.manage("shell", "-c", CAMPAIGN)
        broker.process.send_signal(signal.SIGCONT)
        wanted = 2 * EACH * PEOPLE
        recipients = wait_for_mails(portal, wanted + 1)
        rounds = int(portal.manage("shell", "-c", COUNT).split()[-1])
        print("| submissions | p95 without, ms | p95 with Redis frozen, ms | ratio | receipts | mails |")
        print("|---:|---:|---:|---:|---:|---:|")
        print(f"| {wanted} | {without:.0f} | {frozen:.0f} | {frozen / without:.2f} | {rounds} | {len(recipients)} |")
        is_kept = rounds == wanted and len(recipients) == wanted + 1 and "late@example.org" in recipients
        return 0 if is_kept else 1


if __name__ == "__main__":
    sys.exit(main())
