"""manage.py remind and drain: what the dry run says is what is sent."""

import re
from datetime import datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from accounts.tests.factories import make_member, make_stakeholder
from foundation.models import Heartbeat, OutgoingMail
from pledges.models import Reminder
from pledges.tests.factories import make_pledge, make_update, make_usual_rules, make_window

AT = "2021-10-01T09:00+02:00"
OPENING = datetime(2021, 10, 1, 9, tzinfo=ZoneInfo("Europe/Zurich"))

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def listed(text):
    """Who gets what, from the lines of the table."""
    lines = re.findall(r"^  (\S+@\S+) +(.*)$", text, re.MULTILINE)
    return {address: what for address, what in lines if not what.startswith("no: ")}


def sent(mailoutbox):
    """Who got what, from the mails."""
    return {
        message.to[0]: ", ".join(re.findall(r"^- ([A-Z]+-\d+):", message.body, re.MULTILINE)) for message in mailoutbox
    }


@pytest.fixture
def quick_start(settings):
    settings.QUICK_START = True


@pytest.fixture
def windows(cast):
    """Three stakeholders; one person for two of them, one that has answered, one that wants no mail."""
    make_usual_rules(make_window())
    make_pledge(cast.ngo)
    both = make_stakeholder()
    make_pledge(both)
    cast.colleague.memberships.create(stakeholder=both, role="focal-point", begins_at=OPENING - timedelta(days=9))
    make_update(make_pledge(cast.other), "submitted", at=OPENING)
    make_member(both, email="stopped@example.org", reminders_stopped_at=OPENING)


def test_exactly_what_the_dry_run_said_is_sent(windows, quick_start, mailoutbox):
    promised = listed(run("remind", "--at", AT, "--dry-run"))
    assert len(promised) == 2
    assert mailoutbox == []
    text = run("remind", "--at", AT)
    assert sent(mailoutbox) == promised == listed(text)
    assert "Reminders: made 2, superseded 0, there already 0." in text
    assert "Outbox: sent 2, failed 0, later 0, not sent 0, expired 0." in text


def test_the_table_says_why_others_get_none_and_its_sums_add_up(cast, windows):
    text = run("remind", "--at", AT, "--dry-run")
    assert "opening (2021-10-01 09:00+02:00 Europe/Zurich)" in text
    assert re.search(r"^  stopped@example.org +no: asked for no more reminders$", text, re.MULTILINE)
    assert re.search(r"^  stranger@example.org +no: has responded for every pledge$", text, re.MULTILINE)
    assert "  4 focal points: 2 mailed, 2 not\n" in text


def test_a_dry_run_writes_nothing(windows):
    assert "nothing was written" in run("remind", "--at", AT, "--dry-run")
    assert (Reminder.objects.count(), OutgoingMail.objects.count(), Heartbeat.objects.count()) == (0, 0, 0)


def test_after_sending_the_table_says_that_all_were_reminded(windows, quick_start, mailoutbox):
    run("remind", "--at", AT)
    text = run("remind", "--at", AT)
    assert listed(text) == {}
    assert text.count("no: has this reminder already, sent or waiting") == 2
    assert len(mailoutbox) == 2


def test_no_send_leaves_the_mails_to_the_tick(windows, quick_start, mailoutbox):
    run("remind", "--at", AT, "--no-send")
    assert (mailoutbox, OutgoingMail.objects.filter(state="due").count()) == ([], 2)


def test_nothing_due_says_so_and_what_comes_next(windows):
    text = run("remind", "--at", "2021-10-20T10:00+02:00", "--dry-run")
    assert "No reminder is due" in text
    assert "The next is “three days left”: add --at 2021-10-28T09:00+02:00" in text
    assert "The next" not in run("remind", "--at", "2021-12-01T10:00+01:00", "--dry-run")


def test_outside_the_quick_start_another_moment_is_for_dry_runs_only(windows, mailoutbox):
    with pytest.raises(CommandError, match="add --dry-run"):
        run("remind", "--at", AT)
    assert (mailoutbox, Reminder.objects.count()) == ([], 0)


def test_without_a_moment_it_works_for_now_and_shows_that_it_lives(windows, time_machine, mailoutbox):
    time_machine.move_to(OPENING + timedelta(minutes=1), tick=False)
    run("remind")
    assert len(mailoutbox) == 2
    assert Heartbeat.objects.get(name="plan").at == OPENING + timedelta(minutes=1)


@pytest.mark.parametrize("moment", ["tomorrow", "2021-10-01T09:00", ""])
def test_a_moment_that_cannot_be_read_is_refused_with_a_sentence(moment):
    with pytest.raises(CommandError, match="write it like 2021-05-01T09:00"):
        run("remind", f"--at={moment}")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00+02:00", "9999-12-31T23:59-12:00", "0021-10-20T08:30+02:00"])
def test_a_year_that_can_only_be_a_slip_is_refused_with_a_sentence(moment):
    with pytest.raises(CommandError, match="check the year"):
        run("remind", f"--at={moment}", "--dry-run")


def test_a_mail_server_that_is_down_is_said_and_nothing_is_lost(windows, quick_start, settings):
    settings.EMAIL_BACKEND = "foundation.smtp.OutboxEmailBackend"
    settings.EMAIL_PORT = 1
    with pytest.raises(CommandError, match="mail server cannot be used"):
        run("remind", "--at", AT)
    assert OutgoingMail.objects.filter(state="due").count() == 2
