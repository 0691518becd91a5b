"""Who was to be told and was not, because something changed, is told once that is over: once, whoever runs it."""

import threading
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from accounts import account_workflow
from foundation import outbox, pauses
from foundation.mail import enqueue_all
from foundation.models import OutgoingMail
from foundation.reconcile import mark_sent_by_message_id
from foundation.resend import CannotResendError, send_again
from pledges import reminder_plan, reminders, stop_link
from pledges.campaign import campaign_of
from pledges.models import Reminder, ReminderRule
from pledges.reminders import Why
from pledges.tests.factories import make_rule, make_update, make_window
from pledges.tests.test_reminder_plan import ready_for_many

GENEVA = ZoneInfo("Europe/Zurich")
OPENING = datetime(2021, 10, 1, 9, tzinfo=GENEVA)
HOUR = timedelta(hours=1)
NOON = OPENING + 3 * HOUR

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule(cast):
    """Due at nine, for one person alone."""
    cast.colleague.memberships.update(ends_at=OPENING - timedelta(days=1))
    return make_rule(make_window(), "opening")


def tick(at):
    """What happens every hour and every minute; what the plan says."""
    result = reminder_plan.plan(at=at)
    outbox.drain_all(at=at)
    return str(result)


def skip(at=OPENING):
    """Plans, then lets the outbox find out at the next minute what changed meanwhile."""
    outbox.drain_all(at=at + timedelta(minutes=1))
    return OutgoingMail.objects.get(purpose="reminder")


def mails():
    return list(OutgoingMail.objects.filter(purpose="reminder").order_by("pk").values_list("state", "address"))


def test_a_rule_that_is_moved_while_its_mails_wait_tells_at_its_new_moment(cast, rule, mailoutbox):
    reminder_plan.plan(at=OPENING)
    ReminderRule.objects.update(at_time=time(12))
    first = skip()
    assert (first.state, tick(NOON - HOUR), mailoutbox) == ("skipped", "made 0, superseded 0, there already 0", [])

    assert tick(NOON) == "made 1, superseded 0, there already 0"
    assert tick(NOON + HOUR) == "made 0, superseded 0, there already 1"

    assert (len(mailoutbox), mails()) == (1, [("skipped", "focal@example.org"), ("sent", "focal@example.org")])
    reminder = Reminder.objects.select_related("mail").get()
    assert (reminder.due_at, reminder.mail.expires_at) == (NOON, NOON + timedelta(days=3))
    assert reminder.mail.message_id != first.message_id


def test_who_has_another_address_meanwhile_is_told_there(cast, rule, mailoutbox):
    reminder_plan.plan(at=OPENING)
    account_workflow.change_address(at=OPENING, actor=None, user=cast.focal_point, address="new@example.org")
    skip()
    tick(NOON)
    assert mails() == [("skipped", "focal@example.org"), ("sent", "new@example.org")]
    assert Reminder.objects.get().address == "new@example.org"


def test_who_is_focal_point_again_is_told(cast, rule):
    reminder_plan.plan(at=OPENING)
    cast.focal_point.memberships.update(ends_at=OPENING)
    skip()
    assert tick(NOON) == "made 0, superseded 0, there already 0"
    cast.focal_point.memberships.update(ends_at=None)
    assert tick(NOON + HOUR) == "made 1, superseded 0, there already 0"
    assert mails() == [("sent", "focal@example.org")]


def test_who_wants_reminders_again_in_time_is_told(cast, rule):
    reminder_plan.plan(at=OPENING)
    stop_link.stop(at=OPENING, user=cast.focal_point)
    assert skip().state == "suppressed"
    stop_link.resume(at=NOON, user=cast.focal_point)
    tick(NOON)
    assert mails() == [("sent", "focal@example.org")]


