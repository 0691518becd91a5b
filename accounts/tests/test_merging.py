"""Two entries that mean one stakeholder become one."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from accounts.colleagues import hand_over
from accounts.contacts import ask
from accounts.merging import merge_stakeholders, register_merge, what_would_move
from accounts.models import ContactRequest, Invitation, Membership, Stakeholder
from accounts.tests.at_once import at_once
from accounts.tests.factories import make_member, make_membership, make_stakeholder, make_user
from accounts.workflow import accept_invitation, invite
from foundation import history

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 5, 3, 9, tzinfo=UTC)
ROLE = Membership.Role


@pytest.fixture
def pair():
    return make_stakeholder("Example Relief Inc"), make_stakeholder("Example Relief")


def merge(duplicate, into):
    merge_stakeholders(at=NOW, actor=None, duplicate=duplicate, into=into)
    duplicate.refresh_from_db()
    into.refresh_from_db()


def test_the_duplicate_stays_as_a_row_that_points_to_the_other(pair):
    duplicate, into = pair
    earlier = make_stakeholder(merged_into=duplicate)
    merge(duplicate, into)
    earlier.refresh_from_db()

    assert (duplicate.merged_into, earlier.merged_into, into.merged_into) == (into, into, None)
    assert list(Stakeholder.objects.for_public()) == [into]
    assert history.of(duplicate).get().changes == {"into": into.slug}
    assert history.of(into).get().changes == {"duplicate": duplicate.slug}


def test_people_move_with_the_day_on_which_they_began(pair):
    duplicate, into = pair
    person = make_member(duplicate)
    began = person.memberships.get().begins_at
    merge(duplicate, into)

    assert list(person.memberships.values_list("stakeholder", "begins_at", "ends_at")) == [(into.pk, began, None)]


@pytest.mark.parametrize(("here", "there"), [(ROLE.FOCAL_POINT, ROLE.READER), (ROLE.READER, ROLE.FOCAL_POINT)])
def test_who_has_a_role_at_both_keeps_the_higher_one(pair, here, there):
    duplicate, into = pair
    person = make_user()
    make_membership(person, duplicate, here)
    make_membership(person, into, there)
    merge(duplicate, into)

    assert set(person.memberships.values_list("stakeholder", "role", "ends_at")) == {
        (into.pk, "focal-point", None),
        (into.pk, "reader", NOW),
    }


def test_open_invitations_move_and_doubles_are_revoked(pair):
    duplicate, into = pair
    for address, stakeholder in [("a@example.org", duplicate), ("a@example.org", into), ("b@example.org", duplicate)]:
        invite(at=NOW, actor=None, address=address, stakeholder=stakeholder)
    merge(duplicate, into)

    assert set(Invitation.objects.values_list("address", "stakeholder", "revoked_at")) == {
        ("a@example.org", into.pk, NOW),
        ("a@example.org", into.pk, None),
        ("b@example.org", into.pk, None),
    }


def test_the_mailbox_is_taken_over_if_there_was_none(pair):
    duplicate, into = pair
    duplicate.institutional_mailbox = "office@example.org"
    duplicate.save()
    merge(duplicate, into)

    assert into.institutional_mailbox == "office@example.org"


def test_the_page_can_say_how_much_would_move(pair):
    duplicate, _into = pair
    make_member(duplicate)
    counts = what_would_move(duplicate)

    assert counts["roles of people"] == 1
    assert counts["invitations"] == 0


@pytest.mark.parametrize("case", ["itself", "merged duplicate", "merged target", "sample"])
def test_what_cannot_become_one_is_refused_and_nothing_moves(pair, case):
    duplicate, into = pair
    person = make_member(duplicate)
    if case == "itself":
        into = duplicate
    elif case == "sample":
        Stakeholder.objects.filter(pk=into.pk).update(is_sample=True)
    else:
        gone = duplicate if case == "merged duplicate" else into
        Stakeholder.objects.filter(pk=gone.pk).update(merged_into=make_stakeholder())

    with pytest.raises(ValidationError):
        merge_stakeholders(at=NOW, actor=None, duplicate=duplicate, into=into)
    assert person.memberships.get().stakeholder == duplicate


def test_requests_about_contacts_move_and_doubles_are_closed(pair):
    duplicate, into = pair
    both, one = make_member(into), make_member(duplicate)
    for person, stakeholder in ((both, duplicate), (both, into), (one, duplicate)):
        ask(at=NOW, actor=person, user=person, stakeholder=stakeholder, reason="not-me")
    merge(duplicate, into)

    assert set(ContactRequest.objects.values_list("user", "stakeholder", "closed_at")) == {
        (both.pk, into.pk, NOW),
        (both.pk, into.pk, None),
        (one.pk, into.pk, None),
    }


def test_a_successor_invited_before_the_merge_still_takes_over(pair):
    duplicate, into = pair
    person = make_member(duplicate)
    invitation = hand_over(
        at=NOW, actor=person, stakeholder=duplicate, address="new@example.org", name="", language="en", at_once=False
    )
    merge(duplicate, into)
    successor = accept_invitation(at=NOW, invitation=invitation)

    assert person.memberships.get().ends_at == NOW
    assert successor.memberships.get().stakeholder == into


def test_merging_twice_is_refused_and_writes_no_second_entry(pair):
    duplicate, into = pair
    merge(duplicate, into)
    with pytest.raises(ValidationError, match="merged before"):
        merge(duplicate, into)
    with pytest.raises(ValidationError, match="merged before"):
        merge(into, duplicate)

    assert (history.of(duplicate).count(), history.of(into).count()) == (1, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_entries_merged_into_each_other_at_once_make_no_circle(pair):
    one, two = pair
    done = at_once(
        lambda: merge_stakeholders(at=NOW, actor=None, duplicate=one, into=two),
        lambda: merge_stakeholders(at=NOW, actor=None, duplicate=two, into=one),
    )

    assert sorted(map(str, done)) == sorted([str(None), str(ValidationError)])
    assert Stakeholder.objects.filter(merged_into=None).count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_somebody_who_accepts_while_it_is_merged_reports_for_the_one_that_stays(pair):
    duplicate, into = pair
    invitation = invite(at=NOW, actor=None, address="new@example.org", stakeholder=duplicate)
    at_once(
        lambda: merge_stakeholders(at=NOW, actor=None, duplicate=duplicate, into=into),
        lambda: accept_invitation(at=NOW, invitation=invitation),
    )

    assert list(Membership.objects.values_list("user__email", "stakeholder")) == [("new@example.org", into.pk)]


def test_a_room_that_fails_undoes_all(pair, monkeypatch):
    class Fails:
        def count(self, stakeholder):
            return {}

        def move(self, *, at, duplicate, into):
            raise RuntimeError

    duplicate, into = pair
    person = make_member(duplicate)
    monkeypatch.setattr("accounts.merging._handlers", [])
    register_merge(Fails())
    with pytest.raises(RuntimeError):
        merge_stakeholders(at=NOW, actor=None, duplicate=duplicate, into=into)

    assert person.memberships.get().stakeholder == duplicate
    assert Stakeholder.objects.get(pk=duplicate.pk).merged_into is None
