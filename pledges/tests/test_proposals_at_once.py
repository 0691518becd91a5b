"""Two people with one proposal in the same moment: one wins, nothing is published twice."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from accounts.tests.factories import make_member
from foundation.models import OutgoingMail
from pledges import proposal_review, proposals
from pledges.models import Pledge, PledgeProposal
from pledges.proposal_content import empty_proposal
from pledges.proposal_review import Parties
from pledges.proposals import Place, StaleProposal
from pledges.refusals import AlreadyDecided, Refused
from pledges.tests.factories import make_proposal
from pledges.tests.test_at_once import at_once

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def said(**fields):
    return empty_proposal(occasion="grf-2023", title="Bridges", description="We train.", **fields)


def ten_colleagues(cast):
    return [make_member(cast.ngo) for _number in range(10)]


def test_a_double_click_20_times_at_once_is_one_proposal_with_one_receipt(cast):
    place = Place(uuid4(), cast.ngo)
    same = {"at": AT, "actor": cast.focal_point, "place": place, "revision": 0, "content": said()}
    answers = at_once([lambda: proposals.submit_proposal(**same)] * 20)

    assert {answer.pk for answer in answers} == {PledgeProposal.objects.get().pk}
    assert OutgoingMail.objects.get().purpose == "proposal-receipt"


@pytest.mark.parametrize("revision", [0, 1])
def test_of_ten_people_who_save_one_draft_one_wins(cast, revision):
    proposal = make_proposal(cast.ngo, by=cast.focal_point) if revision else None
    place = Place(proposal.uuid if proposal else uuid4(), cast.ngo)
    calls = [
        lambda person=person: proposals.save_proposal(
            at=AT, actor=person, place=place, revision=revision, content=said(diversity=person.email)
        )
        for person in ten_colleagues(cast)
    ]
    answers = at_once(calls)

    stands = PledgeProposal.objects.get()
    assert stands.revision == revision + 1
    losers = [answer for answer in answers if isinstance(answer, StaleProposal)]
    assert [loser.current.content["diversity"] for loser in losers] == [stands.content["diversity"]] * 9


def test_of_ten_corrections_of_one_pledge_one_begins(cast):
    calls = [
        lambda person=person: proposals.save_proposal(
            at=AT,
            actor=person,
            place=Place(uuid4(), cast.ngo, cast.pledge, 1),
            revision=0,
            content=said(diversity=person.email),
        )
        for person in ten_colleagues(cast)
    ]
    answers = at_once(calls)

    assert PledgeProposal.objects.count() == 1
    assert sum(isinstance(answer, StaleProposal) for answer in answers) == 9


def test_ten_staff_publish_one_pledge_once(cast):
    proposal = make_proposal(cast.ngo, "submitted", by=cast.focal_point)
    calls = [
        lambda number=number: proposal_review.publish_new(
            at=AT,
            actor=cast.reviewer,
            proposal=PledgeProposal.objects.get(),
            revision=1,
            reference=f"GRF-{number}",
            parties=Parties(),
        )
        for number in range(10)
    ]
    answers = at_once(calls)

    assert sum(isinstance(answer, AlreadyDecided) for answer in answers) == 9
    proposal.refresh_from_db()
    assert list(Pledge.objects.exclude(pk=cast.pledge.pk)) == [proposal.published_as]
    assert OutgoingMail.objects.filter(purpose="proposal-published").count() == 2


def test_ten_staff_publish_one_correction_once(cast):
    make_proposal(cast.ngo, "submitted", by=cast.focal_point, corrects=cast.pledge)
    same = {"at": AT, "actor": cast.reviewer, "revision": 1, "seen_version": 1, "parties": Parties()}
    calls = [lambda: proposal_review.publish_correction(proposal=PledgeProposal.objects.get(), **same)] * 10
    answers = at_once(calls)

    assert sum(isinstance(answer, AlreadyDecided) for answer in answers) == 9
    assert sorted(cast.pledge.versions.values_list("number", flat=True)) == [1, 2]


def test_of_publishing_declining_and_returning_one_holds(cast):
    make_proposal(cast.ngo, "submitted", by=cast.focal_point)
    same = {"at": AT, "actor": cast.reviewer, "revision": 1}
    calls = [
        lambda: proposal_review.publish_new(
            proposal=PledgeProposal.objects.get(), reference="GRF-1", parties=Parties(), **same
        ),
        lambda: proposal_review.decline_proposal(proposal=PledgeProposal.objects.get(), comment="No", **same),
        lambda: proposal_review.return_proposal(proposal=PledgeProposal.objects.get(), comment="Why?", **same),
    ]
    answers = at_once(calls * 3)

    assert sum(isinstance(answer, Refused) for answer in answers) == 8
    stands = PledgeProposal.objects.get()
    assert Pledge.objects.count() == (2 if stands.state == "published" else 1)
    assert OutgoingMail.objects.count() == 2


def test_two_proposals_do_not_get_one_reference(cast):
    rows = [make_proposal(cast.ngo, "submitted", by=cast.focal_point) for _number in range(5)]
    calls = [
        lambda row=row: proposal_review.publish_new(
            at=AT, actor=cast.reviewer, proposal=row, revision=1, reference="GRF-1", parties=Parties()
        )
        for row in rows
    ]
    answers = at_once(calls)

    assert sum(isinstance(answer, Refused) for answer in answers) == 4
    assert PledgeProposal.objects.filter(state="published").count() == 1
    assert PledgeProposal.objects.filter(state="submitted").count() == 4
