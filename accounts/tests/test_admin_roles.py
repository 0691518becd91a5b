"""Roles, invitations and countries in the administration."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Invitation, Membership
from accounts.tests.factories import make_member, make_stakeholder, make_user
from accounts.workflow import invite
from foundation.models import OutgoingMail

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 5, 3, 9, tzinfo=UTC)
ROLES, INVITATIONS = "/admin/accounts/membership/", "/admin/accounts/invitation/"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def act(client, url, action, *rows):
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(url, data, follow=True).content.decode()


def make_invitation(ngo, number=0, **fields):
    return invite(at=NOW, actor=None, address=f"new-{number}@example.org", stakeholder=ngo, **fields)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_roles_costs_the_same_however_long_it_is(log_in, rows, django_assert_num_queries):
    for _number in range(rows):
        make_member(make_stakeholder())
    client = log_in(make_user(is_staff=True, is_superuser=True))

    with django_assert_num_queries(6):
        page = client.get(ROLES)
    assert page.status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_invitations_costs_the_same_however_long_it_is(log_in, rows, django_assert_num_queries):
    staff = make_user(is_staff=True, is_superuser=True)
    for number in range(rows):
        invite(at=NOW, actor=staff, address=f"{number}@example.org", stakeholder=make_stakeholder())
    client = log_in(staff)

    with django_assert_num_queries(6):
        page = client.get(INVITATIONS)
    assert page.status_code == 200


def test_an_editor_gives_a_role(cast, log_in):
    answer = log_in(cast.editor).post(
        f"{ROLES}add/", {"user": cast.stranger.pk, "stakeholder": cast.ngo.pk, "role": "reader"}
    )
    given = Membership.objects.get(user=cast.stranger, stakeholder=cast.ngo)

    assert answer.status_code == 302
    assert (given.role, given.begins_at, given.ends_at) == ("reader", NOW, None)
    assert OutgoingMail.objects.filter(purpose="member-joined").count() == 2


def test_a_higher_role_takes_the_place_of_a_lesser_one(cast, log_in):
    log_in(cast.editor).post(
        f"{ROLES}add/", {"user": cast.reader.pk, "stakeholder": cast.ngo.pk, "role": "focal-point"}
    )

    assert set(cast.reader.memberships.values_list("role", "ends_at")) == {("reader", NOW), ("focal-point", None)}


@pytest.mark.parametrize("case", ["lesser role", "closed account", "merged", "no person", "no such role"])
def test_what_cannot_be_given_is_said_in_words(cast, log_in, case):
    closed, merged = make_user(is_active=False), make_stakeholder(merged_into=cast.ngo)
    data = {"user": cast.focal_point.pk, "stakeholder": cast.ngo.pk, "role": "reader"}
    data |= {
        "closed account": {"user": closed.pk},
        "merged": {"stakeholder": merged.pk},
        "no person": {"user": ""},
        "no such role": {"role": "king"},
    }.get(case, {})
    before = Membership.objects.count()
    page = log_in(cast.editor).post(f"{ROLES}add/", data)

    assert page.status_code == 200
    assert "errornote" in page.content.decode()
    assert Membership.objects.count() == before


def test_roles_end_once(cast, log_in):
    membership = cast.reader.memberships.get()
    client = log_in(cast.editor)
    pages = [act(client, ROLES, "end_roles", membership) for _number in range(2)]
    membership.refresh_from_db()

    assert ["1 role ended." in pages[0], "0 roles ended." in pages[1]] == [True, True]
    assert membership.ends_at == NOW


def test_a_role_is_not_edited(cast, log_in):
    membership = cast.reader.memberships.get()
    answer = log_in(cast.superuser).post(f"{ROLES}{membership.pk}/change/", {"role": "focal-point"})

    assert answer.status_code == 403


def test_roles_are_filtered_by_whether_they_hold(cast, log_in):
    client = log_in(cast.editor)
    act(client, ROLES, "end_roles", cast.reader.memberships.get())
    ended = client.get(ROLES, {"open": "no"}).context["cl"].result_list
    holding = client.get(ROLES, {"open": "yes"}).context["cl"].result_list

    assert [row.user for row in ended] == [cast.reader]
    assert len(holding) == 5


def test_the_list_says_how_each_invitation_stands(cast, log_in):
    rows = [make_invitation(cast.ngo, number) for number in range(4)]
    rows[1].accepted_at = rows[2].revoked_at = NOW
    rows[3].created_at, rows[3].expires_at = NOW - timedelta(days=20), NOW
    for row in rows:
        row.save()
    page = log_in(cast.editor).get(INVITATIONS)

    assert {row.address: row.standing_now for row in page.context["cl"].result_list} == {
        "new-0@example.org": "open",
        "new-1@example.org": "accepted",
        "new-2@example.org": "revoked",
        "new-3@example.org": "expired",
    }


def test_an_editor_takes_back_and_sends_again(cast, log_in):
    kept, gone = make_invitation(cast.ngo), make_invitation(cast.ngo, 1)
    client = log_in(cast.editor)
    act(client, INVITATIONS, "revoke", gone)
    page = act(client, INVITATIONS, "send_again", kept, gone)
    gone.refresh_from_db()

    assert gone.revoked_at == NOW
    assert "Done for 1 invitation." in page
    assert "was accepted or revoked" in page
    assert OutgoingMail.objects.filter(purpose="invitation", address=kept.address).count() == 2


def test_the_link_of_an_invitation_is_not_shown(cast, log_in):
    invitation = make_invitation(cast.ngo)
    client = log_in(cast.superuser)
    pages = [client.get(url).content.decode() for url in (INVITATIONS, f"{INVITATIONS}{invitation.pk}/change/")]

    assert [str(invitation.uuid) in page for page in pages] == [False, False]


def test_a_reviewer_only_reads(cast, log_in):
    invitation, membership = make_invitation(cast.ngo), cast.reader.memberships.get()
    client = log_in(cast.reviewer)
    act(client, INVITATIONS, "revoke", invitation)
    act(client, ROLES, "end_roles", membership)

    assert client.get(f"{ROLES}add/").status_code == 403
    assert Invitation.objects.get().revoked_at is None
    assert Membership.objects.get(pk=membership.pk).ends_at is None


def test_countries_are_read(cast, log_in, django_assert_num_queries):
    client = log_in(cast.superuser)
    with django_assert_num_queries(7):
        page = client.get("/admin/accounts/country/")

    assert page.status_code == 200
    assert client.get("/admin/accounts/country/add/").status_code == 403
