"""Reviewers, stakeholders and the review policy in the same moment: one wins, and no state is half of two."""

from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from django.db import connections, transaction

from accounts.tests.factories import make_stakeholder
from foundation.models import HistoryEntry, OutgoingMail
from pledges import review, review_policy, workflow
from pledges.content import empty_content
from pledges.models import ProgressUpdate, UpdateRound
from pledges.refusals import AlreadyDecided, StaleRevision
from pledges.tests.factories import make_pledge, make_update
from pledges.tests.test_at_once import at_once, until_somebody_waits_for_a_lock

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def submit(cast, pledge=None, *, revision=0, narrative="More words"):
    pledge = pledge or cast.pledge
    return workflow.submit(
        at=AT,
        actor=cast.focal_point,
        pledge=pledge,
        stakeholder=cast.ngo,
        revision=revision,
        fields=empty_content(stage="in-progress", narrative=narrative),
    )


def give_back(cast, update, **said):
    return review.return_with_comment(at=AT, actor=cast.superuser, update=update, number=1, **said)


def test_of_two_reviewers_with_comments_one_is_heard_whole(cast):
    update = make_update(cast.pledge, "submitted", at=AT)
    calls = [
        lambda: give_back(cast, update, comment="First", field_comments={"narrative": "One"}),
        lambda: give_back(cast, update, comment="Second", field_comments={"challenges": "Two"}),
    ]
    answers = at_once(calls * 4)
    assert sum(isinstance(answer, AlreadyDecided) for answer in answers) == 7
    row = UpdateRound.objects.get()
    assert (row.comment, row.field_comments) in [("First", {"narrative": "One"}), ("Second", {"challenges": "Two"})]
    assert HistoryEntry.objects.filter(verb="returned").count() == 1
    assert OutgoingMail.objects.count() == 2


def test_a_reviewer_who_reads_the_old_round_does_not_decide_on_the_new_one(cast):
    update = make_update(cast.pledge, "submitted", at=AT)
    give_back(cast, update, comment="Why?")
    calls = [
        lambda: submit(cast),
        lambda: review.accept(at=AT, actor=cast.reviewer, update=ProgressUpdate.objects.get(), number=1),
    ]
    sent, refused = at_once(calls)
    assert isinstance(refused, AlreadyDecided)
    assert [(row.number, row.decision) for row in UpdateRound.objects.order_by("number")] == [(1, "returned"), (2, "")]
    assert (sent.number, ProgressUpdate.objects.get().state) == (2, "submitted")


def test_a_correction_and_a_return_at_once_leave_one_story(cast):
    """The stakeholder may be refused (the round is not back yet) or heard (it is); never both and never neither."""
    update = make_update(cast.pledge, "submitted", at=AT)
    _back, sent = at_once([lambda: give_back(cast, update, comment="Why?"), lambda: submit(cast)])
    state, rounds = ProgressUpdate.objects.get().state, UpdateRound.objects.count()
    heard = not isinstance(sent, StaleRevision)
    assert (state, rounds) == (("submitted", 2) if heard else ("returned", 1))


@pytest.fixture
def ten_pledges(cast):
    """Pledges with a published update each, and the policy that lets routine progress pass."""
    review_policy.switch(at=AT, actor=cast.superuser, routine_at_once=True)
    pledges = [make_pledge(cast.ngo) for _number in range(10)]
    for pledge in pledges:
        make_update(pledge, at=AT - timedelta(days=90))
    return pledges


def test_submissions_while_the_policy_is_switched_off_are_public_or_wait(cast, ten_pledges):
    calls = [lambda pledge=pledge: submit(cast, pledge) for pledge in ten_pledges]
    calls.insert(5, lambda: review_policy.switch(at=AT, actor=cast.superuser, routine_at_once=False))
    at_once(calls)
    sent = UpdateRound.objects.filter(submitted_by=cast.focal_point).select_related("update")
    assert {(row.decision, row.update.state, row.by_policy) for row in sent} <= {
        ("accepted", "accepted", True),
        ("", "submitted", False),
    }
    assert len(sent) == 10
    assert OutgoingMail.objects.filter(purpose="update-receipt").count() == 10
    assert submit(cast, make_routine(cast)).decision == ""


def make_routine(cast):
    pledge = make_pledge(cast.ngo)
    make_update(pledge, at=AT - timedelta(days=90))
    return pledge


def test_who_submits_while_the_switch_is_under_way_waits_for_it_and_obeys(cast, ten_pledges):
    begun, answers = Event(), []

    def send():
        begun.set()
        try:
            answers.append(submit(cast, ten_pledges[0]))
        finally:
            connections.close_all()

    thread = Thread(target=send)
    with transaction.atomic():
        review_policy.switch(at=AT, actor=cast.superuser, routine_at_once=False)
        thread.start()
        begun.wait(20)
        until_somebody_waits_for_a_lock()
        assert answers == []
    thread.join(20)
    assert [(row.decision, row.update.state) for row in answers] == [("", "submitted")]


def test_two_switches_at_once_are_one_change(cast):
    calls = [lambda: review_policy.switch(at=AT, actor=cast.superuser, routine_at_once=True)] * 8
    assert sorted(at_once(calls)) == [False] * 7 + [True]
    assert HistoryEntry.objects.filter(verb="review policy switched").count() == 1


def test_twenty_clicks_on_submit_are_one_public_round(cast):
    review_policy.switch(at=AT, actor=cast.superuser, routine_at_once=True)
    pledge = make_pledge(make_stakeholder())
    make_update(pledge, at=AT - timedelta(days=90))
    answers = at_once([lambda: submit(cast, pledge)] * 20)
    assert {answer.uuid for answer in answers} == {UpdateRound.objects.get(by_policy=True).uuid}
    assert OutgoingMail.objects.filter(purpose="update-receipt").count() == 1
    assert HistoryEntry.objects.filter(verb="accepted by policy").count() == 1
