"""One reminder and one mail for each person and rule, however often, late or interrupted the plan runs."""

import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, connections, transaction

from accounts.tests.factories import make_member, make_stakeholder, make_user
from events.models import Cycle
from events.tests.factories import make_cycle
from foundation.models import OutgoingMail
from pledges import reminder_plan, reminders
from pledges.models import Reminder, ReminderRule
from pledges.reminders import Why
from pledges.tests.factories import make_pledge, make_rule, make_usual_rules, make_window

GENEVA = ZoneInfo("Europe/Zurich")
OPENING = datetime(2021, 10, 1, 9, tzinfo=GENEVA)
UNIQUES = ("reminder_once_per_person", "reminder_once_per_mailbox")

pytestmark = pytest.mark.django_db


def rows():
    """Reminders, and reminder mails."""
    return Reminder.objects.count(), OutgoingMail.objects.filter(purpose="reminder").count()


@pytest.fixture
def window(cast):
    window = make_window()
    make_usual_rules(window)
    return window


@pytest.mark.parametrize(("times", "expected"), [(0, (0, 0)), (1, (2, 2)), (5, (2, 2))])
def test_it_may_run_any_number_of_times(window, times, expected):
    for minute in range(times):
        reminder_plan.plan(at=OPENING + timedelta(minutes=minute))
    assert rows() == expected


def test_it_says_what_it_made_and_what_was_there(window):
    assert str(reminder_plan.plan(at=OPENING)) == "made 2, superseded 0, there already 0"
    assert str(reminder_plan.plan(at=OPENING)) == "made 0, superseded 0, there already 2"


@pytest.mark.parametrize(("days", "expected"), [(2, (2, 2)), (4, (0, 0))])
def test_two_days_late_is_in_time_and_four_is_too_late(window, days, expected):
    reminder_plan.plan(at=OPENING + timedelta(days=days))
    assert rows() == expected


def test_the_row_and_its_mail(cast, window):
    reminder_plan.plan(at=OPENING + timedelta(days=1))
    reminder = Reminder.objects.select_related("mail").get(user=cast.focal_point)
    mail = reminder.mail
    assert (reminder.rule.name, reminder.address, reminder.due_at) == ("opening", "focal@example.org", OPENING)
    assert (reminder.pledges, reminder.outcome) == ([cast.pledge.reference], "mailed")
    assert mail.dedupe_key.rpartition(":")[0] == f"reminder:{reminder.rule_id}:{cast.focal_point.uuid}"
    assert (mail.address, mail.priority, mail.state) == ("focal@example.org", OutgoingMail.Priority.CAMPAIGN, "due")
    assert (mail.not_before, mail.expires_at) == (OPENING + timedelta(days=1), OPENING + timedelta(days=3))


def test_every_rule_gives_its_own_mail(window):
    for day in (1, 17, 28, 31):
        reminder_plan.plan(at=datetime(2021, 10, day, 9, tzinfo=GENEVA))
    assert rows() == (8, 8)


def test_superseded_reminders_are_recorded_without_a_mail(cast):
    window = make_window()
    make_rule(window, "first")
    make_rule(window, "second", "opens", 1)
    for _time in range(2):
        result = reminder_plan.plan(at=OPENING + timedelta(days=2))
    assert (result.superseded, result.there) == (0, 4)
    rows_now = Reminder.objects.order_by("pk")
    found = {(row.rule.name, row.outcome, row.mail is None) for row in rows_now}
    assert found == {("first", "superseded", True), ("second", "mailed", False)}


def test_a_mailbox_that_was_told_under_another_name_is_not_told_again(cast, window):
    rule = window.rules.get(name="opening")
    before = make_user("before@example.org")
    Reminder.objects.create(
        rule=rule, user=before, address=cast.focal_point.email.upper(), due_at=OPENING, outcome="mailed"
    )
    reminder_plan.plan(at=OPENING)
    assert {case.address: case.why for case in reminders.look(OPENING)} == {
        cast.focal_point.email: Why.SAME_MAILBOX,
        cast.colleague.email: Why.ALREADY,
    }
    assert OutgoingMail.objects.count() == 1


