"""What the campaign of a window counts: it adds up to who was due, and says what the mails led to."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps

from accounts.tests.factories import make_member, make_stakeholder
from foundation import outbox
from foundation.models import OutgoingMail
from pledges import reminder_plan, reminders
from pledges.campaign import campaign_of
from pledges.campaign_answers import answers_of
from pledges.campaign_picture import HEIGHT, WIDTH, picture_of
from pledges.models import Confirmation, Handover, Reminder, ReminderRule, UpdateRound
from pledges.tests.factories import make_pledge, make_rule, make_update, make_usual_rules, make_window
from pledges.windows import asked_in

GENEVA = ZoneInfo("Europe/Zurich")
OPENING = datetime(2021, 10, 1, 9, tzinfo=GENEVA)
LAST_DAY = datetime(2021, 10, 31, 9, tzinfo=GENEVA)
HOUR = timedelta(hours=1)
STATES = ["due", "claimed", "sending", "sent", "failed", "expired", "suppressed", "skipped"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def window():
    window = make_window()
    make_usual_rules(window)
    return window


def put(reminder, state):
    """Sets the state of a reminder's mail as the outbox would."""
    changes = {"state": state}
    if state in ("claimed", "sending"):
        changes |= {"lease_until": OPENING, "claim_token": reminder.mail.message_id and "0" * 32}
    if state == "sent":
        changes |= {"sent_at": OPENING}
    OutgoingMail.objects.filter(pk=reminder.mail_id).update(**changes)


def make_people(number):
    """So many focal points, each with a pledge of their own."""
    for _number in range(number):
        stakeholder = make_stakeholder()
        make_member(stakeholder)
        make_pledge(stakeholder)


def figures(window, name, at=OPENING):
    return next(row.figures for row in campaign_of(window, at=at).rows if row.rule.name == name)


def test_whom_no_plan_ever_reached_is_counted_as_missed(cast, window):
    at = OPENING + timedelta(days=3)
    assert (figures(window, "opening", at - HOUR).not_planned, figures(window, "opening", at - HOUR).missed) == (2, 0)
    opening = figures(window, "opening", at)
    assert (opening.due, opening.not_planned, opening.unplanned, opening.missed, opening.fates) == (2, 0, 2, 2, {})
    assert campaign_of(window, at=at).total.due == 2


def test_whom_a_plan_that_broke_off_forgot_is_counted_as_missed(cast, window, monkeypatch):
    monkeypatch.setattr(reminder_plan, "BATCH", 1)
    with pytest.raises(ZeroDivisionError):
        reminder_plan.plan(at=OPENING, progress=lambda done, total: 1 / 0)
    opening = figures(window, "opening", OPENING + timedelta(days=3))
    assert (opening.due, opening.planned, opening.missed) == (2, 1, 1)


def test_whom_a_rule_concerns_only_since_it_was_planned_was_not_missed(cast, window):
    reminder_plan.plan(at=OPENING)
    Handover.objects.create(pledge=cast.pledge, stakeholder=cast.partner_ngo, window=window)
    assert figures(window, "opening", OPENING + timedelta(days=4)).missed == 0


def test_a_plan_before_a_rule_was_moved_says_nothing_of_its_new_moment(cast, window):
    reminder_plan.plan(at=OPENING)
    make_people(1)
    window.rules.filter(name="opening").update(offset_days=4)
    opening = figures(window, "opening", OPENING + timedelta(days=8))
    assert (opening.due, opening.planned, opening.missed) == (3, 2, 1)


def test_rules_with_reminders_from_before_this_was_noted_count_as_planned(cast, window):
    reminder_plan.plan(at=OPENING)
    ReminderRule.objects.update(planned_at=None)
    import_module("pledges.migrations.0012_reminderrule_planned_at").believe_earlier_plans(apps, None)
    assert dict(ReminderRule.objects.exclude(planned_at=None).values_list("name", "planned_at")) == {"opening": OPENING}


def test_who_had_responded_in_time_was_not_missed(cast, window):
    make_update(cast.pledge, "submitted", at=OPENING + HOUR)
    assert figures(window, "opening", OPENING + timedelta(days=4)).missed == 0


