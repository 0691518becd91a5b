"""Pausing, resting after failures, keeping pace, and starting paused after a restore."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.db import IntegrityError, connection, transaction

from accounts.tests.factories import make_user
from foundation import delivery, outbox, outbox_control
from foundation.mail import Content, send_again
from foundation.models import HeldCampaign, HistoryEntry, OutboxControl, OutgoingMail
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


def test_paused_mail_waits_and_login_codes_do_not(sink: Sink) -> None:
    put("campaign", priority=Priority.CAMPAIGN)
    put("code", priority=Priority.NOW)
    outbox_control.pause(at=AT, actor=None, reason="The server moves.")

    outbox.drain_all(at=AT)
    assert (sink.recipients, states()) == (["code@example.org"], ["due", "sent"])

    outbox_control.resume(at=AT, actor=None)
    outbox.drain_all(at=AT)
    assert (sink.recipients, states()) == (["code@example.org", "campaign@example.org"], ["sent", "sent"])


def test_a_pause_between_the_claim_and_the_sending_holds_the_mail(sink: Sink) -> None:
    put("a")
    put("b")

    def pause_now(mail: OutgoingMail, at: datetime) -> Content | None:
        outbox_control.pause(at=at, actor=None, reason="Stop.")
        return None

    delivery.prepares["test"] = pause_now
    try:
        outbox.drain_all(at=AT)
    finally:
        del delivery.prepares["test"]

    assert (sink.messages, states()) == ([], ["due", "due"])
    assert set(OutgoingMail.objects.values_list("attempts", "lease_until", "claim_token")) == {(0, None, None)}


def put_in(campaign: str, key: str, **facts: Any) -> OutgoingMail:
    mail = put(key, **facts)
    OutgoingMail.objects.filter(pk=mail.pk).update(campaign=campaign)
    return mail


def hold(campaign: str, reason: str = "A bad link.") -> bool:
    return outbox_control.hold(campaign, title=campaign.title(), at=AT, actor=None, reason=reason)


def release(campaign: str) -> bool:
    return outbox_control.release(campaign, title=campaign.title(), at=AT, actor=None)


def test_a_held_campaign_waits_and_nothing_else_does(sink: Sink) -> None:
    put_in("may", "may", priority=Priority.CAMPAIGN)
    put_in("october", "october", priority=Priority.CAMPAIGN)
    put("receipt")
    hold("may")

    outbox.drain_all(at=AT)
    assert (sink.recipients, states()) == (
        ["receipt@example.org", "october@example.org"],
        ["due", "sent", "sent"],
    )

    release("may")
    outbox.drain_all(at=AT)
    assert (sink.recipients[2:], states()) == (["may@example.org"], ["sent", "sent", "sent"])


def test_a_campaign_held_between_the_claim_and_the_sending_does_not_go_out(sink: Sink) -> None:
    put_in("may", "a")
    put("b")

    def hold_now(mail: OutgoingMail, at: datetime) -> Content | None:
        hold("may")
        return None

    delivery.prepares["test"] = hold_now
    try:
        outbox.drain_all(at=AT)
    finally:
        del delivery.prepares["test"]

    assert (sink.recipients, states()) == (["b@example.org"], ["due", "sent"])


def test_what_is_sent_again_stays_in_its_campaign(sink: Sink) -> None:
    mail = put_in("may", "a", priority=Priority.CAMPAIGN)
    outbox.drain_all(at=AT)
    hold("may")

    send_again(mail, at=AT)
    outbox.drain_all(at=AT)

    assert (states(), sink.recipients) == (["sent", "due"], ["a@example.org"])


def test_holding_and_releasing_twice_is_noted_once() -> None:
    person = make_user()
    facts: dict[str, Any] = {"title": "May 2021", "at": AT, "actor": person}
    assert [outbox_control.hold("may", reason=reason, **facts) for reason in ("One", "Two")] == [True, False]
    row = outbox_control.held("may")
    assert row is not None
    assert (row.held_by, row.held_at, row.reason, outbox_control.held("june")) == (person, AT, "One", None)
    assert [outbox_control.release("may", **facts) for _time in range(2)] == [True, False]
    assert outbox_control.held("may") is None
    assert list(HistoryEntry.objects.order_by("pk").values_list("verb", "actor", "changes")) == [
        ("campaign held", person.pk, {"campaign": "May 2021", "reason": "One"}),
        ("campaign released", person.pk, {"campaign": "May 2021"}),
    ]


@pytest.mark.parametrize("reason", ["", "  ", "\u200b\n"])
def test_holding_needs_a_reason(reason: str) -> None:
    with pytest.raises(ValueError, match="say why"):
        hold("may", reason)
    assert outbox_control.held("may") is None


@pytest.mark.parametrize("broken", [{"name": ""}, {"reason": ""}], ids=["no campaign", "no reason"])
def test_the_database_holds_no_campaign_without_name_or_reason(broken: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        HeldCampaign.objects.create(**{"name": "may", "title": "May", "reason": "A bad link.", "held_at": AT, **broken})


def test_pausing_and_resuming_twice_is_noted_once() -> None:
    person = make_user()
    assert [outbox_control.pause(at=AT, actor=person, reason=reason) for reason in ("One", "Two")] == [True, False]
    row = outbox_control.paused()
    assert row is not None
    assert (row.paused_by, row.paused_at, row.pause_reason) == (person, AT, "One")
    assert [outbox_control.resume(at=AT, actor=person) for _time in range(2)] == [True, False]
    assert outbox_control.paused() is None
    assert list(HistoryEntry.objects.order_by("pk").values_list("verb", "actor")) == [
        ("mail paused", person.pk),
        ("mail resumed", person.pk),
    ]


@pytest.mark.parametrize("reason", ["", "  ", "\u200b\n"])
def test_a_pause_needs_a_reason(reason: str) -> None:
    with pytest.raises(ValueError, match="say why"):
        outbox_control.pause(at=AT, actor=None, reason=reason)
    assert outbox_control.paused() is None


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


@pytest.mark.postgres
def test_in_another_database_than_before_the_outbox_is_paused(sink: Sink) -> None:
    put("a", priority=Priority.CAMPAIGN)
    outbox.drain_all(at=AT)
    put("b", priority=Priority.CAMPAIGN)
    OutboxControl.objects.update(database="1/00000001")

    outbox.drain_all(at=AT)

    row = outbox_control.paused()
    assert row is not None
    assert "restored or moved" in row.pause_reason
    assert (sink.recipients, states()) == (["a@example.org"], ["sent", "due"])
    # It is told once: whoever resumes is not stopped again.
    outbox_control.resume(at=AT, actor=None)
    outbox.drain_all(at=AT)
    assert sink.recipients == ["a@example.org", "b@example.org"]


@pytest.mark.postgres
def test_the_same_database_is_recognized() -> None:
    assert not outbox_control.hold_after_restore(at=AT)
    assert not outbox_control.hold_after_restore(at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        assert outbox_control.control().database == f"{cursor.fetchone()[0]}/00000001"


def test_the_outbox_needs_no_mail_server_when_nothing_is_due() -> None:
    outbox.drain_all(at=AT)
    assert django_mail.outbox == []
