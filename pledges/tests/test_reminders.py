"""Who is reminded, and why others are not."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Membership
from accounts.tests.factories import make_member, make_membership, make_stakeholder, make_user
from events.tests.factories import get_cycle
from pledges import reminders
from pledges.models import Handover
from pledges.reminders import Why
from pledges.tests.factories import make_pledge, make_rule, make_update, make_usual_rules, make_window

GENEVA = ZoneInfo("Europe/Zurich")
OPENING = datetime(2021, 10, 1, 9, tzinfo=GENEVA)
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


def whys(at=OPENING):
    """What becomes of each address."""
    return {case.address: case.why for case in reminders.look(at)}


def due_names(at):
    return [rule.name for rule in reminders.due_rules(at)]


@pytest.fixture
def window():
    window = make_window()
    make_usual_rules(window)
    return window


def test_the_focal_points_of_an_asked_pledge_get_a_mail_and_nobody_else(cast, window):
    assert whys() == {cast.focal_point.email: Why.MAIL, cast.colleague.email: Why.MAIL}
    assert {case.pledges for case in reminders.due(OPENING)} == {(cast.pledge.reference,)}


@pytest.mark.parametrize(
    ("at", "names"),
    [
        (OPENING - SECOND, []),
        (OPENING, ["opening"]),
        (datetime(2021, 10, 4, 8, 59, 59, tzinfo=GENEVA), ["opening"]),
        (datetime(2021, 10, 4, 9, tzinfo=GENEVA), []),
        (datetime(2021, 10, 17, 9, tzinfo=GENEVA), ["two weeks left"]),
        (datetime(2021, 10, 28, 9, tzinfo=GENEVA), ["three days left"]),
    ],
)
def test_a_rule_is_due_for_three_days_from_its_moment(window, at, names):
    assert due_names(at) == names


@pytest.mark.parametrize(
    ("at", "names"),
    [
        # Geneva's clocks go back at 01:00 UTC on 31 October 2021: nine o'clock is 08:00 UTC on that day.
        (datetime(2021, 10, 31, 7, 59, 59, tzinfo=UTC), ["three days left"]),
        (datetime(2021, 10, 31, 8, tzinfo=UTC), ["last day"]),
        (datetime(2021, 10, 31, 22, 59, 59, tzinfo=UTC), ["last day"]),
        (datetime(2021, 10, 31, 23, tzinfo=UTC), []),
    ],
)
def test_the_last_day_of_october_is_read_on_genevas_clock(window, at, names):
    assert due_names(at) == names


def test_the_window_ends_a_reminder_before_its_three_days_are_over(window):
    last_day = window.rules.get(name="last day")
    assert reminders.due_until(last_day) == datetime(2021, 10, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize("minutes", [0, 59])
def test_an_hour_that_does_not_exist_stops_no_other_rule(minutes):
    window = make_window(date(2021, 3, 28), date(2021, 4, 30))
    make_rule(window, "in the gap", at_time=time(2, minutes))
    make_rule(window, "later")
    assert due_names(datetime(2021, 3, 28, 10, tzinfo=GENEVA)) == ["later"]


def test_switched_off_rules_are_never_due(window):
    window.rules.update(enabled=False)
    assert due_names(OPENING) == []


@pytest.mark.parametrize("activated_at", [None, OPENING + SECOND])
def test_a_window_that_is_not_switched_on_in_time_says_nothing(window, activated_at):
    window.activated_at = activated_at
    window.save()
    assert due_names(OPENING + timedelta(hours=1)) == []


def test_a_rule_that_was_made_after_its_moment_says_nothing(window):
    window.rules.update(created_at=OPENING + SECOND)
    assert due_names(OPENING + timedelta(hours=1)) == []


def test_a_moment_outside_the_window_is_never_due():
    window = make_window()
    make_rule(window, "too early", "closes", 40)
    make_rule(window, "too late", "opens", 40)
    assert [due_names(window.opens_at + timedelta(days=day, hours=12)) for day in (-10, 0, 30)] == [[], [], []]


def test_of_several_due_at_once_the_latest_is_mailed(cast):
    window = make_window()
    make_rule(window, "first")
    make_rule(window, "second", "opens", 1)
    make_rule(window, "third", "opens", 2)
    at = datetime(2021, 10, 3, 12, tzinfo=GENEVA)
    found = {(case.rule.name, case.why) for case in reminders.look(at)}
    assert found == {("first", Why.SUPERSEDED), ("second", Why.SUPERSEDED), ("third", Why.MAIL)}


def test_windows_of_two_cycles_do_not_supersede_each_other(cast, window):
    other = make_window(cycle=get_cycle("grf-2023"))
    make_rule(other, "later", "opens", 1)
    assert {case.why for case in reminders.look(datetime(2021, 10, 2, 12, tzinfo=GENEVA))} == {Why.MAIL}


def test_one_person_with_three_stakeholders_gets_one_digest(window):
    person = make_user("three@example.org")
    pledges = []
    for name in "abc":
        stakeholder = make_stakeholder(name)
        make_membership(person, stakeholder)
        pledges.append(make_pledge(stakeholder).reference)
    (case,) = reminders.look(OPENING)
    assert (case.user, case.pledges, case.why) == (person, tuple(sorted(pledges)), Why.MAIL)


def test_who_answered_is_not_asked_again(cast, window):
    make_update(cast.pledge, "submitted", at=window.opens_at)
    assert whys() == {cast.focal_point.email: Why.RESPONDED, cast.colleague.email: Why.RESPONDED}


def test_a_returned_update_is_an_answer_and_a_draft_is_none(cast, window):
    other = make_pledge(cast.ngo)
    make_update(cast.pledge, "returned", at=window.opens_at)
    make_update(other, "draft", at=window.opens_at)
    assert {case.pledges for case in reminders.due(OPENING)} == {(other.reference,)}


def test_people_who_do_not_want_or_cannot_get_reminders(cast, window):
    cast.focal_point.reminders_stopped_at = OPENING
    cast.focal_point.save()
    cast.colleague.address_failed_at = OPENING
    cast.colleague.save()
    gone = make_member(cast.ngo, email="gone@example.org", is_active=False)
    assert whys() == {
        cast.focal_point.email: Why.STOPPED,
        cast.colleague.email: Why.ADDRESS_FAILED,
        gone.email: Why.INACTIVE,
    }


def test_who_joined_after_the_moment_or_left_before_now_gets_none(cast, window):
    cast.focal_point.memberships.update(begins_at=OPENING + SECOND)
    cast.colleague.memberships.update(ends_at=OPENING + timedelta(hours=1))
    assert whys(OPENING + timedelta(hours=2)) == {
        cast.focal_point.email: Why.JOINED_LATER,
        cast.colleague.email: Why.ENDED,
    }


def test_who_joined_at_the_moment_gets_one(cast, window):
    cast.focal_point.memberships.update(begins_at=OPENING)
    assert whys()[cast.focal_point.email] == Why.MAIL


def test_who_left_and_came_back_counts_from_the_return(cast, window):
    cast.focal_point.memberships.update(ends_at=OPENING - timedelta(days=9))
    make_membership(cast.focal_point, cast.ngo, begins_at=OPENING + SECOND)
    assert whys(OPENING + timedelta(hours=1))[cast.focal_point.email] == Why.JOINED_LATER


def test_the_report_that_was_handed_over_is_asked_of_the_partner(cast, window):
    Handover.objects.create(pledge=cast.pledge, stakeholder=cast.partner_ngo, window=window)
    assert whys() == {cast.partner.email: Why.MAIL}


def test_the_people_of_what_was_merged_are_asked_as_well(cast, window):
    end = make_stakeholder("End")
    newcomer = make_member(end, email="end@example.org")
    cast.ngo.merged_into = end
    cast.ngo.save()
    assert whys() == dict.fromkeys([cast.colleague.email, newcomer.email, cast.focal_point.email], Why.MAIL)
    for person in (newcomer, cast.focal_point):
        (case,) = reminders.judge(window.rules.get(name="opening"), at=OPENING, only=person)
        assert (case.pledges, case.why) == ((cast.pledge.reference,), Why.MAIL)


def test_a_pledge_published_after_the_moment_is_not_asked(cast, window):
    cast.pledge.published_at = OPENING
    cast.pledge.save()
    assert whys() == {}


def test_a_reader_who_is_focal_point_elsewhere_is_asked_there_only(cast, window):
    pledge = make_pledge(cast.other)
    make_membership(cast.stranger, cast.ngo, Membership.Role.READER)
    assert {case.pledges for case in reminders.due(OPENING) if case.user == cast.stranger} == {(pledge.reference,)}


def test_due_and_not_due_are_all(cast, window):
    make_member(cast.ngo, email="off@example.org", is_active=False)
    look, due, not_due = reminders.look(OPENING), reminders.due(OPENING), reminders.not_due(OPENING)
    assert (len(look), len(due), len(not_due)) == (3, 2, 1)
    assert {case.address for case in look} == {case.address for case in [*due, *not_due]}


@pytest.mark.parametrize("count", [1, 3])
def test_looking_costs_the_same_for_one_and_many(window, count, django_assert_num_queries):
    for _number in range(count):
        stakeholder = make_stakeholder()
        make_member(stakeholder)
        make_pledge(stakeholder)
    with django_assert_num_queries(10):
        assert len(reminders.look(OPENING)) == count