def test_what_was_planned_or_switched_off_was_not_missed(cast, window):
    reminder_plan.plan(at=OPENING)
    assert figures(window, "opening", OPENING + timedelta(days=4)).missed == 0
    window.activated_at = None
    Reminder.objects.all().delete()
    assert figures(window, "opening", OPENING + timedelta(days=4)).missed == 0


def test_before_the_plan_runs_all_who_are_due_are_not_planned_yet(cast, window):
    opening = figures(window, "opening")
    assert (opening.due, opening.not_planned, opening.planned) == (2, 2, 0)
    assert opening.due == len(reminders.due(OPENING))


def test_every_state_of_a_mail_is_counted_once_and_all_add_up_to_who_was_due(window):
    make_people(len(STATES))
    was_due = len(reminders.due(OPENING))
    reminder_plan.plan(at=OPENING)
    for reminder, state in zip(Reminder.objects.order_by("pk").select_related("mail"), STATES, strict=True):
        put(reminder, state)
    # One whose turn comes only now.
    make_people(1)

    opening = figures(window, "opening")

    assert opening.fates == {
        "waiting": 3, "sent": 1, "failed": 1, "expired": 1, "suppressed": 1, "skipped": 1,
    }  # fmt: skip
    assert (opening.due, opening.planned, opening.not_planned, opening.done) == (was_due + 1, was_due, 1, 5)
    [numbers] = [numbers for row, numbers in campaign_of(window, at=OPENING).lines if row.rule.name == "opening"]
    assert [number for _label, number in numbers] == [1, 3, 1, 1, 1, 1]
    assert sum(number for _label, number in numbers) == opening.planned


def test_what_never_happened_has_no_column(cast, window):
    reminder_plan.plan(at=OPENING)
    outbox.drain_all(at=OPENING)
    campaign = campaign_of(window, at=OPENING)
    assert campaign.sums == [("sent", 2), ("waiting", 0), ("failed", 0)]
    assert [numbers for row, numbers in campaign.lines if row.figures.planned] == [campaign.sums]


def test_the_superseded_count_and_the_sum_holds_for_all_rules(cast, window):
    # Due at once with the last day.
    make_rule(window, "two days left", "closes", 2)
    reminder_plan.plan(at=OPENING)
    outbox.drain_all(at=OPENING)
    was_due = Reminder.objects.count() + len(reminders.due(LAST_DAY))
    before = campaign_of(window, at=LAST_DAY)
    reminder_plan.plan(at=LAST_DAY)
    outbox.drain_all(at=LAST_DAY)
    after = campaign_of(window, at=LAST_DAY)

    # No plan ran two weeks before the end, and both people owed an answer then.
    assert (before.total.due, before.total.not_planned, before.total.missed, before.to_make) == (was_due + 2, 4, 2, 2)
    assert (after.total.due, after.total.not_planned, after.total.missed, after.to_make) == (was_due + 2, 0, 2, 0)
    assert after.total.fates == {"sent": 4, "superseded": 2}
    assert Reminder.objects.count() == was_due


def test_rules_stand_by_moment_on_genevas_clock(window):
    rows = campaign_of(window, at=OPENING).rows
    assert [row.rule.name for row in rows] == ["opening", "two weeks left", "three days left", "last day"]
    assert [row.moment.isoformat() for row in rows] == [
        "2021-10-01T09:00:00+02:00",
        "2021-10-17T09:00:00+02:00",
        "2021-10-28T09:00:00+02:00",
        "2021-10-31T09:00:00+01:00",
    ]


def test_a_rule_at_an_hour_that_does_not_exist_stands_last_and_says_nothing(window):
    window.opens_on, window.closes_on = (
        datetime(2021, 3, 1, tzinfo=UTC).date(),
        datetime(2021, 3, 31, tzinfo=UTC).date(),
    )
    window.save()
    window.rules.all().delete()
    make_rule(window, "in the gap", days=27, at_time=datetime(2021, 1, 1, 2, 30, tzinfo=UTC).time())
    make_rule(window, "opening")
    rows = campaign_of(window, at=OPENING).rows
    assert [(row.rule.name, row.moment is None) for row in rows] == [("opening", False), ("in the gap", True)]


# The picture.


def test_before_the_first_mail_there_is_no_picture(window):
    assert picture_of(window) is None


