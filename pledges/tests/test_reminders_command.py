"""manage.py reminders: the pipeline without Celery and Redis."""

import io
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils.crypto import get_random_string

from foundation import heartbeats, outbox_control, pauses
from foundation.mail import Content, enqueue
from foundation.models import Heartbeat, OutboxControl, OutgoingMail
from pledges.models import Reminder
from pledges.tests.factories import make_rule, make_window

AT = datetime(2021, 10, 1, 8, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(AT, tick=False)


def run(*words):
    out = StringIO()
    call_command("reminders", *words, stdout=out)
    return out.getvalue()


def put(key="a"):
    content = Content(subject="Subject", text="Text\n")
    address = f"{key}@example.org"
    return enqueue(dedupe_key=key, purpose="test", address=address, content=content, at=AT, lasts=timedelta(days=1))


def test_plan_and_drain_do_the_whole_work_and_show_that_they_live(cast, mailoutbox, capsys):
    make_rule(make_window())
    planned = run("plan")
    made = Reminder.objects.count()
    assert planned == f"Reminders: made {made}, superseded 0, there already 0.\n"
    assert capsys.readouterr().err == f"planned 100 %, {made} of {made}\n"
    drained = run("drain")
    assert drained == f"Outbox: sent {made}, failed 0, later 0, not sent 0, expired 0.\n"
    assert capsys.readouterr().err == f"handled 100 %, {made} of {made}\n"
    assert len(mailoutbox) == made > 0
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"plan", "drain"}
    assert "made 0, superseded 0, there already" in run("plan")
    run("drain")
    assert len(mailoutbox) == made


def test_check_says_what_is_late_and_fails(db):
    with pytest.raises(CommandError) as told:
        run("check")
    assert str(told.value).splitlines() == [
        "plan: has not come to its end for 120 minutes",
        "drain: has not come to its end for 10 minutes",
    ]


def test_check_is_content_when_all_flows():
    heartbeats.beat("plan", at=AT)
    heartbeats.beat("drain", at=AT)
    assert run("check") == "Plan, drain and outbox are in order.\n"


def test_check_tells_of_a_mail_that_waits(time_machine):
    put()
    time_machine.move_to(AT + timedelta(hours=1), tick=False)
    heartbeats.beat("plan", at=AT + timedelta(hours=1))
    heartbeats.beat("drain", at=AT + timedelta(hours=1))
    with pytest.raises(CommandError, match="oldest mail: a mail has been waiting for more than an hour"):
        run("check")


def test_pause_holds_and_resume_lets_go(mailoutbox):
    put()
    assert run("pause", "--reason", "The server moves") == "Paused. Login codes still go out.\n"
    assert run("pause", "--reason", "Once more") == "It was paused already.\n"
    told = "Paused since 2021-10-01 08:00 UTC: all mail but login codes (The server moves).\n"
    assert run("drain") == f"{told}Outbox: sent 0, failed 0, later 0, not sent 0, expired 0.\n"
    assert mailoutbox == []
    assert run("resume") == "Resumed.\n"
    assert run("resume") == "It was not paused. What waits is tried at the next drain.\n"
    run("drain")
    assert len(mailoutbox) == 1


def test_the_reminders_of_one_window_can_be_held(cast, mailoutbox):
    window = make_window()
    make_rule(window)
    number = str(window.pk)
    put()
    run("plan")
    assert run("pause", "--window", number, "--reason", "A bad link") == f"Paused the reminders of {window}.\n"
    assert run("pause", "--window", number, "--reason", "Once more") == "It was paused already.\n"
    told = f"Paused since 2021-10-01 08:00 UTC: {window} (A bad link).\n"
    assert run("drain") == f"{told}Outbox: sent 1, failed 0, later 0, not sent 0, expired 0.\n"
    run("plan")
    assert run("check") == f"{told}Plan, drain and outbox are in order.\n"
    assert [message.to for message in mailoutbox] == [["a@example.org"]]
    assert run("resume", "--window", number) == "Resumed.\n"
    assert run("resume", "--window", number) == "It was not paused.\n"
    run("drain")
    assert len(mailoutbox) == 1 + Reminder.objects.count() > 1


def test_a_window_that_is_not_there_is_named_beside_those_that_are():
    with pytest.raises(CommandError, match=r"There is no window 99\. There is none at all\."):
        run("pause", "--window", "99", "--reason", "x")
    window = make_window()
    with pytest.raises(CommandError) as told:
        run("resume", "--window", "9" * 25)
    assert str(told.value) == f"There is no window {'9' * 25}. {window.pk} is {window}"
    assert pauses.paused(window.campaign) is None


def test_a_pause_without_a_reason_is_refused():
    with pytest.raises(CommandError, match="say why"):
        run("pause", "--reason", " ")
    assert pauses.paused() is None


