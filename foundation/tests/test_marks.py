"""A mail's two marks: "sent" of one goes along with "sending" of the next, and neither gets lost."""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation import delivery, marks, outbox, outbox_control, pauses
from foundation.mail import Content, enqueue, enqueue_all, new_mail
from foundation.models import OutgoingMail
from foundation.tests.sink import Sink, smtp_sink

pytestmark = pytest.mark.django_db
State = OutgoingMail.State
AT = datetime(2021, 10, 20, 8, tzinfo=UTC)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with smtp_sink() as started:
        yield started


def claim(*keys: str) -> list[OutgoingMail]:
    for key in keys:
        content = Content(subject=f"Subject {key}", text=f"Text {key}\n", html=f"<p>Text {key}</p>")
        address, lasts = f"{key}@example.org", timedelta(days=1)
        enqueue(dedupe_key=key, purpose="test", address=address, content=content, at=AT, lasts=lasts)
    return outbox.claim(at=AT, limit=25)


def states() -> dict[str, str]:
    return dict(OutgoingMail.objects.values_list("dedupe_key", "state"))


def waits_for_the_disk() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return str(cursor.fetchone()[0])


def test_what_was_taken_is_marked_with_the_next_one() -> None:
    first, second = claim("a", "b")
    marks.mark_sending(first, freezes=False)

    begun = marks.mark_sending(second, freezes=False, after=marks.Accepted(first, AT + timedelta(seconds=3)))

    assert (begun, states()) == (True, {"a": State.SENT, "b": State.SENDING})
    first.refresh_from_db()
    assert (first.sent_at, first.claim_token, first.text) == (AT + timedelta(seconds=3), None, "Text a\n")


def test_a_pause_holds_the_next_one_and_not_the_mark_of_what_was_taken() -> None:
    first, second = claim("a", "b")
    marks.mark_sending(first, freezes=False)
    pauses.pause(at=AT, actor=None, reason="a bad link")

    begun = marks.mark_sending(second, freezes=False, after=marks.Accepted(first, AT))

    assert (begun, states()) == (False, {"a": State.SENT, "b": State.CLAIMED})


def test_a_row_that_was_lost_is_not_marked_and_hinders_nobody() -> None:
    first, second = claim("a", "b")
    marks.mark_sending(first, freezes=False)
    OutgoingMail.objects.filter(pk=first.pk).update(state=State.DUE, claim_token=None, lease_until=None)

    begun = marks.mark_sending(second, freezes=False, after=marks.Accepted(first, AT))

    assert (begun, states()) == (True, {"a": State.DUE, "b": State.SENDING})


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit, SoftTimeLimitExceeded])
def test_no_end_between_two_mails_loses_the_mark(
    sink: Sink, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    claim("a", "b")
    OutgoingMail.objects.update(state=State.DUE, claim_token=None, lease_until=None)
    mark, called = marks.mark_sending, []

    def fails_on_the_second(*args: OutgoingMail, **facts: bool) -> bool:
        called.append(args)
        if len(called) == 2:
            raise error
        return mark(*args, **facts)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery, "mark_sending", fails_on_the_second)

    with pytest.raises(error):
        outbox.drain(at=AT)

    assert (sink.recipients, states()) == (["a@example.org"], {"a": State.SENT, "b": State.CLAIMED})


@pytest.mark.postgres
def test_only_the_mark_sending_need_not_wait_for_the_disk() -> None:
    (alone,) = claim("a")
    marks.mark_sending(alone, freezes=False)
    assert waits_for_the_disk() == "off"


@pytest.mark.postgres
def test_the_mark_sent_waits_for_the_disk_also_beside_another() -> None:
    first, second = claim("a", "b")
    with connection.cursor() as cursor:
        # The claim's transaction is over by now, outside of tests.
        cursor.execute("SET LOCAL synchronous_commit = on")

    marks.mark_sending(second, freezes=True, after=marks.Accepted(first, AT))

    assert waits_for_the_disk() == "on"


@pytest.mark.postgres
@pytest.mark.parametrize("count", [1, 20])
def test_each_mail_of_a_batch_costs_one_round_trip(sink: Sink, count: int) -> None:
    claim(*(f"key-{number}" for number in range(count)))
    OutgoingMail.objects.update(state=State.DUE, claim_token=None, lease_until=None)
    outbox_control.control()

    with CaptureQueriesContext(connection) as statements:
        outbox.drain(at=AT)

    # Beside one for each mail: 7 before the first batch, then claim, the server works, the mark of the last mail.
    assert (len(statements) - count, len(sink.recipients)) == (10, count)


@pytest.mark.postgres
@pytest.mark.parametrize(("which", "value"), [(marks._RESTED, AT), (marks._URGENT, OutgoingMail.Priority.SOON)])
def test_a_claim_does_not_look_at_all_that_is_due(which: str, value: object) -> None:
    lasts = timedelta(days=1)
    content = Content(subject="Subject", text="Text\n" * 200)
    facts = {"purpose": "test", "content": content, "at": AT, "lasts": lasts}
    enqueue_all([new_mail(dedupe_key=f"{key}", address=f"{key}@example.org", **facts) for key in range(2000)])
    statement = marks._claim_statement("postgresql", which)
    values = [AT, AT, OutgoingMail.Priority.NOW, value, 25, uuid.uuid4(), timedelta(minutes=5)]

    with connection.cursor() as cursor:
        cursor.execute(statement.replace("WITH", "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) WITH", 1), values)
        plan = "\n".join(line for (line,) in cursor.fetchall())

    # Walked once, as far as the limit; then each row is fetched by its key.
    walks = re.findall(
        r"Index Scan using (outgoingmail_due|foundation_outgoingmail_pkey) .*rows=(\d+) loops=(\d+)", plan
    )
    assert walks == [("outgoingmail_due", "25", "1"), ("foundation_outgoingmail_pkey", "1", "25")], plan
    assert ("Seq Scan on foundation_outgoingmail" in plan, "Bitmap" in plan) == (False, False), plan