def test_a_rule_that_is_moved_and_moved_back_lets_the_same_mail_wait_once_more(rule, mailoutbox):
    reminder_plan.plan(at=OPENING)
    ReminderRule.objects.update(at_time=time(12))
    first = skip()
    ReminderRule.objects.update(at_time=time(9))
    rule.window.closes_on = OPENING.date() + timedelta(days=1)
    rule.window.save()
    reminder_plan.plan(at=NOON)
    waiting = OutgoingMail.objects.get(purpose="reminder")
    assert (waiting.pk, waiting.state, waiting.not_before, waiting.reply) == (first.pk, "due", NOON, "")
    assert waiting.expires_at == datetime(2021, 10, 3, tzinfo=GENEVA)
    tick(NOON)
    assert [message.extra_headers["Message-ID"] for message in mailoutbox] == [first.message_id]


def test_after_a_restored_backup_it_has_the_message_id_that_it_had(cast, rule, mailoutbox):
    reminder_plan.plan(at=OPENING)
    ReminderRule.objects.update(at_time=time(12))
    skip()
    tick(NOON)
    [sent] = [message.extra_headers["Message-ID"] for message in mailoutbox]
    # The backup knew nothing of it all.
    Reminder.objects.all().delete()
    OutgoingMail.objects.all().delete()
    reminder_plan.plan(at=NOON + HOUR)
    assert mark_sent_by_message_id([sent], at=NOON + HOUR) == 1
    tick(NOON + HOUR)
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("state", ["failed", "skipped"])
def test_whose_old_mailbox_went_to_somebody_else_is_told_at_the_new_one(cast, rule, mailoutbox, state):
    reminder_plan.plan(at=OPENING)
    OutgoingMail.objects.update(state=state, reply="550 no")
    account_workflow.change_address(at=OPENING, actor=None, user=cast.focal_point, address="mine@example.org")
    cast.focal_point.memberships.update(ends_at=OPENING)
    cast.colleague.memberships.update(ends_at=None)
    account_workflow.change_address(at=OPENING, actor=None, user=cast.colleague, address="focal@example.org")
    tick(OPENING + HOUR)
    cast.focal_point.memberships.update(ends_at=None)
    mailoutbox.clear()
    assert tick(NOON) == "made 1, superseded 0, there already 1"
    assert [message.to for message in mailoutbox] == [["mine@example.org"]]


def test_one_that_was_sent_again_unwritten_and_skipped_is_told_at_the_corrected_address(cast, rule, mailoutbox):
    reminder_plan.plan(at=OPENING)
    OutgoingMail.objects.update(state="failed", reply="cannot be written")
    send_again(OutgoingMail.objects.get(), at=OPENING)
    account_workflow.change_address(at=OPENING, actor=None, user=cast.focal_point, address="new@example.org")
    outbox.drain_all(at=OPENING + HOUR)
    mailoutbox.clear()
    for _time in range(2):
        tick(NOON)
    assert [message.to for message in mailoutbox] == [["new@example.org"]]


def test_what_was_held_until_it_was_too_late_is_told_when_the_rule_is_moved_on(rule):
    reminder_plan.plan(at=OPENING)
    pauses.pause(at=OPENING, actor=None, reason="a bad link")
    outbox.drain_all(at=OPENING + timedelta(days=3))
    pauses.resume(at=OPENING + timedelta(days=3), actor=None)
    ReminderRule.objects.update(offset_days=4)
    tick(OPENING + timedelta(days=4))
    assert [state for state, _address in mails()] == ["expired", "sent"]


def test_who_was_to_be_told_by_a_later_reminder_is_told_when_that_one_is_switched_off(rule, mailoutbox):
    later = make_rule(rule.window, "the day after", "opens", 1)
    at = OPENING + timedelta(days=1)
    reminder_plan.plan(at=at)
    assert Reminder.objects.get(rule=rule).outcome == "superseded"
    ReminderRule.objects.filter(pk=later.pk).update(enabled=False)
    outbox.drain_all(at=at)
    assert len(mailoutbox) == 0
    assert tick(at + HOUR) == "made 1, superseded 0, there already 0"
    assert Reminder.objects.get(rule=rule).outcome == "mailed"
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("plans_before", [True, False])
def test_who_was_told_by_a_later_reminder_is_not_when_that_one_is_switched_off_then(rule, mailoutbox, plans_before):
    if plans_before:
        reminder_plan.plan(at=OPENING)
    later = make_rule(rule.window, "the day after", "opens", 1)
    at = OPENING + timedelta(days=1)
    tick(at)
    ReminderRule.objects.filter(pk=later.pk).update(enabled=False)
    assert tick(at + HOUR) == "made 0, superseded 0, there already 1"
    assert [reminder.rule for reminder in Reminder.objects.filter(mail__state="sent")] == [later]
    assert len(mailoutbox) == 1


