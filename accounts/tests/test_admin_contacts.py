"""Contacts in the administration: who cannot be reached, which requests are open."""

import pytest
from django.utils import timezone

from accounts import contacts
from accounts.models import ContactRequest
from accounts.tests.factories import make_member, make_stakeholder
from foundation import history
from pledges.tests.factories import make_pledge

pytestmark = pytest.mark.django_db
STAKEHOLDERS = "/admin/accounts/stakeholder/"
REQUESTS = "/admin/accounts/contactrequest/"
PEOPLE = "/admin/accounts/user/"
MEMBERSHIPS = "/admin/accounts/membership/"


def act(client, where, action, *rows):
    answer = client.post(where, {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True)
    return [str(message) for message in answer.context["messages"]]


def ask(stakeholder, person):
    return contacts.ask(at=timezone.now(), actor=person, user=person, stakeholder=stakeholder, reason="not-me")


def test_stakeholders_without_a_living_contact_with_the_reason_and_their_public_pledges(cast, log_in):
    failing = make_stakeholder("Failing Aid")
    make_member(failing, address_failed_at=timezone.now())
    make_stakeholder("Silent Aid")
    make_pledge(failing, partners=(cast.ngo,))
    make_pledge(failing, published=False)
    page = log_in(cast.reviewer).get(STAKEHOLDERS, {"focal-points": "unreachable"})
    rows = page.context["cl"].result_list

    assert [(row.name, row.why_no_contact(row.at_now), row.published_pledges_now) for row in rows] == [
        ("Failing Aid", "address refused", 1),
        ("Silent Aid", "nobody is focal point", 0),
    ]
    assert "address refused" in page.content.decode()


def test_an_editor_marks_addresses(cast, log_in):
    client = log_in(cast.editor)
    for action in ("mark_addresses_failed", "mark_addresses_working"):
        assert act(client, PEOPLE, action, cast.focal_point) == ["1 account was changed."]
    assert [entry.verb for entry in history.of(cast.focal_point)] == ["address works", "address failed"]
    assert act(client, PEOPLE, "mark_addresses_failed", cast.superuser)[0].endswith("superusers only.")


def test_ending_the_last_role_says_that_nobody_is_left(cast, log_in):
    said = act(log_in(cast.editor), MEMBERSHIPS, "end_roles", cast.partner.memberships.get())

    assert said == [
        "Nobody is focal point of Partner Aid now. It stands in the list of requests about contacts.",
        "1 role ended.",
    ]
    assert ContactRequest.objects.get().reason == "nobody-left"


def test_the_list_opens_on_open_requests(cast, log_in):
    open_one, done = ask(cast.ngo, cast.focal_point), ask(cast.other, cast.stranger)
    client = log_in(cast.editor)
    assert act(client, REQUESTS, "done", done) == ["1 request is done."]
    assert act(client, f"{REQUESTS}?standing=all", "done", done) == ["0 requests are done."]
    lists = {
        standing: list(client.get(REQUESTS, {"standing": standing}).context["cl"].result_list)
        for standing in ("open", "done", "all")
    }

    assert list(client.get(REQUESTS).context["cl"].result_list) == [open_one]
    assert lists == {"open": [open_one], "done": [done], "all": [open_one, done]}
    assert client.get(f"{REQUESTS}{open_one.pk}/change/").status_code == 200


def test_reviewers_read_and_change_nothing(cast, log_in):
    request = ask(cast.ngo, cast.focal_point)
    client = log_in(cast.reviewer)

    assert list(client.get(REQUESTS).context["cl"].result_list) == [request]
    act(client, REQUESTS, "done", request)
    assert ContactRequest.objects.get().closed_at is None


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(cast, log_in, rows, django_assert_num_queries):
    for _number in range(rows):
        stakeholder = make_stakeholder()
        ask(stakeholder, make_member(stakeholder))
    client = log_in(cast.superuser)

    with django_assert_num_queries(6):
        page = client.get(REQUESTS)
    assert page.status_code == 200
