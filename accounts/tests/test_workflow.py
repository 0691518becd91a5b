"""Roles that begin and end, accounts that close and open, addresses that change."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError

from accounts import account_workflow, contacts, membership_workflow
from accounts.models import Membership, User
from accounts.tests.factories import make_member, make_membership, make_stakeholder, make_user
from foundation import history, outcomes
from foundation.models import OutgoingMail

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 5, 3, 9, tzinfo=UTC)


@pytest.fixture
def ngo():
    return make_stakeholder("Example Relief", institutional_mailbox="office@example.org")


def test_ending_a_role_tells_those_who_stay(ngo):
    staff, stays = make_user(is_staff=True), make_member(ngo, email="stays@example.org")
    leaves = make_member(ngo, email="leaves@example.org")
    ended = membership_workflow.end_membership(at=NOW, actor=staff, membership=leaves.memberships.get())

    assert ended
    assert leaves.memberships.get().ends_at == NOW
    assert stays.memberships.get().ends_at is None
    assert sorted(OutgoingMail.objects.filter(purpose="member-left").values_list("address", flat=True)) == [
        "office@example.org",
        "stays@example.org",
    ]


def test_ending_twice_ends_once(ngo):
    membership = make_member(ngo).memberships.get()
    ended = [membership_workflow.end_membership(at=NOW, actor=None, membership=membership) for _number in range(2)]

    assert ended == [True, False]
    assert [entry.verb for entry in history.of(ngo)] == ["contact asked for", "role ended"]
    assert sorted(OutgoingMail.objects.values_list("purpose", flat=True)) == [
        "contact-request",
        "member-left",
        "role-ended",
    ]


def test_a_role_that_has_not_begun_ends_as_it_begins(ngo):
    later = NOW + timedelta(days=1)
    membership = make_membership(make_user(), ngo, begins_at=later)
    membership_workflow.end_membership(at=NOW, actor=None, membership=membership)

    assert Membership.objects.get().ends_at == later


def test_closing_an_account_keeps_what_the_person_did(ngo):
    staff, person = make_user(is_staff=True), make_member(ngo)
    closed = [account_workflow.close_account(at=NOW, actor=staff, user=person) for _number in range(2)]
    opened = [account_workflow.open_account(at=NOW, actor=staff, user=person) for _number in range(2)]

    assert (closed, opened) == ([True, False], [True, False])
    assert [entry.verb for entry in history.of(person)] == ["account opened", "account closed"]
    assert person.memberships.get().ends_at is None


def test_nobody_closes_their_own_account():
    staff = make_user(is_staff=True)

    with pytest.raises(ValidationError, match="your own"):
        account_workflow.close_account(at=NOW, actor=staff, user=staff)
    assert User.objects.get().is_active


def test_a_changed_address_is_the_one_to_log_in_with():
    person = make_user("old@example.org", address_failed_at=NOW)
    account_workflow.change_address(at=NOW, actor=None, user=person, address=" New@example.org ")
    person.refresh_from_db()

    assert (person.email, person.address_failed_at) == ("new@example.org", None)
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [("new@example.org", True, True)]
    assert OutgoingMail.objects.get().address == "old@example.org"


@pytest.mark.parametrize("address", ["taken@example.org", "TAKEN@example.org", "no address", ""])
def test_an_address_that_is_taken_or_none_is_refused(address):
    make_user("taken@example.org")
    person = make_user("old@example.org")

    with pytest.raises(ValidationError):
        account_workflow.change_address(at=NOW, actor=None, user=person, address=address)
    assert User.objects.get(pk=person.pk).email == "old@example.org"


def test_an_address_that_a_mail_server_refused_is_noted_once():
    person, other = make_user("gone@example.org"), make_user("other@example.org")
    for days in range(2):
        contacts.note_refused_address("Gone@example.org", NOW + timedelta(days=days))
    person.refresh_from_db()
    other.refresh_from_db()

    assert (person.address_failed_at, other.address_failed_at) == (NOW, None)


def test_the_outbox_knows_whom_to_tell():
    assert contacts.note_refused_address in outcomes.on_refused_address