def test_what_may_have_arrived_is_not_told_again(cast, rule, mailoutbox):
    reminder_plan.plan(at=OPENING)
    OutgoingMail.objects.update(unknown_outcomes=1)
    ReminderRule.objects.update(at_time=time(12))
    assert skip().state == "skipped"
    assert tick(NOON) == "made 0, superseded 0, there already 1"
    assert mailoutbox == []


@pytest.mark.parametrize("state", ["due", "failed", "sent"])
def test_who_has_a_mail_that_waits_failed_or_was_sent_gets_no_other(rule, state):
    reminder_plan.plan(at=OPENING)
    OutgoingMail.objects.update(state=state, sent_at=OPENING if state == "sent" else None, not_before=NOON + HOUR)
    ReminderRule.objects.update(at_time=time(12))
    assert tick(NOON) == "made 0, superseded 0, there already 1"


def test_what_staff_sent_again_is_not_told_again(rule, mailoutbox):
    reminder_plan.plan(at=OPENING)
    # Written once, refused for now, and then skipped.
    OutgoingMail.objects.update(text="Text")
    ReminderRule.objects.update(at_time=time(12))
    send_again(skip(), at=OPENING)
    assert tick(NOON) == "made 0, superseded 0, there already 1"
    assert [message.body for message in mailoutbox] == ["Text"]


@pytest.mark.parametrize(
    ("unknown", "said"), [(0, "made 1, superseded 0, there already 0"), (1, "made 0, superseded 0, there already 1")]
)
def test_whose_address_was_refused_and_is_corrected_is_told_there(cast, rule, unknown, said):
    reminder_plan.plan(at=OPENING)
    OutgoingMail.objects.update(state="failed", reply="550 no", unknown_outcomes=unknown)
    cast.focal_point.address_failed_at = OPENING
    cast.focal_point.save()
    assert tick(NOON - HOUR) == "made 0, superseded 0, there already 1"
    account_workflow.change_address(at=NOON, actor=None, user=cast.focal_point, address="New@example.org")
    assert tick(NOON) == said
    assert tick(NOON + HOUR) == "made 0, superseded 0, there already 1"
    assert mails()[1:] == [("sent", "new@example.org")][unknown:]


def test_what_gave_way_to_another_is_not_sent_again(rule, mailoutbox):
    reminder_plan.plan(at=OPENING)
    OutgoingMail.objects.update(text="Text")
    ReminderRule.objects.update(at_time=time(12))
    first = skip()
    tick(NOON)
    with pytest.raises(CannotResendError, match="Another reminder was made in its place"):
        send_again(first, at=NOON)
    assert len(mailoutbox) == 1


def test_who_has_the_mailbox_now_is_told_there(cast, rule, mailoutbox):
    reminder_plan.plan(at=OPENING)
    cast.focal_point.memberships.update(ends_at=OPENING)
    skip()
    account_workflow.change_address(at=OPENING, actor=None, user=cast.focal_point, address="gone@example.org")
    cast.colleague.memberships.update(ends_at=None)
    account_workflow.change_address(at=OPENING, actor=None, user=cast.colleague, address="focal@example.org")
    mailoutbox.clear()
    reminder_plan.plan(at=NOON)
    assert Reminder.objects.get().user == cast.colleague
    assert mails()[-1] == ("due", "focal@example.org")


