"""Resting after failures, and keeping pace."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.db import IntegrityError, transaction

from foundation import outbox, outbox_control
from foundation.models import OutboxControl, OutgoingMail
from foundation.tests.sink import Sink, free_port, smtp_sink
from foundation.tests.test_outbox import put

pytestmark = pytest.mark.django_db
State, Priority = OutgoingMail.State, OutgoingMail.Priority
AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with smtp_sink() as started:
        yield started


def states() -> list[str]:
    return list(OutgoingMail.objects.order_by("pk").values_list("state", flat=True))


def test_there_is_one_row() -> None:
    outbox_control.control()
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxControl.objects.create(pk=2)


def test_after_five_failures_in_a_row_the_drain_rests_longer_each_time(settings: Any) -> None:
    settings.EMAIL_BACKEND = "foundation.smtp.OutboxEmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    for number in range(10):
        put(str(number))
    tried, at = [], AT
    for _minute in range(40):
        before = outbox_control.control().failures_in_a_row
        tally = outbox.drain_all(at=at)
        assert tally.stopped
        if outbox_control.control().failures_in_a_row > before:
            tried.append(int((at - AT) / A_MINUTE))
        at += A_MINUTE

    # Every minute five times, then after 1, 2, 4, 8 and 16 minutes.
    assert tried == [0, 1, 2, 3, 4, 5, 7, 11, 19, 35]
    assert set(OutgoingMail.objects.values_list("state", "attempts")) == {("due", 0)}


def test_a_server_that_comes_back_ends_the_rest(sink: Sink) -> None:
    put("a")
    OutboxControl.objects.create(pk=1, failures_in_a_row=7, rests_until=AT + A_MINUTE)

    assert outbox.drain_all(at=AT).stopped
    assert sink.messages == []
    assert not outbox.drain_all(at=AT + A_MINUTE).stopped

    row = outbox_control.control()
    assert (sink.recipients, row.failures_in_a_row, row.rests_until) == (["a@example.org"], 0, None)


def test_a_login_code_is_tried_while_the_drain_rests(sink: Sink) -> None:
    OutboxControl.objects.create(pk=1, failures_in_a_row=7, rests_until=AT + A_MINUTE)
    outbox._send_in_process(put("code", priority=Priority.NOW).pk, AT)
    assert sink.recipients == ["code@example.org"]
    assert outbox_control.rests_until(at=AT) is None


def test_a_login_code_that_was_refused_for_now_does_not_wait_for_the_end_of_a_rest(sink: Sink) -> None:
    code, campaign = put("code", priority=Priority.NOW), put("campaign", priority=Priority.CAMPAIGN)
    sink.answers = {code.address: "450 4.2.0 greylisted", campaign.address: "450 4.2.0 greylisted"}
    outbox.drain_all(at=AT)
    OutboxControl.objects.filter(pk=1).update(failures_in_a_row=9, rests_until=AT + 30 * A_MINUTE)

    outbox.drain_all(at=AT + 2 * A_MINUTE)
    assert (sink.recipients, outbox_control.control().failures_in_a_row) == ([], 9)
    assert dict(OutgoingMail.objects.values_list("dedupe_key", "attempts")) == {"code": 2, "campaign": 1}

    sink.answers = {campaign.address: "450 4.2.0 greylisted"}
    outbox.drain_all(at=AT + 6 * A_MINUTE)
    # The server takes mail again, so the others are tried as well.
    assert (sink.recipients, outbox_control.rests_until(at=AT + 6 * A_MINUTE)) == (["code@example.org"], None)
    assert dict(OutgoingMail.objects.values_list("dedupe_key", "attempts")) == {"code": 3, "campaign": 2}


def test_while_it_rests_one_code_a_minute_is_tried_and_the_rest_grows_no_longer(settings: Any) -> None:
    settings.EMAIL_BACKEND = "foundation.smtp.OutboxEmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    put("campaign", priority=Priority.CAMPAIGN)
    for number in range(3):
        put(f"code-{number}", priority=Priority.NOW, lasts=10 * A_MINUTE)
    OutboxControl.objects.create(pk=1, failures_in_a_row=7, rests_until=AT + 4 * A_MINUTE)

    for minute in range(4):
        tally = outbox.drain_all(at=AT + minute * A_MINUTE)
        assert (tally.stopped, tally.retried) == (True, 1)

    row = outbox_control.control()
    assert (row.failures_in_a_row, row.rests_until) == (7, AT + 4 * A_MINUTE)
    assert set(states()) == {"due"}


def test_the_rest_has_a_longest_time(settings: Any) -> None:
    OutboxControl.objects.create(pk=1, failures_in_a_row=5000)
    outbox_control.note_failure(at=AT)
    assert outbox_control.rests_until(at=AT) == AT + settings.MAIL_REST_AT_MOST


def test_no_more_go_out_in_a_minute_than_are_allowed(sink: Sink, settings: Any) -> None:
    settings.MAIL_PER_MINUTE, settings.MAIL_BATCH = 3, 2
    for number in range(7):
        put(str(number))
    sent = []
    for seconds in (0, 30, 60, 90, 120):
        outbox.drain_all(at=AT + timedelta(seconds=seconds))
        sent.append(len(sink.messages))
    assert sent == [3, 3, 6, 6, 7]


def test_time_up_gives_the_rest_back(sink: Sink, settings: Any) -> None:
    settings.MAIL_DRAIN_AT_MOST = timedelta(0)
    put("a")
    tally = outbox.drain_all(at=AT)
    assert (tally.unfinished, tally.stopped, states(), sink.messages) == (True, False, ["due"], [])


def test_the_clock_tells_when_each_mail_was_sent(sink: Sink) -> None:
    put("a")
    outbox.drain_all(at=AT, clock=lambda: AT + A_MINUTE)
    assert OutgoingMail.objects.get().sent_at == AT + A_MINUTE


def test_the_outbox_needs_no_mail_server_when_nothing_is_due() -> None:
    outbox.drain_all(at=AT)
    assert django_mail.outbox == []
