"""Pausing all mail that can wait, or that of one campaign."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.tests.factories import make_user
from foundation import delivery, outbox, pauses
from foundation.mail import Content
from foundation.models import HistoryEntry, OutboxControl, OutgoingMail, Pause
from foundation.pauses import Campaign
from foundation.resend import send_again
from foundation.tests.sink import Sink, smtp_sink
from foundation.tests.test_outbox import put

pytestmark = pytest.mark.django_db
State, Priority = OutgoingMail.State, OutgoingMail.Priority
AT = datetime(2021, 10, 20, 8, tzinfo=UTC)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with smtp_sink() as started:
        yield started


def states() -> list[str]:
    return list(OutgoingMail.objects.order_by("pk").values_list("state", flat=True))


def test_paused_mail_waits_and_login_codes_do_not(sink: Sink) -> None:
    put("campaign", priority=Priority.CAMPAIGN)
    put("code", priority=Priority.NOW)
    pauses.pause(at=AT, actor=None, reason="The server moves.")

    outbox.drain_all(at=AT)
    assert (sink.recipients, states()) == (["code@example.org"], ["due", "sent"])

    pauses.resume(at=AT, actor=None)
    outbox.drain_all(at=AT)
    assert (sink.recipients, states()) == (["code@example.org", "campaign@example.org"], ["sent", "sent"])


def test_a_pause_between_the_claim_and_the_sending_holds_the_mail(sink: Sink) -> None:
    put("a")
    put("b")

    def pause_now(mail: OutgoingMail, at: datetime) -> Content | None:
        pauses.pause(at=at, actor=None, reason="Stop.")
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
    return pauses.pause(at=AT, actor=None, reason=reason, of=Campaign(campaign, campaign.title()))


def release(campaign: str) -> bool:
    return pauses.resume(at=AT, actor=None, of=Campaign(campaign, campaign.title()))


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
    facts: dict[str, Any] = {"of": Campaign("may", "May 2021"), "at": AT, "actor": person}
    assert [pauses.pause(reason=reason, **facts) for reason in ("One", "Two")] == [True, False]
    row = pauses.paused(facts["of"])
    assert row is not None
    assert (row.paused_by, row.paused_at, row.reason, str(row)) == (person, AT, "One", "May 2021")
    assert (pauses.paused(Campaign("june", "June")), pauses.paused()) == (None, None)
    assert [pauses.resume(**facts) for _time in range(2)] == [True, False]
    assert pauses.paused(facts["of"]) is None
    assert list(HistoryEntry.objects.order_by("pk").values_list("verb", "actor", "changes")) == [
        ("campaign held", person.pk, {"campaign": "May 2021", "reason": "One"}),
        ("campaign released", person.pk, {"campaign": "May 2021"}),
    ]


@pytest.mark.parametrize("reason", ["", "  ", "\u200b\n"])
def test_holding_needs_a_reason(reason: str) -> None:
    with pytest.raises(ValueError, match="say why"):
        hold("may", reason)
    assert not Pause.objects.exists()


@pytest.mark.parametrize("broken", [{"title": ""}, {"reason": ""}], ids=["no title", "no reason"])
def test_the_database_keeps_no_pause_without_reason_or_of_a_campaign_without_title(broken: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Pause.objects.create(**{"campaign": "may", "title": "May", "reason": "A bad link.", "paused_at": AT, **broken})


def test_pausing_and_resuming_twice_is_noted_once() -> None:
    person = make_user()
    assert [pauses.pause(at=AT, actor=person, reason=reason) for reason in ("One", "Two")] == [True, False]
    row = pauses.paused()
    assert row is not None
    assert (row.paused_by, row.paused_at, row.reason) == (person, AT, "One")
    assert [pauses.resume(at=AT, actor=person) for _time in range(2)] == [True, False]
    assert pauses.paused() is None
    assert list(HistoryEntry.objects.order_by("pk").values_list("verb", "actor")) == [
        ("mail paused", person.pk),
        ("mail resumed", person.pk),
    ]


def test_resuming_all_mail_brings_forward_what_was_refused_for_now(sink: Sink) -> None:
    later = {name: AT + timedelta(minutes=90) for name in ("refused", "maybe arrived", "too late", "gone")}
    for name, until in later.items():
        OutgoingMail.objects.filter(pk=put(name).pk).update(not_before=until, attempts=2)
    OutgoingMail.objects.filter(dedupe_key="maybe arrived").update(unknown_outcomes=1)
    OutgoingMail.objects.filter(dedupe_key="too late").update(not_before=AT - timedelta(2), expires_at=AT)
    OutgoingMail.objects.filter(dedupe_key="gone").update(state=State.FAILED)
    OutboxControl.objects.create(pk=1, failures_in_a_row=7, rests_until=AT + timedelta(minutes=30))

    pauses.resume(at=AT, actor=None, of=Campaign("may", "May"))
    assert not OutgoingMail.objects.filter(not_before=AT).exists()
    pauses.resume(at=AT, actor=None)
    moved = list(OutgoingMail.objects.filter(not_before=AT).values_list("dedupe_key", flat=True))

    outbox.drain_all(at=AT)
    assert (moved, sink.recipients) == (["refused"], ["refused@example.org"])
    # The try that was brought forward is none of the twelve.
    assert OutgoingMail.objects.get(dedupe_key="refused").attempts == 2


def test_resuming_twenty_times_gives_no_mail_up(sink: Sink) -> None:
    mail = put()
    sink.answers = {mail.address: "450 4.2.0 greylisted"}
    for minute in range(20):
        outbox.drain_all(at=AT + timedelta(minutes=minute))
        pauses.resume(at=AT + timedelta(minutes=minute), actor=None)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (State.DUE, 0)


@pytest.mark.parametrize("reason", ["", "  ", "\u200b\n"])
def test_a_pause_needs_a_reason(reason: str) -> None:
    with pytest.raises(ValueError, match="say why"):
        pauses.pause(at=AT, actor=None, reason=reason)
    assert pauses.paused() is None
