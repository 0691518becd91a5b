"""People in the administration, and that nobody can give themselves more rights there."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group

from accounts.models import Country, User
from accounts.roles import EDITORS, REVIEWERS
from accounts.tests.factories import make_user
from foundation import history
from foundation.models import OutgoingMail

pytestmark = pytest.mark.django_db
URL = "/admin/accounts/user/"
PERSON = {"name": "Ann Lee", "language": "en", "zone": "Africa/Nairobi"}
NO_ROLES = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
ALL_RIGHTS = {"is_staff": "on", "is_superuser": "on", "is_active": "on"}


def page_of(user):
    return f"{URL}{user.pk}/change/"


def save(client, user, **fields):
    return client.post(page_of(user), {"email": user.email, **PERSON, **NO_ROLES, **fields})


def act(client, action, *users):
    data = {"action": action, "_selected_action": [user.pk for user in users]}
    return client.post(URL, data, follow=True).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(cast, log_in, rows, django_assert_num_queries):
    for _number in range(rows):
        make_user()
    client = log_in(cast.superuser)

    with django_assert_num_queries(6):
        page = client.get(URL)
    assert page.status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_a_person_costs_the_same_however_many_roles_they_have(cast, log_in, rows, django_assert_num_queries):
    for _number in range(rows):
        cast.ngo.memberships.create(
            user=cast.stranger, role="reader", begins_at="2020-01-01T00:00Z", ends_at="2020-02-01T00:00Z"
        )
    client = log_in(cast.superuser)
    client.get(page_of(cast.stranger))  # the first page of a process learns its content types

    with django_assert_num_queries(7):
        client.get(page_of(cast.stranger))


@pytest.mark.parametrize(("query", "found"), [("focal@", ["focal@example.org"]), ("ann lee", ["ann@example.org"])])
def test_people_are_found_by_address_and_name(cast, log_in, query, found):
    make_user("ann@example.org", name="Ann Lee")
    page = log_in(cast.editor).get(URL, {"q": query})

    assert [user.email for user in page.context["cl"].result_list] == found


def test_an_editor_keeps_the_facts_of_a_focal_point(cast, log_in):
    answer = save(log_in(cast.editor), cast.focal_point, name="Ann\x0bLee")
    cast.focal_point.refresh_from_db()

    assert answer.status_code == 302
    assert (cast.focal_point.name, cast.focal_point.zone) == ("Ann Lee", "Africa/Nairobi")
    assert history.of(cast.focal_point).get().changes == {
        "name": ["–", "Ann Lee"],
        "zone": ["Europe/Zurich", "Africa/Nairobi"],
    }


def test_a_new_address_is_proven_and_the_old_one_told(cast, log_in):
    save(log_in(cast.editor), cast.focal_point, email="Moved@example.org", name="")
    cast.focal_point.refresh_from_db()

    assert cast.focal_point.email == "moved@example.org"
    assert EmailAddress.objects.get(user=cast.focal_point).email == "moved@example.org"
    assert OutgoingMail.objects.get(purpose="address-changed").address == "focal@example.org"


def test_an_address_that_is_taken_is_said_in_words(cast, log_in):
    page = save(log_in(cast.editor), cast.focal_point, email="Stranger@example.org")

    assert "Somebody with this e-mail address is already here." in page.content.decode()


@pytest.mark.parametrize(
    "fields",
    [{"email": ""}, {"zone": "Mars/Base"}, {"language": "x" * 99}, {"language": "fr"}, {"name": "x" * 500}],
)
def test_bad_input_is_said_in_words_and_saves_nothing(cast, log_in, fields):
    page = save(log_in(cast.editor), cast.focal_point, **fields)

    assert page.status_code == 200
    assert User.objects.get(pk=cast.focal_point.pk).zone == "Europe/Zurich"


# Rights


def test_an_editor_cannot_give_rights(cast, log_in):
    client = log_in(cast.editor)
    save(client, cast.focal_point, **ALL_RIGHTS, groups=[Group.objects.get(name=REVIEWERS).pk])
    cast.focal_point.refresh_from_db()

    assert (cast.focal_point.is_staff, cast.focal_point.is_superuser, cast.focal_point.groups.count()) == (
        False,
        False,
        0,
    )
    assert 'name="is_superuser"' not in client.get(page_of(cast.focal_point)).content.decode()


@pytest.mark.parametrize("who", ["editor", "reviewer", "superuser"])
def test_an_editor_cannot_change_staff_not_even_herself(cast, log_in, who):
    user = getattr(cast, who)
    answer = save(log_in(cast.editor), user, **ALL_RIGHTS, email="mine@example.org")
    again = User.objects.get(pk=user.pk)

    assert answer.status_code == 403
    assert (again.email, again.is_superuser) == (user.email, user.is_superuser)


def test_an_editor_adds_nobody(cast, log_in):
    client = log_in(cast.editor)
    answer = client.post(f"{URL}add/", {"email": "new@example.org", **PERSON, **ALL_RIGHTS})

    assert answer.status_code == 403
    assert not User.objects.filter(email="new@example.org").exists()


@pytest.mark.parametrize("who", ["reviewer", "superuser"])
def test_an_editor_cannot_close_the_accounts_of_staff(cast, log_in, who):
    page = act(log_in(cast.editor), "close_accounts", getattr(cast, who))

    assert "Accounts of staff are changed by superusers only." in page
    assert User.objects.get(pk=getattr(cast, who).pk).is_active


def test_an_editor_cannot_take_second_factors_away(cast, log_in):
    log_in(cast.superuser)
    act(log_in(cast.editor), "take_second_factors_away", cast.superuser)

    assert cast.superuser.authenticator_set.count() == 1


def test_a_reviewer_only_reads(cast, log_in):
    client = log_in(cast.reviewer)

    assert client.get(page_of(cast.focal_point)).status_code == 200
    assert save(client, cast.focal_point).status_code == 403
    assert act(client, "close_accounts", cast.focal_point)
    assert User.objects.get(pk=cast.focal_point.pk).is_active


def test_a_superuser_makes_staff_who_log_in_by_code(cast, log_in):
    groups = [Group.objects.get(name=EDITORS).pk]
    data = {"email": "New@example.org", **PERSON, "is_staff": "on", "groups": groups, **NO_ROLES}
    answer = log_in(cast.superuser).post(f"{URL}add/", data)
    new = User.objects.get(email="new@example.org")

    assert answer.status_code == 302
    assert (new.is_staff, new.is_superuser, new.has_usable_password()) == (True, False, False)
    assert [group.name for group in new.groups.all()] == [EDITORS]
    assert EmailAddress.objects.get(user=new).verified


def test_a_superuser_changes_rights(cast, log_in):
    save(
        log_in(cast.superuser),
        cast.reviewer,
        is_staff="on",
        groups=[Group.objects.get(name=EDITORS).pk],
        name="",
        zone="Europe/Zurich",
    )

    assert [group.name for group in cast.reviewer.groups.all()] == [EDITORS]
    assert history.of(cast.reviewer).get().changes == {"fields": "groups"}


# Actions


def test_accounts_are_closed_and_opened(cast, log_in):
    client = log_in(cast.editor)
    closed = act(client, "close_accounts", cast.focal_point, cast.reader)
    states = list(User.objects.filter(pk__in=[cast.focal_point.pk, cast.reader.pk]).values_list("is_active", flat=True))
    act(client, "open_accounts", cast.focal_point)

    assert "2 accounts were changed." in closed
    assert states == [False, False]
    assert User.objects.get(pk=cast.focal_point.pk).is_active


def test_a_superuser_cannot_close_her_own_account(cast, log_in):
    assert "You cannot close your own account." in act(log_in(cast.superuser), "close_accounts", cast.superuser)
    assert User.objects.get(pk=cast.superuser.pk).is_active


def test_a_lost_telephone(cast, log_in):
    locked_out = log_in(cast.editor)
    act(log_in(cast.superuser), "take_second_factors_away", cast.editor)

    assert cast.editor.authenticator_set.count() == 0
    assert locked_out.get("/admin/")["Location"].startswith("/account/second-factor/app/")
    assert OutgoingMail.objects.get(purpose="second-factor-deactivated").address == cast.editor.email


# What is not there


@pytest.mark.parametrize("page", ["account/emailaddress", "mfa/authenticator", "auth/group"])
def test_secrets_proofs_and_permissions_have_no_page(cast, log_in, page):
    assert log_in(cast.superuser).get(f"/admin/{page}/").status_code == 404


@pytest.mark.parametrize("model", ["user", "stakeholder", "membership", "invitation", "country"])
def test_nothing_is_deleted(cast, log_in, model):
    rows = {
        "user": cast.reader.pk,
        "stakeholder": cast.ngo.pk,
        "membership": cast.reader.memberships.get().pk,
        "invitation": cast.ngo.invitations.create(address="a@example.org", expires_at="2999-01-01T00:00Z").pk,
        "country": Country.objects.get(code="CH").pk,
    }
    client = log_in(cast.superuser)
    by_action = client.post(
        f"/admin/accounts/{model}/", {"action": "delete_selected", "_selected_action": [rows[model]], "post": "yes"}
    )

    assert client.post(f"/admin/accounts/{model}/{rows[model]}/delete/", {"post": "yes"}).status_code == 403
    assert by_action.status_code in (200, 302)
    assert client.get(f"/admin/accounts/{model}/{rows[model]}/change/").status_code == 200


def test_there_is_no_field_for_a_password(cast, log_in):
    client = log_in(cast.superuser)

    assert "password" not in client.get(page_of(cast.focal_point)).content.decode()
    assert client.get(f"{URL}{cast.focal_point.pk}/password/").status_code in (302, 404)