def test_a_mail_server_that_is_away_is_an_error(settings):
    put()
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "foundation.smtp.OutboxEmailBackend", 1
    with pytest.raises(CommandError, match="cannot be used"):
        run("drain")
    assert not Heartbeat.objects.exists()


def test_what_the_log_of_the_mail_server_names_is_not_sent_again(mailoutbox, tmp_path):
    sent, waiting, done = put("a"), put("b"), put("c")
    OutgoingMail.objects.filter(pk=done.pk).update(state="failed", reply="550 nobody here")
    log = tmp_path / "mail.log"
    log.write_text(
        f"Oct 1 postfix/cleanup[1]: 4A: message-id={sent.message_id}\n"
        f"Oct 1 postfix/cleanup[1]: 4B: message-id={done.message_id}\n"
        f"Oct 1 postfix/cleanup[1]: 4C: message-id=<{get_random_string(9)}@elsewhere.example>\n\x00\ufffd<>\n"
    )
    for marked in (1, 0):
        assert run("reconcile", str(log)).splitlines() == [
            "Reminders: made 0, superseded 0, there already 0.",
            f"3 Message-IDs in the log; {marked} mails marked as sent.",
        ]
    run("drain")
    assert [message.to for message in mailoutbox] == [[waiting.address]]
    rows = {mail.dedupe_key: (mail.state, mail.sent_at) for mail in OutgoingMail.objects.all()}
    assert rows == {"a": ("sent", AT), "b": ("sent", AT), "c": ("failed", None)}


@pytest.mark.parametrize("state", ["expired", "skipped"])
def test_what_ended_here_before_somebody_looked_is_not_told_again(cast, mailoutbox, monkeypatch, state):
    make_rule(make_window())
    run("plan")
    mail = Reminder.objects.get(user=cast.focal_point).mail
    OutgoingMail.objects.filter(pk=mail.pk).update(state=state)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"message-id={mail.message_id}\n"))
    assert run("reconcile", "-").splitlines() == [
        "Reminders: made 0, superseded 0, there already 2.",
        "1 Message-IDs in the log; 1 mails marked as sent.",
    ]
    run("drain")
    assert [message.to for message in mailoutbox] == [[cast.colleague.email]]


def test_the_log_may_come_from_standard_input(monkeypatch):
    mail = put()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"message-id={mail.message_id}\n"))
    assert run("reconcile", "-").splitlines()[-1] == "1 Message-IDs in the log; 1 mails marked as sent."


def test_a_byte_that_is_no_utf_8_in_the_log_stops_nothing(monkeypatch):
    line = f"caf\xe9 message-id={put().message_id}\n".encode("latin-1")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(line), encoding="utf-8"))
    assert run("reconcile", "-").splitlines()[-1] == "1 Message-IDs in the log; 1 mails marked as sent."


def test_a_mail_that_the_backup_holds_in_a_lost_worker_s_hands_is_marked_too(mailoutbox, monkeypatch):
    mail = put()
    OutgoingMail.objects.update(state="sending", lease_until=AT - timedelta(days=1), claim_token=uuid4())
    monkeypatch.setattr("sys.stdin", io.StringIO(f"message-id={mail.message_id}\n"))
    assert run("reconcile", "-").splitlines()[-1] == "1 Message-IDs in the log; 1 mails marked as sent."
    run("drain")
    assert mailoutbox == []


@pytest.mark.postgres
def test_after_a_move_resume_lets_go_what_the_first_drain_would_have_held(mailoutbox):
    outbox_control.control()
    OutboxControl.objects.update(database="1/00000001")
    put()
    said = run("resume")
    assert "This database was restored or moved." in said
    assert said.splitlines()[-1] == "Resumed."
    run("drain")
    assert len(mailoutbox) == 1


def test_a_reminder_that_the_backup_did_not_hold_is_not_sent_again(cast, mailoutbox, tmp_path):
    make_rule(make_window())
    run("plan")
    run("drain")
    log = tmp_path / "mail.log"
    log.write_text("".join(f"message-id={message.extra_headers['Message-ID']}\n" for message in mailoutbox))
    mailoutbox.clear()
    Reminder.objects.all().delete()
    OutgoingMail.objects.all().delete()

    assert run("reconcile", str(log)).splitlines()[-1] == "2 Message-IDs in the log; 2 mails marked as sent."
    run("plan")
    run("drain")
    assert mailoutbox == []


@pytest.mark.parametrize("words", [(), ("nonsense",), ("pause",), ("reconcile", "there-is-no-such-file")])
def test_what_it_cannot_do_is_said(words):
    with pytest.raises(CommandError):
        run(*words)
