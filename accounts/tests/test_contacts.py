"""Who can be reached for a stakeholder, and requests to look for somebody."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts import contacts
from accounts.models import ContactRequest, Membership, Stakeholder
from accounts.tests.at_once import at_once
from accounts.tests.factories import LONG_AGO, make_member, make_membership, make_stakeholder, make_user
from foundation import history
from foundation.models import OutgoingMail

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 5, 3, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ROLE = Membership.Role
NOT_ME = ContactRequest.Reason.NOT_ME


@pytest.fixture
def ngo():
    return make_stakeholder("Example Relief", institutional_mailbox="office@example.org")


def make_all_kinds():
    """Stakeholders by name, each with why nobody can be reached, or nothing."""
    make_member(make_stakeholder("living"))
    both = make_stakeholder("one of two")
    make_member(both, is_active=False)
    make_member(both)
    make_stakeholder("empty")
    make_member(make_stakeholder("readers"), ROLE.READER)
    make_membership(make_user(), make_stakeholder("ended"), ends_at=NOW)
    make_membership(make_user(), make_stakeholder("not begun"), begins_at=LATER)
    make_membership(make_user(), make_stakeholder("ends later"), ends_at=LATER)
    make_member(make_stakeholder("closed"), is_active=False)
    make_member(make_stakeholder("failed"), address_failed_at=LONG_AGO)
    worst = make_stakeholder("closed and failed")
    make_member(worst, is_active=False, address_failed_at=LONG_AGO)
    make_member(worst, address_failed_at=LONG_AGO)
    make_stakeholder("merged", merged_into=both)
    nobody = "nobody is focal point"
    return {
        "living": "",
        "one of two": "",
        "ends later": "",
        "merged": "",
        "empty": nobody,
        "readers": nobody,
        "ended": nobody,
        "not begun": nobody,
        "closed": "account closed",
        "failed": "address refused",
        "closed and failed": "account closed, address refused",
    }


def test_the_list_and_the_instance_say_the_same_of_who_cannot_be_reached():
    expected = make_all_kinds()
    listed = set(Stakeholder.objects.without_living_contact(NOW).values_list("name", flat=True))
    rows = list(Stakeholder.objects.all())

    assert {row.name: row.why_no_contact(NOW) for row in rows} == expected
    assert listed == {row.name for row in rows if row.lacks_living_contact(NOW)}
    assert listed == {name for name, why in expected.items() if why}


def test_a_role_is_living_by_the_same_rule_in_both_ways():
    make_all_kinds()
    listed = set(Membership.objects.living_at(NOW).values_list("pk", flat=True))

    assert listed == {row.pk for row in Membership.objects.all() if row.is_living(NOW)}
    assert len(listed) == 3


# Addresses


def test_a_failing_address_is_told_once_to_those_who_stay_and_the_mailbox(ngo):
    gone = make_member(ngo, email="gone@example.org", name="Gone")
    make_member(ngo, email="stays@example.org")
    make_member(ngo, ROLE.READER, email="reader@example.org")
    other = make_stakeholder("Other Aid", institutional_mailbox="desk@example.org")
    make_membership(gone, other)
    for days in range(2):
        contacts.note_refused_address("Gone@Example.org", NOW + timedelta(days=days))

    told = OutgoingMail.objects.filter(purpose="address-failed").order_by("address")
    assert [mail.address for mail in told] == ["desk@example.org", "office@example.org", "stays@example.org"]
    assert told[1].subject == "Mail does not reach Gone <gone@example.org>, who reports for Example Relief"
    assert [(entry.verb, entry.actor) for entry in history.of(gone)] == [("address failed", None)]


def test_staff_mark_an_address_and_take_it_back(ngo):
    staff, person = make_user(is_staff=True), make_member(ngo)
    verbs = [contacts.mark_address_failed, contacts.mark_address_failed, contacts.mark_address_working] * 2
    done = [verb(at=NOW + timedelta(hours=number), actor=staff, user=person) for number, verb in enumerate(verbs)]

    assert done == [True, False, True] * 2
    assert [entry.verb for entry in history.of(person).order_by("pk")] == ["address failed", "address works"] * 2
    assert OutgoingMail.objects.filter(purpose="address-failed", address="office@example.org").count() == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_of_one_failing_address_once(ngo):
    make_member(ngo, email="gone@example.org")
    at_once(*(lambda: contacts.note_refused_address("gone@example.org", NOW) for _number in range(3)))

    assert OutgoingMail.objects.filter(purpose="address-failed").count() == 1


# Requests


def test_asking_changes_nothing_but_tells_staff_once(ngo):
    person = make_member(ngo, email="ann@example.org")
    facts = {"at": NOW, "actor": person, "user": person, "stakeholder": ngo, "reason": NOT_ME}
    requests = [contacts.ask(words="It is Bob\x00 now.\nBob!", **facts) for _number in range(2)]
    mail = OutgoingMail.objects.get()

    assert requests[0] == requests[1]
    assert requests[0].words == "It is Bob now.\nBob!"
    assert (mail.address, mail.subject) == ("hqgcr@unhcr.org", "Who reports for Example Relief?")
    assert "ann@example.org says: I am no longer the focal point of Example Relief. Nothing was changed." in " ".join(
        mail.text.split()
    )
    assert "It is Bob now." in mail.text
    assert person.memberships.get().ends_at is None
    assert [entry.verb for entry in history.of(ngo)] == ["contact asked for"]


def test_a_request_is_done_once(ngo):
    person, staff = make_member(ngo), make_user(is_staff=True)
    request = contacts.ask(at=NOW, actor=person, user=person, stakeholder=ngo, reason=NOT_ME)
    done = [contacts.close(at=LATER, actor=staff, request=request) for _number in range(2)]
    request.refresh_from_db()

    assert done == [True, False]
    assert (request.closed_at, request.closed_by) == (LATER, staff)
    again = contacts.ask(at=LATER, actor=person, user=person, stakeholder=ngo, reason=NOT_ME)
    assert again != request


def test_ending_the_role_answers_the_request(ngo):
    from accounts.membership_workflow import end_membership

    person, staff = make_member(ngo), make_user(is_staff=True)
    make_member(ngo)
    contacts.ask(at=NOW, actor=person, user=person, stakeholder=ngo, reason=NOT_ME)
    end_membership(at=LATER, actor=staff, membership=person.memberships.get())

    assert ContactRequest.objects.values_list("closed_at", "closed_by").get() == (LATER, staff.pk)


@pytest.mark.parametrize(
    "facts",
    [{"closed_at": NOW - timedelta(days=1)}, {"closed_by": True}],
)
def test_the_database_refuses_what_cannot_be(ngo, facts):
    person = make_member(ngo)
    facts = {name: person if value is True else value for name, value in facts.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactRequest.objects.create(stakeholder=ngo, user=person, reason=NOT_ME, created_at=NOW, **facts)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_asking_at_once_makes_one_request(ngo):
    person = make_member(ngo)
    facts = {"at": NOW, "actor": person, "user": person, "stakeholder": ngo, "reason": NOT_ME}
    at_once(*(lambda: contacts.ask(**facts).pk for _number in range(4)))

    assert (ContactRequest.objects.count(), OutgoingMail.objects.count()) == (1, 1)
