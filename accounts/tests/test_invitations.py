"""Inviting, accepting, and the page behind the link."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import Invitation, Membership, User
from accounts.tests.factories import make_member, make_membership, make_stakeholder, make_user
from accounts.tests.test_login import code_in_outbox, type_code
from accounts.workflow import accept_invitation, invite, revoke_invitation, send_invitation_again
from foundation import history
from foundation.models import OutgoingMail

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 5, 3, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=14)
ROLE = Membership.Role
EMAIL = "new@example.org"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ngo():
    return make_stakeholder("Example Relief")


def make_invitation(ngo, address=EMAIL, **fields):
    return invite(at=NOW, actor=None, address=address, stakeholder=ngo, **fields)


def url_of(invitation):
    return f"/invitations/{invitation.uuid}/"


def roles():
    rows = Membership.objects.order_by("pk")
    return [(row.user.email, row.role, row.ends_at) for row in rows]


# Inviting


def test_an_invitation_is_open_for_14_days_and_mailed(ngo):
    invitation = make_invitation(ngo, " New@Example.org ", name="Ann\x00 Lee")
    mail = OutgoingMail.objects.get(purpose="invitation")

    assert (invitation.address, invitation.name, invitation.expires_at) == (EMAIL, "Ann Lee", LATER)
    assert (mail.address, mail.expires_at, mail.priority) == (EMAIL, LATER, OutgoingMail.Priority.SOON)
    assert mail.subject == "Will you report on the pledges of Example Relief?"
    assert f"http://testserver/invitations/{invitation.uuid}/" in mail.text
    assert "Hello Ann Lee," in mail.text


def test_inviting_is_history(ngo):
    staff = make_user(is_staff=True)
    invite(at=NOW, actor=staff, address=EMAIL, stakeholder=ngo)
    entry = history.of(ngo).get()

    assert (entry.actor, entry.verb, entry.changes) == (staff, "invited", {"address": EMAIL, "role": "focal-point"})


def test_an_open_invitation_stands_in_the_way_of_another(ngo):
    make_invitation(ngo)

    with pytest.raises(ValidationError, match="has an open invitation"):
        make_invitation(ngo, "NEW@example.org")
    assert OutgoingMail.objects.count() == 1


def test_an_expired_one_makes_room(ngo):
    old = make_invitation(ngo)
    new = invite(at=LATER, actor=None, address=EMAIL, stakeholder=ngo)
    old.refresh_from_db()

    assert (old.revoked_at, new.expires_at) == (LATER, LATER + timedelta(days=14))


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@example.org,b@example.org", "x" * 250 + "@example.org", "a b@c.org"]
)
def test_what_is_no_address_is_refused(ngo, address):
    with pytest.raises(ValidationError):
        make_invitation(ngo, address)
    assert (Invitation.objects.count(), OutgoingMail.objects.count()) == (0, 0)


def test_control_characters_in_an_address_cannot_reach_a_header(ngo):
    with pytest.raises(ValidationError):
        make_invitation(ngo, "new@example.org\r\nBcc: all@example.org")


def test_a_closed_account_is_not_invited(ngo):
    make_user(EMAIL, is_active=False)

    with pytest.raises(ValidationError, match="closed"):
        make_invitation(ngo)


@pytest.mark.parametrize(
    ("held", "refused"), [(ROLE.FOCAL_POINT, True), (ROLE.CONTRIBUTOR, True), (ROLE.READER, False)]
)
def test_who_has_the_role_needs_no_invitation(ngo, held, refused):
    make_member(ngo, held, email=EMAIL)
    try:
        make_invitation(ngo, role=ROLE.CONTRIBUTOR)
    except ValidationError:
        assert refused
    else:
        assert not refused


def test_a_merged_stakeholder_invites_nobody(ngo):
    merged = make_stakeholder(merged_into=ngo)

    with pytest.raises(ValidationError, match="merged"):
        make_invitation(merged)


def test_sending_again_is_a_mail_of_its_own_and_two_more_weeks(ngo):
    invitation = make_invitation(ngo)
    for _number in range(2):
        send_invitation_again(at=LATER, actor=None, invitation=invitation)
    invitation.refresh_from_db()

    assert invitation.expires_at == LATER + timedelta(days=14)
    assert OutgoingMail.objects.filter(purpose="invitation", address=EMAIL).count() == 3


def test_what_was_accepted_or_revoked_is_not_sent_again(ngo):
    invitation = make_invitation(ngo)
    assert [revoke_invitation(at=NOW, actor=None, invitation=invitation) for _number in range(2)] == [True, False]

    with pytest.raises(ValidationError):
        send_invitation_again(at=NOW, actor=None, invitation=invitation)


# Accepting


def test_accepting_makes_a_person_who_can_log_in(ngo):
    accept_invitation(at=NOW, invitation=make_invitation(ngo, name="Ann Lee", language="fr"))
    user = User.objects.get(email=EMAIL)

    assert (user.name, user.language, user.has_usable_password(), user.is_staff) == ("Ann Lee", "fr", False, False)
    assert EmailAddress.objects.filter(user=user, email=EMAIL, verified=True, primary=True).count() == 1
    assert roles() == [(EMAIL, "focal-point", None)]


def test_accepting_twice_makes_one_role(ngo):
    invitation = make_invitation(ngo)
    people = {accept_invitation(at=NOW, invitation=invitation).pk for _number in range(2)}

    assert len(people) == 1
    assert roles() == [(EMAIL, "focal-point", None)]


def test_a_lesser_role_ends_in_favour_of_the_new_one(ngo):
    make_member(ngo, ROLE.READER, email=EMAIL)
    accept_invitation(at=NOW, invitation=make_invitation(ngo))

    assert roles() == [(EMAIL, "reader", NOW), (EMAIL, "focal-point", None)]


def test_a_higher_role_given_in_the_meantime_stays(ngo):
    invitation = make_invitation(ngo, role=ROLE.READER)
    make_member(ngo, ROLE.FOCAL_POINT, email=EMAIL)
    accept_invitation(at=NOW, invitation=invitation)

    assert roles() == [(EMAIL, "focal-point", None)]


def test_an_ended_role_can_begin_again(ngo):
    make_membership(make_user(EMAIL), ngo, ends_at=NOW - timedelta(days=1))
    accept_invitation(at=NOW, invitation=make_invitation(ngo))

    assert [ends_at for _email, _role, ends_at in roles()] == [NOW - timedelta(days=1), None]


def test_an_address_that_failed_is_trusted_again(ngo):
    make_user(EMAIL, address_failed_at=NOW)
    accept_invitation(at=NOW, invitation=make_invitation(ngo))

    assert User.objects.get(email=EMAIL).address_failed_at is None


def test_colleagues_and_the_mailbox_are_told(ngo):
    ngo.institutional_mailbox = "office@example.org"
    ngo.save()
    make_member(ngo, email="colleague@example.org")
    make_member(ngo, ROLE.READER, email="reader@example.org")
    make_member(make_stakeholder(), email="stranger@example.org")
    accept_invitation(at=NOW, invitation=make_invitation(ngo, name="Ann Lee"))
    told = OutgoingMail.objects.filter(purpose="member-joined").order_by("address")

    assert [mail.address for mail in told] == ["colleague@example.org", "office@example.org"]
    assert told[0].subject == "Ann Lee <new@example.org> now has a role for Example Relief"


@pytest.mark.parametrize("at", [LATER, LATER + timedelta(days=1)])
def test_an_expired_invitation_cannot_be_accepted(ngo, at):
    with pytest.raises(ValidationError, match="over"):
        accept_invitation(at=at, invitation=make_invitation(ngo))
    assert User.objects.count() == 0


def at_once(number, work):
    barrier = Barrier(number)

    def run(index):
        try:
            barrier.wait(timeout=10)
            return work(index)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_accepting_at_once_makes_one_role(ngo):
    invitation = make_invitation(ngo)
    people = at_once(4, lambda _index: accept_invitation(at=NOW, invitation=invitation).pk)

    assert len(set(people)) == 1
    assert roles() == [(EMAIL, "focal-point", None)]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_invitations_of_a_new_person_accepted_at_once_make_one_person(ngo):
    invitations = [make_invitation(ngo), make_invitation(make_stakeholder())]
    people = at_once(2, lambda index: accept_invitation(at=NOW, invitation=invitations[index]).pk)

    assert len(set(people)) == 1
    assert Membership.objects.count() == 2


# The page


def test_the_page_says_who_is_asked_for_what_and_changes_nothing(client, ngo):
    invitation = make_invitation(ngo)
    page = client.get(url_of(invitation))
    text = page.content.decode()

    assert page.status_code == 200
    assert text.count("<h1") == 1
    assert "Report for Example Relief" in text
    assert "Focal point: submits, confirms, invites, gets reminders" in text
    assert EMAIL in text
    assert User.objects.count() == 0


def test_accepting_leads_to_the_code_and_the_code_to_the_pledges(client, ngo):
    invitation = make_invitation(ngo)
    answer = client.post(url_of(invitation))
    logged_in = type_code(client, code_in_outbox())

    assert (answer.status_code, answer["Location"]) == (302, "/login/code/")
    assert logged_in["Location"] == "/welcome/"
    assert client.session["_auth_user_id"] == str(User.objects.get(email=EMAIL).pk)


def test_posting_twice_sends_one_code_and_then_says_log_in(client, ngo):
    invitation = make_invitation(ngo)
    client.post(url_of(invitation))
    again = client.post(url_of(invitation))

    assert again.status_code == 200
    assert "This invitation was accepted" in again.content.decode()
    assert EMAIL not in again.content.decode()
    assert OutgoingMail.objects.filter(purpose="login-code").count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_invitation_that_is_over_says_what_to_do(client, ngo, method):
    expired, revoked = make_invitation(ngo), make_invitation(ngo, "other@example.org")
    Invitation.objects.filter(pk=expired.pk).update(created_at=NOW - timedelta(days=20), expires_at=NOW)
    revoke_invitation(at=NOW, actor=None, invitation=revoked)
    pages = [getattr(client, method)(url_of(invitation)) for invitation in (expired, revoked)]

    assert [page.status_code for page in pages] == [410, 410]
    assert "It was open for 14 days." in pages[0].content.decode()
    assert "mailto:hqgcr@unhcr.org" in pages[1].content.decode()
    assert roles() == []


@pytest.mark.parametrize(
    "path", ["/invitations/00000000-0000-4000-8000-000000000000/", "/invitations/1/", "/invitations/'/"]
)
def test_an_unknown_one_is_not_there(client, path):
    assert client.get(path).status_code == 404


def test_a_closed_account_is_told_so(client, ngo):
    invitation = make_invitation(ngo)
    make_user(EMAIL, is_active=False)
    page = client.post(url_of(invitation))

    assert page.status_code == 409
    assert "Your account was closed." in page.content.decode()
    assert roles() == []


def test_who_is_logged_in_already_needs_no_code(log_in, ngo):
    user = make_user(EMAIL)
    answer = log_in(user).post(url_of(make_invitation(ngo)))

    assert answer["Location"] == "/welcome/"
    assert OutgoingMail.objects.filter(purpose="login-code").count() == 0


def test_somebody_else_who_is_logged_in_is_warned_and_then_logged_out(log_in, ngo):
    invitation = make_invitation(ngo)
    client = log_in(make_user("other@example.org"))
    page = client.get(url_of(invitation)).content.decode()
    client.post(url_of(invitation))

    assert "You are logged in as other@example.org." in page
    assert "_auth_user_id" not in client.session
    assert roles() == [(EMAIL, "focal-point", None)]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client, ngo, method):
    assert getattr(client, method)(url_of(make_invitation(ngo))).status_code == 405


def test_the_page_is_one_query_however_many_there_are(client, ngo, django_assert_num_queries):
    invitation = make_invitation(ngo)
    make_invitation(ngo, "other@example.org")

    with django_assert_num_queries(1):
        client.get(url_of(invitation))
