"""Who may act for whom, by time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import access
from accounts.models import Membership, User
from accounts.tests.factories import make_member, make_membership, make_stakeholder, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 5, 1, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ROLE = Membership.Role


def test_a_role_holds_from_its_first_moment_until_before_its_last():
    ngo, user = make_stakeholder(), make_user()
    make_membership(user, ngo, begins_at=NOW, ends_at=NOW + SECOND)

    held = [access.role_for(user, ngo, at=at) for at in (NOW - SECOND, NOW, NOW + SECOND)]

    assert held == [None, ROLE.FOCAL_POINT, None]


def test_the_highest_of_two_roles_counts():
    ngo, user = make_stakeholder(), make_user()
    make_membership(user, ngo, ROLE.FOCAL_POINT, ends_at=NOW + SECOND)
    make_membership(user, ngo, ROLE.READER)

    assert access.role_for(user, ngo, at=NOW) == ROLE.FOCAL_POINT
    assert [str(one) for one in access.stakeholders_of(user, at=NOW)] == [ngo.name]


def test_a_role_for_one_stakeholder_is_none_for_another():
    ngo, other = make_stakeholder(), make_stakeholder()
    user = make_member(ngo)

    assert access.role_for(user, other, at=NOW) is None
    assert list(access.focal_points_of(other, at=NOW)) == []


@pytest.mark.parametrize("person", [AnonymousUser(), User(email="new@example.org")])
def test_people_without_memberships_have_none(person):
    assert list(access.open_memberships(person, at=NOW)) == []


def test_a_deactivated_person_has_no_role_and_gets_no_mail():
    ngo = make_stakeholder()
    user = make_member(ngo, email="left@example.org", is_active=False)

    assert access.role_for(user, ngo, at=NOW) is None
    assert list(access.focal_points_of(ngo, at=NOW)) == []
    assert access.mailboxes_of(ngo, at=NOW) == {}


def test_focal_points_are_those_who_report_now():
    ngo = make_stakeholder()
    reporter = make_member(ngo)
    make_member(ngo, ROLE.CONTRIBUTOR)
    make_membership(make_user(), ngo, ends_at=NOW)

    assert list(access.focal_points_of(ngo, at=NOW)) == [reporter]


def test_mailboxes_are_each_named_once():
    ngo = make_stakeholder(institutional_mailbox="Ngo@example.org", language="fr")
    make_member(ngo, email="ngo@example.org")
    make_member(ngo, email="ann@example.org")

    assert access.mailboxes_of(ngo, at=NOW) == {"ann@example.org": "en", "ngo@example.org": "en"}


def test_the_institutional_mailbox_reads_the_stakeholders_language():
    ngo = make_stakeholder(institutional_mailbox="ngo@example.org", language="fr")

    assert access.mailboxes_of(ngo, at=NOW) == {"ngo@example.org": "fr"}


def test_open_memberships_bring_their_stakeholders(django_assert_num_queries):
    user = make_user()
    for _number in range(3):
        make_membership(user, make_stakeholder())

    with django_assert_num_queries(1):
        names = [membership.stakeholder.name for membership in access.open_memberships(user, at=NOW)]

    assert len(names) == 3


def test_roles_are_ranked():
    assert access.outranks(ROLE.FOCAL_POINT, ROLE.CONTRIBUTOR)
    assert access.outranks(ROLE.CONTRIBUTOR, ROLE.READER)
    assert not access.outranks(ROLE.READER, ROLE.READER)