def test_the_mails_of_one_day_are_drawn_by_the_hour(cast, window):
    reminder_plan.plan(at=OPENING)
    first, second = Reminder.objects.order_by("pk")
    OutgoingMail.objects.filter(pk=first.mail_id).update(state="sent", sent_at=OPENING)
    OutgoingMail.objects.filter(pk=second.mail_id).update(state="sent", sent_at=OPENING + 2 * HOUR)
    picture = picture_of(window)
    assert picture.is_by_hour is True
    assert [(bar.begins, bar.sent, bar.height) for bar in picture.bars] == [
        (OPENING, 1, HEIGHT),
        (OPENING + HOUR, 0, 0),
        (OPENING + 2 * HOUR, 1, HEIGHT),
        *((OPENING + number * HOUR, 0, 0) for number in range(3, 12)),
    ]
    assert picture.bars[-1].x + picture.bars[-1].width <= WIDTH


def test_the_mails_of_a_window_are_drawn_by_the_day_of_the_cycle(cast, window):
    for at in (OPENING, LAST_DAY):
        reminder_plan.plan(at=at)
        outbox.drain_all(at=at)
    # Late in Geneva's evening of the first, which is the second day nowhere that counts.
    OutgoingMail.objects.filter(sent_at=OPENING).update(sent_at=datetime(2021, 10, 1, 23, 30, tzinfo=GENEVA))
    picture = picture_of(window)
    sent = {f"{bar.begins:%m-%d}": bar.sent for bar in picture.bars if bar.sent}
    assert (picture.is_by_hour, len(picture.bars), sent) == (False, 31, {"10-01": 2, "10-31": 2})
    assert picture.is_short


def test_the_picture_shows_every_day_of_the_window_and_those_that_were_taken_from_it(cast, window):
    for at in (OPENING + timedelta(days=1), LAST_DAY):
        reminder_plan.plan(at=at)
        outbox.drain_all(at=at)
    assert [f"{bar.begins:%m-%d}" for bar in picture_of(window).bars][::30] == ["10-01", "10-31"]
    window.opens_on, window.closes_on = window.opens_on + timedelta(days=2), window.closes_on - timedelta(days=3)
    assert [f"{bar.begins:%m-%d}" for bar in picture_of(window).bars][::29] == ["10-02", "10-31"]


# What the mails led to.


@pytest.mark.parametrize(
    ("after", "mails", "pledges"),
    [(-1, 0, 0), (0, 2, 1), (72, 2, 1), (73, 0, 0)],
)
def test_an_answer_counts_for_three_days(cast, window, after, mails, pledges):
    """Two focal points were told of one pledge."""
    reminder_plan.plan(at=OPENING)
    outbox.drain_all(at=OPENING)
    make_update(cast.pledge, "submitted", at=OPENING + after * HOUR)
    [answers] = answers_of(window, as_of=OPENING + timedelta(days=9)).values()
    assert (answers.mails.count, answers.mails.base) == (mails, 2)
    assert (answers.pledges.count, answers.pledges.base) == (pledges, 1)


def test_a_confirmation_is_an_answer_and_one_after_the_window_is_none(cast, window):
    accepted = make_update(cast.pledge, at=datetime(2021, 2, 1, tzinfo=UTC))
    other = make_pledge(cast.ngo)
    assert asked_in(window, before=LAST_DAY).count() == 2
    reminder_plan.plan(at=LAST_DAY)
    outbox.drain_all(at=LAST_DAY)
    since = UpdateRound.objects.get(update=accepted)
    for pledge, at in ((cast.pledge, LAST_DAY + HOUR), (other, LAST_DAY + timedelta(days=1))):
        Confirmation.objects.create(pledge=pledge, stakeholder=cast.ngo, by=cast.focal_point, at=at, since_round=since)
    answers = answers_of(window, as_of=LAST_DAY + timedelta(days=9))[window.rules.get(name="last day").pk]
    assert (answers.pledges.count, answers.pledges.base) == (1, 2)


def test_what_was_not_sent_is_no_base(cast, window):
    reminder_plan.plan(at=OPENING)
    assert answers_of(window, as_of=OPENING) == {}


@pytest.mark.parametrize("count", [1, 3])
def test_answers_cost_the_same_for_one_and_many(window, count, django_assert_num_queries):
    make_people(count)
    reminder_plan.plan(at=OPENING)
    outbox.drain_all(at=OPENING)
    with django_assert_num_queries(3):
        assert next(iter(answers_of(window, as_of=OPENING).values())).mails.base == count