def test_the_reasons_are_read_anew(cast, rule):
    reminder_plan.plan(at=OPENING)
    ReminderRule.objects.update(at_time=time(12))
    skip()
    [case] = [case for case in reminders.look(NOON) if case.user == cast.focal_point]
    assert (case.why, case.in_vain) == (Why.MAIL, (Reminder.objects.get().pk,))
    make_update(cast.pledge, "submitted", at=NOON)
    assert {case.why for case in reminders.look(NOON)} == {Why.RESPONDED, Why.ENDED}


def test_the_sums_count_nobody_twice(rule):
    reminder_plan.plan(at=OPENING)
    ReminderRule.objects.update(at_time=time(12))
    skip()
    counted = []
    for happens in (lambda: None, lambda: reminder_plan.plan(at=NOON), lambda: outbox.drain_all(at=NOON)):
        happens()
        campaign = campaign_of(rule.window, at=NOON)
        total = campaign.total
        counted.append((campaign.to_make, total.due, total.not_planned, total.fates))
    assert counted == [(1, 1, 0, {"skipped": 1}), (0, 1, 0, {"waiting": 1}), (0, 1, 0, {"sent": 1})]
    # Three days later nobody was missed.
    assert campaign_of(rule.window, at=NOON + timedelta(days=4)).total.due == 1


def test_two_for_whom_one_reminder_was_made_in_vain_are_two(cast, rule):
    reminder_plan.plan(at=OPENING)
    ReminderRule.objects.update(at_time=time(12))
    skip()
    account_workflow.change_address(at=OPENING, actor=None, user=cast.focal_point, address="mine@example.org")
    cast.colleague.memberships.update(ends_at=None)
    account_workflow.change_address(at=OPENING, actor=None, user=cast.colleague, address="focal@example.org")
    seen = []
    for happens in (lambda: None, lambda: reminder_plan.plan(at=NOON)):
        happens()
        campaign = campaign_of(rule.window, at=NOON)
        seen.append((campaign.to_make, campaign.total.due, campaign.total.fates))
    assert seen == [(2, 2, {"skipped": 1}), (0, 2, {"waiting": 2})]


def test_to_tell_after_all_costs_the_same_few_queries_more(rule, django_assert_num_queries):
    reminder_plan.plan(at=OPENING)
    ReminderRule.objects.update(at_time=time(12))
    skip()
    # Ten to look; begin and end, what told nobody and its mails, its end, mails in, mails read, reminders in; the end
    # is noted.
    with django_assert_num_queries(19):
        assert reminder_plan.plan(at=NOON).created == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_four_plans_at_once_tell_everybody_once():
    ready_for_many()
    reminder_plan.plan(at=OPENING)
    ReminderRule.objects.update(at_time=time(12))
    outbox.drain_all(at=OPENING + HOUR)
    errors, start = [], threading.Barrier(4)

    def run():
        try:
            start.wait(timeout=30)
            reminder_plan.plan(at=NOON)
        except Exception as error:  # noqa: BLE001 -- the test tells what it was
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    waiting = OutgoingMail.objects.filter(state="due")
    assert (errors, Reminder.objects.count(), waiting.count()) == ([], 40, 40)
    assert set(Reminder.objects.values_list("mail", flat=True)) == set(waiting.values_list("pk", flat=True))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_sends_one_again_while_a_plan_runs_comes_before_or_after_it(monkeypatch):
    ready_for_many(1)
    reminder_plan.plan(at=OPENING)
    OutgoingMail.objects.update(text="Text")
    ReminderRule.objects.update(at_time=time(12))
    outbox.drain_all(at=OPENING + HOUR)
    first = OutgoingMail.objects.get()
    said, threads = [], []

    def press():
        try:
            said.append(send_again(first, at=NOON))
        except CannotResendError as error:
            said.append(str(error))
        finally:
            connections.close_all()

    def meanwhile(mails):
        threads.append(threading.Thread(target=press))
        threads[0].start()
        threads[0].join(timeout=1)
        return enqueue_all(mails)

    monkeypatch.setattr(reminder_plan, "enqueue_all", meanwhile)
    reminder_plan.plan(at=NOON)
    threads[0].join(timeout=30)
    assert said == ["Another reminder was made in its place."]
    assert OutgoingMail.objects.filter(state="due").count() == 1
