"""Reminders in real processes: a worker that is killed, and Celery with a real Redis."""

import time
from collections import Counter

import pytest
from django.utils import timezone

from foundation.models import Heartbeat, OutgoingMail
from foundation.tests.sink import smtp_sink
from pledges import reminder_plan
from pledges.models import Reminder
from pledges.tests.outside import environment, make_people_due_now, process

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def wait_until(is_so, seconds, log):
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, log.read_text()[-3000:]
        time.sleep(0.1)


def states():
    return Counter(OutgoingMail.objects.values_list("state", flat=True))


def drain_until_killed_in_data(environ, log, sink, *, at_mail):
    """Runs the drain in a process and kills it with -9 while the server holds the text of that mail."""
    with process("manage.py", "drain", environment=environ, log=log) as worker:

        def kill():
            if len(sink.messages) == at_mail:
                worker.kill()
                worker.wait()

        sink.after_data = kill
        assert worker.wait(timeout=60) == -9
    sink.after_data = None


def test_a_worker_killed_in_the_middle_loses_nothing(tmp_path):
    addresses, log = make_people_due_now(12), tmp_path / "log"
    reminder_plan.plan(at=timezone.now())
    with smtp_sink() as sink:
        environ = environment(sink, tmp_path, MAIL_LEASE_SECONDS="1", MAIL_UNKNOWN_RETRY_SECONDS="1")
        drain_until_killed_in_data(environ, log, sink, at_mail=4)
        assert states() == {"sent": 3, "sending": 1, "claimed": 8}
        until = time.monotonic() + 60
        while states()["sent"] < 12:
            assert time.monotonic() < until, log.read_text()[-3000:]
            time.sleep(0.5)
            with process("manage.py", "drain", environment=environ, log=log) as worker:
                worker.wait(timeout=60)
    copies = Counter(sink.recipients)
    assert set(copies) == set(addresses)
    # Only the one whose answer was never heard comes twice, under the same Message-ID.
    assert sorted(copies.values()) == [1] * 11 + [2]
    assert len({message["Message-ID"] for message in sink.messages}) == 12
    assert sum(OutgoingMail.objects.values_list("unknown_outcomes", flat=True)) == 1


def test_a_plan_killed_in_the_middle_is_completed(tmp_path):
    addresses, log = make_people_due_now(600), tmp_path / "log"
    with smtp_sink() as sink:
        environ = environment(sink, tmp_path)
        with process("manage.py", "remind", "--no-send", environment=environ, log=log) as worker:
            wait_until(OutgoingMail.objects.exists, 60, log)
            worker.kill()
    assert Reminder.objects.count() == OutgoingMail.objects.count() > 0
    reminder_plan.plan(at=timezone.now())
    assert {row.address for row in Reminder.objects.filter(mail__isnull=False)} == set(addresses)
    assert OutgoingMail.objects.count() == Reminder.objects.count() == 600


@pytest.mark.redis
def test_worker_and_beat_deliver_a_reminder(tmp_path):
    addresses, log = make_people_due_now(3), tmp_path / "log"
    celery = ("-m", "celery", "-A", "hlom_portal.celery")
    with smtp_sink() as sink:
        environ = environment(sink, tmp_path, DRAIN_EVERY_SECONDS="1", PLAN_EVERY_SECONDS="2")
        worker = process(*celery, "worker", "--concurrency", "1", environment=environ, log=log)
        beat = process(*celery, "beat", "--schedule", str(tmp_path / "beat"), environment=environ, log=log)
        with worker, beat:
            wait_until(lambda: len(sink.messages) >= 3, 60, log)
            wait_until(lambda: Heartbeat.objects.filter(name__in=("plan", "drain")).count() == 2, 30, log)
            # More ticks, and nobody gets a second mail.
            time.sleep(5)
    assert sorted(sink.recipients) == sorted(addresses)
    assert (Reminder.objects.count(), states()) == (3, {"sent": 3})
