"""Who sees a pledge under /my/, and what each may do there."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.models import Membership
from accounts.tests.factories import make_member, make_membership, make_stakeholder
from pledges.access import get_my_pledge, get_my_round, my_pledges
from pledges.models import Handover, ProgressUpdate
from pledges.tests.factories import make_pledge, make_update, make_window

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def rights(user, pledge, at=AT):
    mine = get_my_pledge(user, pledge.reference, at=at)
    return mine.relation, mine.role, mine.may_draft, mine.may_submit, mine.may_confirm


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("focal_point", ("reporter", "focal-point", True, True, True)),
        ("colleague", ("reporter", "focal-point", True, True, True)),
        ("contributor", ("reporter", "contributor", True, False, False)),
        ("reader", ("reporter", "reader", False, False, False)),
        ("partner", ("partner", "focal-point", False, False, False)),
    ],
)
def test_what_each_role_may(cast, who, expected):
    assert rights(getattr(cast, who), cast.pledge) == expected


@pytest.mark.parametrize("who", ["stranger", "editor", "reviewer", "superuser"])
def test_strangers_and_staff_see_nothing(cast, who):
    with pytest.raises(Http404):
        get_my_pledge(getattr(cast, who), cast.pledge.reference, at=AT)


@pytest.mark.parametrize("reference", ["TST-0", "tst-1", "../x", "TST-1\x00", "TST-" + "9" * 500, "TST-１"])
def test_unknown_references_are_not_found(cast, reference):
    with pytest.raises(Http404):
        get_my_pledge(cast.focal_point, reference, at=AT)


def test_the_public_has_no_pledges(cast):
    assert my_pledges(AnonymousUser(), at=AT) == []


def test_parties_see_an_unpublished_pledge_and_nobody_else(cast):
    pledge = make_pledge(cast.ngo, published=False)
    assert get_my_pledge(cast.focal_point, pledge.reference, at=AT).pledge == pledge
    with pytest.raises(Http404):
        get_my_pledge(cast.stranger, pledge.reference, at=AT)


def test_an_ended_membership_opens_nothing(cast):
    Membership.objects.filter(user=cast.focal_point).update(ends_at=AT)
    assert rights(cast.focal_point, cast.pledge, AT - timedelta(seconds=1))[0] == "reporter"
    with pytest.raises(Http404):
        get_my_pledge(cast.focal_point, cast.pledge.reference, at=AT)


def test_a_hand_over_turns_lead_and_partner_round_while_its_window_is_open(cast):
    Handover.objects.create(pledge=cast.pledge, stakeholder=cast.partner_ngo, window=make_window())
    assert rights(cast.partner, cast.pledge)[:3] == ("reporter", "focal-point", True)
    assert rights(cast.focal_point, cast.pledge)[:3] == ("partner", "focal-point", False)
    after = datetime(2021, 11, 1, tzinfo=UTC)
    assert rights(cast.focal_point, cast.pledge, after)[0] == "reporter"


def test_whoever_submitted_finishes_even_after_the_window(cast):
    window = make_window(date(2021, 5, 1), date(2021, 6, 30))
    Handover.objects.create(pledge=cast.pledge, stakeholder=cast.partner_ngo, window=window)
    make_update(cast.pledge, ProgressUpdate.State.RETURNED, stakeholder=cast.partner_ngo)
    assert rights(cast.partner, cast.pledge)[0] == "reporter"
    assert rights(cast.focal_point, cast.pledge)[0] == "partner"


def test_merged_stakeholders_follow_what_they_were_merged_into(cast):
    end = make_stakeholder("The merged one")
    boss = make_member(end, email="boss@example.org")
    cast.ngo.merged_into = end
    cast.ngo.save()
    assert rights(boss, cast.pledge)[:3] == ("reporter", "focal-point", True)
    assert rights(cast.reader, cast.pledge)[:2] == ("reporter", "reader")
    assert [each.stakeholder for each in my_pledges(boss, at=AT)] == [end]


def test_of_two_roles_the_higher_counts_and_of_two_parties_the_reporting_one(cast):
    make_membership(cast.partner, cast.ngo, Membership.Role.CONTRIBUTOR)
    assert rights(cast.partner, cast.pledge)[:3] == ("reporter", "contributor", True)


def test_the_sentences_say_who_can(cast):
    def sentence(who):
        mine = get_my_pledge(who, cast.pledge.reference, at=AT)
        with pytest.raises(PermissionDenied) as refused:
            mine.require_submit(AT)
        return str(refused.value)

    assert sentence(cast.contributor) == (
        "As a contributor you can save drafts. A focal point of Example Relief submits: "
        "colleague@example.org or focal@example.org."
    )
    assert sentence(cast.reader) == (
        "As a reader you see the update. A focal point or a contributor of Example Relief writes it."
    )
    assert sentence(cast.partner) == "Example Relief reports on this joint pledge. You can read the update here."


def test_receipts_belong_to_the_parties(cast):
    row = make_update(cast.pledge).rounds.get()
    assert get_my_round(cast.partner, row.uuid, at=AT)[0] == row
    with pytest.raises(Http404):
        get_my_round(cast.stranger, row.uuid, at=AT)
    with pytest.raises(Http404):
        get_my_round(cast.focal_point, cast.pledge.uuid, at=AT)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_and_many(django_assert_num_queries, count):
    ngo = make_stakeholder()
    user = make_member(ngo)
    for _number in range(count):
        make_update(make_pledge(ngo))
    make_window()
    with django_assert_num_queries(15):
        found = my_pledges(user, at=AT)
        assert [each.last_round.content["narrative"] for each in found] == ["Work has begun."] * count
