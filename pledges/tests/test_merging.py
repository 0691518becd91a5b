"""Pledges and reports follow when two stakeholders become one."""

from datetime import UTC, datetime

import pytest

from accounts.merging import merge_stakeholders, what_would_move
from accounts.tests.factories import make_member, make_stakeholder
from pledges.models import Confirmation, Handover, PledgeParty, PledgeProposal, ProgressUpdate
from pledges.tests.factories import make_pledge, make_proposal, make_update, make_window

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 5, 3, 9, tzinfo=UTC)


@pytest.fixture
def pair():
    return make_stakeholder("Example Relief Inc"), make_stakeholder("Example Relief")


def merge(duplicate, into):
    merge_stakeholders(at=NOW, actor=None, duplicate=duplicate, into=into)


def parties(pledge):
    return set(PledgeParty.objects.filter(version__pledge=pledge).values_list("stakeholder__name", "role"))


def test_pledges_and_all_that_was_reported_move(pair):
    duplicate, into = pair
    pledge = make_pledge(duplicate)
    update = make_update(pledge)
    Confirmation.objects.create(
        pledge=pledge, stakeholder=duplicate, by=make_member(duplicate), at=NOW, since_round=update.rounds.get()
    )
    Handover.objects.create(pledge=pledge, stakeholder=duplicate, window=make_window())
    make_proposal(duplicate, by=make_member(duplicate))
    merge(duplicate, into)

    assert parties(pledge) == {("Example Relief", "lead")}
    for model in (ProgressUpdate, Confirmation, Handover, PledgeProposal):
        assert list(model.objects.values_list("stakeholder", flat=True)) == [into.pk]


@pytest.mark.parametrize("leads", [0, 1])
def test_where_both_stand_behind_a_pledge_the_lead_is_kept(pair, leads):
    third = make_stakeholder("Third Aid")
    pledge = make_pledge(pair[leads], partners=(pair[1 - leads], third))
    merge(*pair)

    assert parties(pledge) == {("Example Relief", "lead"), ("Third Aid", "partner")}


def test_two_partners_become_one(pair):
    lead = make_stakeholder("Lead Aid")
    pledge = make_pledge(lead, partners=pair)
    merge(*pair)

    assert parties(pledge) == {("Lead Aid", "lead"), ("Example Relief", "partner")}


def test_the_pledges_of_others_stay(pair):
    pledge = make_pledge(make_stakeholder("Other Aid"))
    merge(*pair)

    assert parties(pledge) == {("Other Aid", "lead")}


def test_the_numbers_are_said_beforehand(pair):
    duplicate, _into = pair
    make_update(make_pledge(duplicate))
    counts = what_would_move(duplicate)

    assert (counts["parts in pledges"], counts["progress updates"], counts["hand-overs"]) == (1, 1, 0)
