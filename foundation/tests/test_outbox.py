"""Every mail is accounted for, against a real SMTP server."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from typing import Any

import pytest
from django.core import mail as django_mail
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.test import override_settings

from foundation import delivery, marks, outbox, outcomes
from foundation.mail import Content, build_message, enqueue
from foundation.models import OutgoingMail
from foundation.tests.sink import Sink, smtp_sink

pytestmark = pytest.mark.django_db
State = OutgoingMail.State
AT = datetime(2021, 10, 20, 8, tzinfo=UTC)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with smtp_sink() as started:
        yield started


@pytest.fixture
def prepare() -> Iterator[dict[str, delivery.Prepare]]:
    """The registered re-checks, as they were before after the test."""
    before = dict(delivery.prepares)
    yield delivery.prepares
    delivery.prepares.clear()
    delivery.prepares.update(before)


def put(key: str = "a", **fields: Any) -> OutgoingMail:
    defaults: dict[str, Any] = {
        "dedupe_key": key,
        "purpose": "test",
        "address": f"{key}@example.org",
        "content": Content(subject=f"Subject {key}", text=f"Text {key}\n", html=f"<p>Text {key}</p>"),
        "at": AT,
        "lasts": timedelta(days=1),
    }
    return enqueue(**(defaults | fields))


def again(mail: OutgoingMail) -> OutgoingMail:
    mail.refresh_from_db()
    return mail


def test_the_same_key_makes_one_row() -> None:
    assert put().pk == put(address="other@example.org").pk
    assert OutgoingMail.objects.count() == 1


def test_a_due_mail_is_sent_once_and_marked(sink: Sink) -> None:
    mail = put()

    outbox.drain_all(at=AT)
    outbox.drain_all(at=AT)

    assert sink.recipients == ["a@example.org"]
    assert (again(mail).state, mail.sent_at, mail.attempts, mail.claim_token) == (State.SENT, AT, 1, None)


def test_a_mail_carries_these_headers_and_no_others(sink: Sink) -> None:
    mail = put(content=Content("Hello", "Text\n", headers={"List-Unsubscribe": "<https://example.org/stop>"}))

    outbox.drain(at=AT)

    (message,) = sink.messages
    assert message["Message-ID"] == mail.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == "<https://example.org/stop>"
    assert sorted(name for name, _value in message.items() if not name.startswith("X-")) == [
        "Auto-Submitted", "Content-Language", "Content-Transfer-Encoding", "Content-Type", "Date", "From",
        "List-Unsubscribe", "MIME-Version", "Message-ID", "Reply-To", "Subject", "To",
    ]  # fmt: skip


def test_what_is_urgent_goes_first(sink: Sink) -> None:
    put("campaign", priority=OutgoingMail.Priority.CAMPAIGN)
    put("code", priority=OutgoingMail.Priority.NOW)

    outbox.drain(at=AT, limit=1)

    assert sink.recipients == ["code@example.org"]


def test_a_mail_waits_for_its_moment(sink: Sink) -> None:
    put(at=AT + timedelta(minutes=1))

    outbox.drain(at=AT)

    assert sink.messages == []


def test_a_mail_past_its_use_expires_and_is_not_sent(sink: Sink) -> None:
    mail = put(lasts=timedelta(minutes=10), sensitive=True)

    tally = outbox.drain(at=AT + timedelta(minutes=10))

    assert (again(mail).state, mail.text, tally.expired, sink.messages) == (State.EXPIRED, "—", 1, [])


@pytest.mark.parametrize(("answer", "state"), [("250 OK", State.SENT), ("550 nobody here", State.FAILED)])
def test_a_sensitive_text_is_erased_when_the_mail_is_final(sink: Sink, answer: str, state: str) -> None:
    mail = put(sensitive=True, content=Content("Code", "ABCD-EFGH\n", "<p>ABCD-EFGH</p>"))
    sink.answers = {mail.address: answer}

    outbox.drain(at=AT)

    assert (again(mail).state, mail.text, mail.html) == (state, "—", "")


def test_a_refused_address_fails_for_good_and_others_go_on(sink: Sink) -> None:
    dead, alive = put("dead"), put("alive")
    sink.answers = {dead.address: "550 5.1.1 no such user"}

    tally = outbox.drain(at=AT)

    assert (again(dead).state, dead.reply) == (State.FAILED, "550 5.1.1 no such user")
    assert (again(alive).state, tally.sent, tally.failed) == (State.SENT, 1, 1)


def test_a_refused_address_is_told_to_those_who_asked(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, datetime]] = []
    monkeypatch.setattr(outcomes, "on_refused_address", [lambda address, at: told.append((address, at))])
    sink.answers = {put().address: "550 no"}

    outbox.drain(at=AT)

    assert told == [("a@example.org", AT)]


def test_a_greylisted_mail_is_tried_later_with_the_same_message_id(sink: Sink) -> None:
    mail = put()
    sink.answers = {mail.address: "451 try later"}
    outbox.drain(at=AT)
    assert (again(mail).state, mail.attempts) == (State.DUE, 1)
    assert AT + timedelta(seconds=60) <= mail.not_before <= AT + timedelta(seconds=90)

    sink.answers = {}
    outbox.drain(at=mail.not_before)

    assert (again(mail).state, mail.attempts) == (State.SENT, 2)
    assert [message["Message-ID"] for message in sink.messages] == [mail.message_id]


def test_after_twelve_tries_a_mail_is_given_up(sink: Sink) -> None:
    mail = put(lasts=timedelta(days=9))
    sink.answers = {mail.address: "451 try later"}

    for _try in range(12):
        outbox.drain(at=again(mail).not_before)

    assert (again(mail).state, mail.attempts, mail.reply) == (State.FAILED, 12, "given up: 451 try later")


def test_a_lost_acknowledgement_is_tried_once_more_and_then_left_to_a_person(sink: Sink) -> None:
    mail = put()
    sink.hang_up_after_data = 2

    outbox.drain(at=AT)
    assert (again(mail).state, mail.unknown_outcomes) == (State.DUE, 1)
    assert mail.not_before == AT + timedelta(minutes=15)
    outbox.drain(at=mail.not_before)

    assert (again(mail).state, mail.unknown_outcomes, mail.reply[:8]) == (State.FAILED, 2, "unknown:")
    assert [message["Message-ID"] for message in sink.messages] == [mail.message_id] * 2


def test_a_lost_acknowledgement_does_not_stop_the_others(sink: Sink) -> None:
    put("first")
    second = put("second")
    sink.hang_up_after_data = 1

    outbox.drain(at=AT)

    assert again(second).state == State.SENT


@override_settings(EMAIL_BACKEND="foundation.smtp.OutboxEmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=1)
def test_a_server_that_is_away_burns_no_mail() -> None:
    first, second = put("first"), put("second")

    tally = outbox.drain(at=AT)

    assert (again(first).state, first.attempts) == (State.DUE, 0)
    assert (again(second).state, second.attempts, second.claim_token) == (State.DUE, 0, None)
    assert tally.stopped


def test_a_mail_that_cannot_be_written_fails_alone(sink: Sink) -> None:
    broken, whole = put("broken", content=None), put("whole")

    outbox.drain(at=AT)

    assert (again(broken).state, again(whole).state) == (State.FAILED, State.SENT)
    assert broken.reply.startswith("cannot be written: ")


def test_an_address_with_a_comma_reaches_nobody(sink: Sink) -> None:
    mail = put(address="a@example.org,b@example.org")

    outbox.drain(at=AT)

    assert (again(mail).state, sink.messages) == (State.FAILED, [])


def test_a_claim_whose_worker_died_before_sending_is_free(sink: Sink) -> None:
    mail = put()
    outbox.claim(at=AT, limit=25)
    OutgoingMail.objects.update(lease_until=Now() - timedelta(seconds=1))

    outbox.drain(at=AT)

    assert (again(mail).state, mail.attempts, mail.unknown_outcomes) == (State.SENT, 1, 0)


def test_a_worker_that_died_while_sending_may_have_sent(sink: Sink) -> None:
    mail = put()
    (claimed,) = outbox.claim(at=AT, limit=25)
    marks.mark_sending(claimed, freezes=False)
    OutgoingMail.objects.update(lease_until=Now() - timedelta(seconds=1))

    outbox.drain(at=AT)

    assert (again(mail).state, mail.unknown_outcomes, sink.messages) == (State.DUE, 1, [])
    assert mail.not_before == AT + timedelta(minutes=15)


def test_a_live_claim_is_left_alone(sink: Sink) -> None:
    put()
    outbox.claim(at=AT, limit=25)

    outbox.drain(at=AT)

    assert sink.messages == []


def test_a_purpose_may_write_the_mail_as_it_goes_out(sink: Sink, prepare: dict[str, delivery.Prepare]) -> None:
    prepare["test"] = lambda mail, at: Content(subject="Fresh", text="Fresh text\n")
    mail = put(content=None)

    outbox.drain(at=AT)

    assert (again(mail).state, mail.subject, mail.text) == (State.SENT, "Fresh", "Fresh text\n")


def test_a_purpose_may_refuse_a_mail_that_is_no_longer_wanted(sink: Sink, prepare: dict[str, delivery.Prepare]) -> None:
    prepare["test"] = lambda mail, at: delivery.Refusal(State.SKIPPED, "has answered")
    mail = put()

    tally = outbox.drain(at=AT)

    assert (again(mail).state, mail.reply, tally.refused, sink.messages) == (State.SKIPPED, "has answered", 1, [])


@pytest.mark.django_db(transaction=True)
def test_send_soon_waits_for_the_commit() -> None:
    with transaction.atomic():
        outbox.send_soon(put(), at=AT)
        assert django_mail.outbox == []

    assert [message.to for message in django_mail.outbox] == [["a@example.org"]]


@pytest.mark.django_db(transaction=True)
@override_settings(MAIL_INLINE="off")
def test_send_soon_can_leave_all_to_the_tick() -> None:
    outbox.send_soon(put(), at=AT)

    assert django_mail.outbox == []


@pytest.mark.django_db(transaction=True)
@override_settings(EMAIL_BACKEND="foundation.smtp.OutboxEmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=1)
def test_a_request_goes_on_when_its_mail_cannot_leave() -> None:
    mail = put()

    outbox.send_soon(mail, at=AT)

    assert again(mail).state == State.DUE


def _drain_in_thread(barrier: threading.Barrier) -> None:
    barrier.wait()
    try:
        outbox.drain_all(at=AT)
    finally:
        connection.close()


def _four_drains_at_once() -> None:
    barrier = threading.Barrier(4)
    threads = [threading.Thread(target=_drain_in_thread, args=(barrier,)) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_four_drains_at_once_send_every_mail_once() -> None:
    for number in range(60):
        put(f"n{number}")

    with smtp_sink() as sink:
        _four_drains_at_once()

    assert sorted(sink.recipients) == sorted(f"n{number}@example.org" for number in range(60))


def _claim_without_condition(*, at: datetime, limit: int) -> list[OutgoingMail]:
    """The claim as it must not be: read, then write, with no condition on what was read."""
    mails = list(OutgoingMail.objects.filter(state=State.DUE)[:limit])
    token = outbox.uuid.uuid4()
    for mail in mails:
        OutgoingMail.objects.filter(pk=mail.pk).update(
            state=State.CLAIMED, sent_at=None, claim_token=token, lease_until=Now() + timedelta(minutes=5)
        )
        mail.claim_token = token
    return mails


def _loses_first(claim: Callable[..., list[OutgoingMail]]) -> Callable[..., list[OutgoingMail]]:
    """A claim that comes second once, as when two workers pick the same rows."""
    lost: list[bool] = []

    def losing(**facts: Any) -> list[OutgoingMail]:
        if lost:
            return claim(**facts)
        lost.append(True)
        return []

    return losing


def test_who_loses_a_claim_goes_on_with_what_waits_behind_it(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    put("a")
    monkeypatch.setattr(outbox, "claim", _loses_first(outbox.claim))

    outbox.drain_all(at=AT)

    assert sink.recipients == ["a@example.org"]


def _mark_without_looking(mail: OutgoingMail, *, freezes: bool, after: marks.Accepted | None = None) -> bool:
    if after:
        marks.mark_sent(after)
    return True


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_negative_control_without_the_conditional_claim_mails_go_out_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "claim", _claim_without_condition)
    monkeypatch.setattr(delivery, "mark_sending", _mark_without_looking)
    for number in range(60):
        put(f"n{number}")

    with smtp_sink() as sink:
        _four_drains_at_once()

    assert len(sink.recipients) > 60


@pytest.mark.parametrize(
    "broken",
    [{"state": "sent"}, {"state": "claimed"}, {"expires_at": AT}, {"state": "lost"}, {"sent_at": AT}],
    ids=["sent without a time", "claimed without a lease", "no time to live", "unknown state", "a time but not sent"],
)
def test_the_database_refuses_a_row_that_lies(broken: dict[str, Any]) -> None:
    mail = put()

    with pytest.raises(IntegrityError), transaction.atomic():
        OutgoingMail.objects.filter(pk=mail.pk).update(**broken)


HOSTILE = [*range(0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]


def test_no_code_point_in_subject_or_header_adds_a_header_or_breaks_the_mail() -> None:
    for code in HOSTILE:
        hostile = f"a{chr(code)}{chr(code)}Bcc: x@example.org"
        mail = OutgoingMail(
            address="a@example.org",
            subject=hostile,
            text="Body",
            message_id="<1@x>",
            headers={"List-Unsubscribe": hostile},
        )
        parsed = build_message(mail).message()

        assert parsed["Bcc"] is None, hex(code)
        assert parsed.get_payload() == "Body", hex(code)
        assert "\n" not in str(make_header(decode_header(parsed["Subject"]))), hex(code)
