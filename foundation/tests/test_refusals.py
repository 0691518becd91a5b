"""What a mail server's "no" is about, and what becomes of the mail, of its reader and of the mails behind it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError

from foundation import delivery, outbox, outbox_control, outcomes
from foundation.mail import Content
from foundation.models import OutgoingMail
from foundation.refusals import About, about_recipient, about_sender, about_text
from foundation.tests.sink import Sink, smtp_sink
from foundation.tests.test_outbox import put

pytestmark = pytest.mark.django_db
State, Priority = OutgoingMail.State, OutgoingMail.Priority
AT = datetime(2021, 10, 20, 8, tzinfo=UTC)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with smtp_sink() as started:
        yield started


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were said to be dead."""
    addresses: list[str] = []
    monkeypatch.setattr(outcomes, "on_refused_address", [lambda address, at: addresses.append(address)])
    return addresses


def put_campaign(number: int) -> list[OutgoingMail]:
    return [put(f"p{each}", priority=Priority.CAMPAIGN) for each in range(number)]


def states() -> list[str]:
    return list(OutgoingMail.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.parametrize(
    ("code", "answer", "about"),
    [
        (550, "nobody lives here", About.ADDRESS),
        (550, "5.1.1 no such user", About.ADDRESS),
        (552, "5.2.2 mailbox full", About.ADDRESS),
        (550, "5.4.1 Recipient address rejected: Access denied", About.ADDRESS),
        (550, "5.0.0 no", About.ADDRESS),
        (550, "5.7.1 listed at a block list", About.US),
        (554, " 5.7.606 banned sending address", About.US),
        (550, "5.3.2 system not accepting", About.US),
        (503, "5.5.1 out of order", About.US),
        (451, "4.7.1 greylisted", About.LATER),
        (450, "come back", About.LATER),
        (421, "4.7.0 closing", About.US),
        (550, "15.7.1 is no code", About.ADDRESS),
        (550, "see 5.7.1", About.ADDRESS),
        (550, "", About.ADDRESS),
        # Postfix: what it has against the client and the sender waits for RCPT.
        (554, "5.7.1 <a@example.org>: Relay access denied", About.US),
        (550, "5.1.8 <portal@example.net>: Sender address rejected: Domain not found", About.US),
        (550, "5.1.7 <portal@example.net>: Sender address rejected: undeliverable address", About.US),
        (550, "5.1.0 <portal@example.net>: Sender address rejected: User unknown in virtual mailbox table", About.US),
        (550, "5.1.0 <a@example.org>: Recipient address rejected: User unknown", About.ADDRESS),
        (
            550,
            "5.1.1 <a@example.org>: Recipient address rejected: User unknown in relay recipient table",
            About.ADDRESS,
        ),
        # Exchange Online
        (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", About.ADDRESS),
        (550, "5.1.90 You have reached your daily limit for message recipients", About.US),
        (550, "5.2.2 Submission quota exceeded", About.US),
        # Gmail
        (550, "5.1.1 The email account that you tried to reach does not exist. Please try\n5.1.1 again", About.ADDRESS),
        (552, "5.2.2 The email account that you tried to reach is over quota", About.ADDRESS),
        (550, "5.4.5 Daily SMTP relay limit exceeded for customer", About.US),
        # Exim gives words only.
        (550, "Unrouteable address", About.ADDRESS),
        (501, "bad address syntax", About.ADDRESS),
        (550, "relay not permitted", About.US),
        (550, "Administrative prohibition", About.US),
        (550, "Verification failed for <portal@example.net>\nUnrouteable address\nSender verify failed", About.US),
        (550, "JunkMail rejected - mail.example.net is in an RBL", About.US),
        (550, "Access denied - Invalid HELO name", About.US),
        # No codes of a mailbox
        (503, "sender not yet given", About.US),
        (530, "authentication required", About.US),
        (554, "no", About.US),
    ],
)
def test_what_a_refused_recipient_is_about(code: int, answer: str, about: About) -> None:
    assert about_recipient(code, answer) == about


@pytest.mark.parametrize(
    ("code", "answer", "about"),
    [
        (552, "storage exceeded", About.ADDRESS),
        (550, "unknown", About.ADDRESS),
        (554, "5.2.2 over quota", About.ADDRESS),
        (554, "transaction failed", About.TEXT),
        (554, "5.7.1 looks like spam", About.TEXT),
        (552, "5.3.4 too large", About.TEXT),
        (451, "try again", About.LATER),
        (421, "closing", About.US),
        (554, "5.2.252 SendAsDenied; a@example.org not allowed to send as b@example.org", About.US),
        (550, "5.1.8 Access denied, bad outbound sender AS(42004)", About.US),
        (550, "5.1.90 You have reached your daily limit for message recipients", About.US),
        (550, "5.4.5 Daily user sending limit exceeded", About.US),
        (550, "5.1.1 no such user", About.ADDRESS),
        (552, "5.2.3 Your message exceeded the size limits", About.TEXT),
        (552, "Message size exceeds maximum permitted", About.TEXT),
        (552, "Requested mail action aborted: exceeded storage allocation", About.ADDRESS),
        (550, "This message was classified as spam", About.TEXT),
        (550, "5.7.26 Unauthenticated email from example.org is not accepted", About.US),
        (550, "5.7.60 SMTP; Client does not have permissions to send as this sender", About.US),
        (550, "5.7.19 no proof for it", About.TEXT),
        (550, "5.7.28 an unusual rate", About.TEXT),
    ],
)
def test_what_a_refused_text_is_about(code: int, answer: str, about: About) -> None:
    assert about_text(code, answer) == about


@pytest.mark.parametrize(("code", "about"), [(552, About.TEXT), (550, About.US), (452, About.US), (530, About.US)])
def test_what_a_refused_sender_is_about(code: int, about: About) -> None:
    assert about_sender(code) == about


def test_a_block_list_marks_nobody_and_loses_nothing(sink: Sink, marked: list[str]) -> None:
    mails = put_campaign(9)
    sink.answers = {mail.address: "550 5.7.1 listed at a block list" for mail in mails}

    tally = outbox.drain_all(at=AT)

    assert (marked, set(states()), tally.stopped, tally.retried) == ([], {State.DUE}, True, 5)
    assert sorted(OutgoingMail.objects.values_list("attempts", flat=True)) == [0] * 4 + [1] * 5
    assert outbox_control.rests_until(at=AT) == AT + timedelta(minutes=1)

    sink.answers = {}
    outbox.drain_all(at=AT + timedelta(hours=2))
    assert set(states()) == {State.SENT}
    assert outbox_control.control().failures_in_a_row == 0


@pytest.mark.parametrize("answer", ["550 5.7.1 not for you", "421 4.7.0 closing"])
def test_some_that_are_always_refused_hold_the_others_up_for_minutes_only(
    sink: Sink, marked: list[str], answer: str
) -> None:
    refused = [put(f"x{number}", lasts=timedelta(days=14)) for number in range(40)]
    sink.answers = {mail.address: answer for mail in refused}
    others = put_campaign(9)

    for minute in range(8):
        outbox.drain_all(at=AT + timedelta(minutes=minute))

    assert sink.recipients == [mail.address for mail in others]
    assert (set(states()[:40]), marked) == ({State.DUE}, [])
    assert outbox_control.rests_until(at=AT + timedelta(minutes=7)) is None


def test_some_on_which_the_server_always_hangs_up_do_not_hide_the_others_for_ever(
    sink: Sink, marked: list[str]
) -> None:
    dropped = [put(f"x{number}", lasts=timedelta(days=14)) for number in range(6)]
    sink.hang_up_on = [mail.address for mail in dropped]
    others = put_campaign(9)

    for minute in range(120):
        outbox.drain_all(at=AT + timedelta(minutes=minute))

    assert sink.recipients == [mail.address for mail in others]
    assert set(OutgoingMail.objects.filter(priority=Priority.SOON).values_list("state", "attempts")) == {(State.DUE, 0)}


def test_a_code_on_which_the_server_always_hangs_up_does_not_hide_the_others(sink: Sink, marked: list[str]) -> None:
    others = put_campaign(9)
    codes = [put(f"c{number}", priority=Priority.NOW, lasts=timedelta(hours=9)) for number in range(3)]
    sink.hang_up_on = [mail.address for mail in codes]

    outbox.drain_all(at=AT)

    assert sink.recipients == [mail.address for mail in others]
    assert outbox_control.control().failures_in_a_row == 0
    assert set(OutgoingMail.objects.filter(priority=Priority.NOW).values_list("state", "attempts")) == {(State.DUE, 0)}


def test_a_block_list_of_days_gives_no_mail_up_and_rests_longer_and_longer(sink: Sink, marked: list[str]) -> None:
    mails = [put(f"p{number}", priority=Priority.CAMPAIGN, lasts=timedelta(days=4)) for number in range(30)]
    sink.answers = {mail.address: "550 5.7.1 listed at a block list" for mail in mails}

    ends = []
    for hour in range(72):
        outbox.drain_all(at=AT + timedelta(hours=hour))
        ends.append(outbox_control.control().rests_until)

    assert ends[:7] == [AT + timedelta(hours=hour, minutes=2**hour if hour < 5 else 30) for hour in range(7)]
    assert (set(states()), marked) == ({State.DUE}, [])
    sink.answers = {}
    outbox.drain_all(at=AT + timedelta(hours=74))
    assert set(states()) == {State.SENT}


def test_many_dead_addresses_in_a_row_are_not_believed_for_ever(sink: Sink, marked: list[str]) -> None:
    mails = put_campaign(9)
    sink.answers = {mail.address: "550 no" for mail in mails}

    assert outbox.drain_all(at=AT).stopped

    assert marked == [mail.address for mail in mails[:5]]
    assert states() == [State.FAILED] * 5 + [State.DUE] * 4


def test_dead_addresses_between_living_ones_are_believed(sink: Sink, marked: list[str]) -> None:
    mails = put_campaign(12)
    dead = [mail.address for number, mail in enumerate(mails) if number % 4]
    sink.answers = dict.fromkeys(dead, "550 no")

    assert not outbox.drain_all(at=AT).stopped

    assert (marked, states().count(State.SENT)) == (dead, 3)


def test_codes_for_dead_addresses_hold_nobody_up(sink: Sink, marked: list[str]) -> None:
    mails = [put(f"c{number}", priority=Priority.NOW) for number in range(8)]
    alive = put("alive", priority=Priority.SOON)
    sink.answers = {mail.address: "550 no" for mail in mails}

    assert not outbox.drain_all(at=AT).stopped

    assert (len(marked), sink.recipients) == (8, [alive.address])


def test_refused_codes_begin_a_rest_and_never_make_it_longer(
    sink: Sink, marked: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    mails = [put(f"c{number}", priority=Priority.NOW) for number in range(9)]
    sink.answers = {mail.address: "550 5.7.1 not for you" for mail in mails}

    for mail in mails:
        with django_capture_on_commit_callbacks(execute=True):
            outbox.send_soon(mail, at=AT)

    row = outbox_control.control()
    assert (set(states()), marked) == ({State.DUE}, [])
    assert (row.failures_in_a_row, row.rests_until) == (5, AT + timedelta(minutes=1))


def test_a_text_refused_before_it_came_left_nothing_behind(sink: Sink, marked: list[str]) -> None:
    first, second = put("a"), put("b")
    sink.before_text = ["554 5.7.1 not from here"]

    tally = outbox.drain_all(at=AT)

    assert (states(), sink.recipients, tally.stopped) == ([State.FAILED, State.SENT], [second.address], False)
    first.refresh_from_db()
    assert (first.reply, first.unknown_outcomes) == ("554 5.7.1 not from here", 0)


def test_time_up_while_a_mail_is_written_costs_no_mail(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    put("a")

    def prepare(mail: OutgoingMail, at: datetime) -> Any:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(delivery, "prepares", {"test": prepare})
    with pytest.raises(SoftTimeLimitExceeded):
        outbox.drain(at=AT)

    assert states() == [State.CLAIMED]


def test_a_text_that_is_refused_says_nothing_of_its_reader(sink: Sink, marked: list[str]) -> None:
    first, second = put("a"), put("b")
    sink.text_answers = {first.address: "554 5.7.1 looks like spam"}

    outbox.drain_all(at=AT)

    assert (marked, states(), sink.recipients) == ([], [State.FAILED, State.SENT], [second.address])
    first.refresh_from_db()
    assert first.reply == "554 5.7.1 looks like spam"


def test_a_full_mailbox_is_marked(sink: Sink, marked: list[str]) -> None:
    mail = put("a")
    sink.text_answers = {mail.address: "552 5.2.2 mailbox full"}
    outbox.drain_all(at=AT)
    assert (marked, states()) == ([mail.address], [State.FAILED])


def test_a_mail_that_is_too_large_fails_alone(sink: Sink, marked: list[str]) -> None:
    put("a")
    sink.sender_answer = "552 5.3.4 larger than we take"

    assert not outbox.drain_all(at=AT).stopped

    assert (marked, states()) == ([], [State.FAILED])


def test_a_sender_that_is_refused_burns_no_mail(sink: Sink, marked: list[str]) -> None:
    put("a")
    sink.sender_answer = "550 5.7.1 not you"

    assert outbox.drain_all(at=AT).stopped

    assert (marked, states(), OutgoingMail.objects.get().attempts) == ([], [State.DUE], 0)


def test_after_a_server_hung_up_on_one_the_next_goes_over_a_new_line(sink: Sink, marked: list[str]) -> None:
    first, second = put("a"), put("b")
    sink.answers = {first.address: "421 4.7.0 too many recipients"}

    tally = outbox.drain_all(at=AT)

    assert (states(), sink.recipients, tally.stopped) == ([State.DUE, State.SENT], [second.address], False)
    assert (marked, outbox_control.control().failures_in_a_row) == ([], 0)


def test_a_database_that_was_busy_costs_no_mail(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _second = put("a"), put("b", purpose="other")
    busy = [True]

    def prepare(mail: OutgoingMail, at: datetime) -> Content | None:
        if busy.pop():
            raise OperationalError("database is locked")
        return None

    monkeypatch.setattr(delivery, "prepares", {"test": prepare})
    outbox.drain_all(at=AT)

    first.refresh_from_db()
    assert (states(), first.attempts, sink.recipients) == ([State.DUE, State.SENT], 1, ["b@example.org"])
    assert AT + timedelta(minutes=1) <= first.not_before <= AT + timedelta(seconds=90)
    busy.append(False)
    outbox.drain_all(at=first.not_before)
    assert states() == [State.SENT, State.SENT]


def test_words_that_cannot_be_written_are_tried_again_and_hold_nobody_up(
    sink: Sink, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, _second = put("a", content=None), put("b", purpose="other")
    mended = []

    def prepare(mail: OutgoingMail, at: datetime) -> Content:
        return Content("Subject", mended[0])

    monkeypatch.setattr(delivery, "prepares", {"test": prepare})
    outbox.drain_all(at=AT)

    first.refresh_from_db()
    assert (states(), first.attempts, sink.recipients) == ([State.DUE, State.SENT], 1, ["b@example.org"])
    assert first.reply == "cannot be written: IndexError('list index out of range')"
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        f"mail {first.pk} cannot be written now"
    ]
    mended.append("Text\n")
    outbox.drain_all(at=first.not_before)
    assert (states(), sink.recipients) == ([State.SENT, State.SENT], ["b@example.org", "a@example.org"])


@pytest.mark.parametrize("error", [OperationalError("statement timeout"), KeyError("statement timeout")])
def test_a_mail_that_never_can_be_written_is_given_up(
    sink: Sink, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    mail = put("a", lasts=timedelta(days=9))

    def prepare(mail: OutgoingMail, at: datetime) -> Any:
        raise error

    monkeypatch.setattr(delivery, "prepares", {"test": prepare})
    for _try in range(13):
        mail.refresh_from_db()
        outbox.drain_all(at=mail.not_before)

    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (State.FAILED, 12)
    assert mail.reply == f"given up: cannot be written: {error!r}"
