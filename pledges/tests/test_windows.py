"""Whom a window asks, and who has answered."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.tests.factories import make_stakeholder
from events.tests.factories import get_cycle
from pledges import windows
from pledges.models import Confirmation, Handover, Pledge, ProgressUpdate
from pledges.tests.factories import make_pledge, make_update, make_window

OPENS = datetime(2021, 9, 30, 22, tzinfo=UTC)
ENDS = datetime(2021, 10, 31, 23, tzinfo=UTC)
MIDDLE = datetime(2021, 10, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


def asked(pledge, window, before=MIDDLE):
    """The answer of both rules, which must be one."""
    in_set = windows.asked_in(window, before=before).filter(pk=pledge.pk).exists()
    assert windows.is_asked(pledge, window, before=before) == in_set
    return in_set


def responded(pledge, window, as_of=MIDDLE):
    """The answer of both rules, which must be one."""
    in_set = Pledge.objects.filter(windows.responded_in(window, as_of=as_of), pk=pledge.pk).exists()
    assert windows.has_responded(Pledge.objects.get(pk=pledge.pk), window, as_of=as_of) == in_set
    return in_set


@pytest.mark.parametrize(
    ("at", "is_open"),
    [(OPENS - SECOND, False), (OPENS, True), (ENDS - SECOND, True), (ENDS, False)],
)
def test_a_window_is_open_from_midnight_to_midnight_of_its_zone(at, is_open):
    window = make_window()
    assert windows.open_windows(at) == ([window] if is_open else [])


def test_the_window_that_closes_first_comes_first():
    later = make_window()
    sooner = make_window(cycle=get_cycle("grf-2023"), closes_on=date(2021, 10, 20))
    assert windows.open_windows(MIDDLE) == [sooner, later]


def test_a_pledge_of_the_occasions_is_asked():
    assert asked(make_pledge(make_stakeholder()), make_window())


def test_a_pledge_of_another_occasion_is_not_asked():
    assert not asked(make_pledge(make_stakeholder(), occasion=get_cycle("grf-2023")), make_window())


def test_an_unpublished_pledge_is_not_asked():
    assert not asked(make_pledge(make_stakeholder(), published=False), make_window())


def test_a_pledge_counts_from_after_the_moment_of_its_publication():
    pledge = make_pledge(make_stakeholder())
    window = make_window()
    assert not asked(pledge, window, before=pledge.published_at)
    assert asked(pledge, window, before=pledge.published_at + SECOND)


@pytest.mark.parametrize(
    ("stage", "scope", "at", "is_asked"),
    [
        ("fulfilled", "", OPENS - SECOND, False),
        ("fulfilled", "", OPENS, True),
        ("in-progress", "withdrawn", OPENS - SECOND, False),
        ("in-progress", "delayed", OPENS - SECOND, True),
    ],
)
def test_what_was_closed_before_the_opening_is_not_asked(stage, scope, at, is_asked):
    pledge = make_pledge(make_stakeholder())
    make_update(pledge, stage=stage, scope_change=scope, at=at)
    assert asked(pledge, make_window()) is is_asked


def test_a_later_update_reopens_a_pledge():
    pledge = make_pledge(make_stakeholder())
    make_update(pledge, stage="fulfilled", at=datetime(2021, 2, 1, tzinfo=UTC))
    make_update(pledge, stage="in-progress", at=datetime(2021, 3, 1, tzinfo=UTC))
    assert asked(pledge, make_window())


def test_a_revoked_update_closes_nothing():
    pledge = make_pledge(make_stakeholder())
    make_update(pledge, ProgressUpdate.State.REVOKED, stage="fulfilled")
    assert asked(pledge, make_window())


def test_a_draft_is_no_answer_and_closes_nothing():
    pledge = make_pledge(make_stakeholder())
    make_update(pledge, ProgressUpdate.State.DRAFT, stage="fulfilled", at=OPENS - SECOND)
    window = make_window()
    assert asked(pledge, window)
    assert not responded(pledge, window)


@pytest.mark.parametrize("state", ["submitted", "returned", "accepted", "revoked"])
@pytest.mark.parametrize(
    ("at", "answered"), [(OPENS - SECOND, False), (OPENS, True), (MIDDLE, True), (MIDDLE + SECOND, False)]
)
def test_a_first_submission_inside_the_window_is_an_answer(state, at, answered):
    pledge = make_pledge(make_stakeholder())
    make_update(pledge, state, at=at)
    assert responded(pledge, make_window()) is answered


@pytest.mark.parametrize(
    ("at", "answered"), [(OPENS - SECOND, False), (OPENS, True), (ENDS - SECOND, True), (ENDS, False)]
)
def test_a_confirmation_inside_the_window_is_an_answer(cast, at, answered):
    update = make_update(cast.pledge)
    Confirmation.objects.create(
        pledge=cast.pledge, stakeholder=cast.ngo, by=cast.focal_point, at=at, since_round=update.rounds.get()
    )
    assert responded(cast.pledge, make_window(), as_of=ENDS + SECOND) is answered


def test_the_lead_reports_unless_it_was_handed_over_for_that_window(cast):
    window, other_window = make_window(), make_window(date(2021, 5, 1), date(2021, 6, 30))
    Handover.objects.create(pledge=cast.pledge, stakeholder=cast.partner_ngo, window=window)
    assert windows.reporter_of(cast.pledge, window) == cast.partner_ngo
    assert windows.reporter_of(cast.pledge, other_window) == cast.ngo
    assert windows.reporter_of(cast.pledge, None) == cast.ngo


def test_what_was_merged_reports_as_what_it_was_merged_into(cast):
    end = make_stakeholder("End")
    middle = make_stakeholder("Middle", merged_into=end)
    cast.ngo.merged_into = middle
    cast.ngo.save()
    assert windows.reporter_of(cast.pledge, None) == end


def test_a_ring_of_merges_does_not_hang():
    assert windows.survivor(1, {1: 2, 2: 1}) == 2


@pytest.mark.parametrize("count", [1, 3])
def test_reporters_cost_the_same_for_one_and_many(count, django_assert_num_queries):
    pledges = [make_pledge(make_stakeholder()) for _number in range(count)]
    window = make_window()
    with django_assert_num_queries(4):
        assert len(windows.reporters_of(pledges, window)) == count