def test_interrupted_between_mail_and_reminder_nothing_is_there_and_the_next_run_makes_both(window, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Reminder.objects, "bulk_create", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            reminder_plan.plan(at=OPENING)
    assert rows() == (0, 0)
    reminder_plan.plan(at=OPENING)
    assert rows() == (2, 2)


def test_interrupted_between_two_batches_the_next_run_makes_the_rest(window, monkeypatch):
    monkeypatch.setattr(reminder_plan, "BATCH", 1)
    with pytest.raises(ZeroDivisionError):
        reminder_plan.plan(at=OPENING, progress=lambda done, total: 1 / 0)
    assert (rows(), window.rules.get(name="opening").planned_at) == ((1, 1), None)
    assert str(reminder_plan.plan(at=OPENING)) == "made 1, superseded 0, there already 1"
    assert (rows(), window.rules.get(name="opening").planned_at) == ((2, 2), OPENING)


def test_what_came_to_its_end_is_noted_for_the_rules_that_were_due_alone(window):
    other = make_window(cycle=Cycle.objects.get(slug="grf-2019"))
    make_rule(other, "opening")
    reminder_plan.plan(at=OPENING, only=other)
    reminder_plan.plan(at=OPENING + timedelta(hours=1), only=window)
    reminder_plan.plan(at=OPENING + timedelta(days=9))
    noted = dict(ReminderRule.objects.exclude(planned_at=None).values_list("window", "planned_at"))
    assert noted == {other.pk: OPENING, window.pk: OPENING + timedelta(hours=1)}


@pytest.mark.parametrize("count", [1, 3])
def test_planning_costs_the_same_for_one_and_many(count, django_assert_num_queries):
    make_usual_rules(make_window())
    for _number in range(count):
        stakeholder = make_stakeholder()
        make_member(stakeholder)
        make_pledge(stakeholder)
    # Ten to look; begin and end, mails in, mails read, reminders in; the end is noted.
    with django_assert_num_queries(16):
        assert reminder_plan.plan(at=OPENING).created == count


# Two at once. The database's constraints are what holds; the last test shows that these tests would notice.


def ready_for_many(people=40):
    """Rows for threads of their own connections; transactional tests begin without the migrations' cycles."""
    for slug in ("grf-2019", "hls-2019", "hlom-2021"):
        Cycle.objects.filter(slug=slug).exists() or make_cycle(slug)
    stakeholder = make_stakeholder()
    make_pledge(stakeholder)
    make_usual_rules(make_window())
    for _number in range(people):
        make_member(stakeholder)


def plan_at_once(threads=4):
    """Plans in several threads that start together; the errors they met."""
    errors = []
    start = threading.Barrier(threads)

    def run():
        try:
            cases = reminders.look(OPENING)
            start.wait(timeout=30)
            for position in range(0, len(cases), 10):
                reminder_plan._make(sorted(cases, key=reminder_plan.dedupe_key)[position : position + 10], at=OPENING)
        except Exception as error:  # noqa: BLE001 -- the test tells what it was
            errors.append(error)
        finally:
            connections.close_all()

    running = [threading.Thread(target=run) for _number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(timeout=60)
    return errors


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_four_plans_at_once_make_one_row_and_one_mail_for_each():
    ready_for_many()
    assert plan_at_once() == []
    assert rows() == (40, 40)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_negative_control_without_the_constraints_they_make_more():
    ready_for_many()
    with without_constraints():
        assert plan_at_once() == []
        assert Reminder.objects.count() == 160


class without_constraints:  # noqa: N801 -- reads as a sentence
    """Takes the uniqueness of reminders and of their mails' links away, and gives it back to an empty table."""

    def __enter__(self):
        self._constraints = [row for row in Reminder._meta.constraints if row.name in UNIQUES]
        with connection.schema_editor() as editor:
            for constraint in self._constraints:
                editor.remove_constraint(Reminder, constraint)
            editor.alter_field(Reminder, *self._links())

    def __exit__(self, *_error):
        Reminder.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.alter_field(Reminder, *reversed(self._links()))
            for constraint in self._constraints:
                editor.add_constraint(Reminder, constraint)

    @staticmethod
    def _links():
        from django.db import models

        one_to_one = Reminder._meta.get_field("mail")
        many = models.ForeignKey(OutgoingMail, null=True, on_delete=models.PROTECT, db_column="mail_id")
        many.set_attributes_from_name("mail")
        many.model = Reminder
        return one_to_one, many


def test_the_database_refuses_a_second_row_by_itself(cast, window):
    reminder_plan.plan(at=OPENING)
    reminder = Reminder.objects.get(user=cast.focal_point)
    reminder.pk, reminder.mail = None, None
    with pytest.raises(IntegrityError), transaction.atomic():
        reminder.save(force_insert=True)
