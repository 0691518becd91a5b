"""Who may open the administration: staff who have shown a second factor, and nobody else."""

import pytest
from django.contrib.admin.sites import site
from django.test import Client
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db
SETTLED = {"next": "/admin/"}
# One address of each class: the start, a list, a row, a form, history, search boxes, scripts, what is not there.
ADMIN_URLS = [
    "/admin/",
    "/admin/accounts/user/",
    "/admin/accounts/user/1/change/",
    "/admin/accounts/user/1/history/",
    "/admin/accounts/user/add/",
    "/admin/autocomplete/",
    "/admin/jsi18n/",
    "/admin/accounts/",
    "/admin/password_change/",
    "/admin/r/1/1/",
    "/admin/nothing/here/",
    "/admin/logout/",
]


def test_every_page_of_the_administration_is_guarded():
    """The middleware looks at the app's name that stands behind every address of the site."""
    patterns, app_name, _namespace = site.urls

    assert app_name == "admin"
    assert len(patterns) > 10


@pytest.mark.parametrize("url", ADMIN_URLS)
def test_the_public_is_sent_to_the_login_page(client, url):
    assert client.get(url, query_params={"p": "1"})["Location"] == f"/login/?next={url.replace('/', '%2F')}%3Fp%3D1"


@pytest.mark.parametrize("url", [*ADMIN_URLS, "/admin/login/"])
def test_focal_points_are_told_that_it_is_for_staff(cast, log_in, url):
    answer = log_in(cast.focal_point).get(url)

    assert answer.status_code == 403
    assert "The administration is for staff." in answer.content.decode()


@pytest.mark.parametrize("url", ADMIN_URLS)
def test_staff_without_a_second_factor_set_one_up_first(cast, log_in, url):
    answer = log_in(cast.editor, second_factor=False).get(url)

    assert answer["Location"] == f"/account/second-factor/app/?next={url.replace('/', '%2F')}"


def test_a_form_that_is_sent_without_a_second_factor_changes_nothing(cast, log_in):
    client = log_in(cast.superuser, second_factor=False)
    answer = client.post(f"/admin/accounts/user/{cast.editor.pk}/change/", {"is_superuser": "on"})

    assert answer.status_code == 302
    assert not User.objects.get(pk=cast.editor.pk).is_superuser


@pytest.mark.parametrize("url", ADMIN_URLS)
def test_staff_who_have_not_shown_it_in_this_session_show_it_first(cast, log_in, url):
    log_in(cast.editor)
    elsewhere = log_in(cast.editor, second_factor=False)

    assert elsewhere.get(url)["Location"] == f"/account/second-factor/again/?next={url.replace('/', '%2F')}"


def test_a_record_of_somebody_else_counts_for_nothing(cast, log_in):
    log_in(cast.editor)
    client = log_in(cast.editor, second_factor=False)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 1, "type": "totp"}]
    session["account_authentication_methods_user"] = str(cast.superuser.pk)
    session.save()

    assert client.get("/admin/")["Location"].startswith("/account/second-factor/again/")


def test_taking_the_app_away_closes_the_administration(cast, log_in):
    client = log_in(cast.editor)
    assert client.get("/admin/").status_code == 200

    cast.editor.authenticator_set.all().delete()

    assert client.get("/admin/")["Location"] == "/account/second-factor/app/?next=%2Fadmin%2F"


def test_the_quick_starts_samples_may_go_without(cast, log_in, settings):
    settings.STAFF_WITHOUT_SECOND_FACTOR = [cast.editor.email, cast.focal_point.email]

    assert log_in(cast.editor, second_factor=False).get("/admin/").status_code == 200
    assert log_in(cast.reviewer, second_factor=False).get("/admin/").status_code == 302
    assert log_in(cast.focal_point, second_factor=False).get("/admin/").status_code == 403


def test_no_sample_goes_without_unless_the_settings_say_so(settings):
    assert settings.STAFF_WITHOUT_SECOND_FACTOR == []


def test_the_administrations_own_login_page_leads_to_the_one_login_page(client):
    assert client.get("/admin/login/?next=/admin/accounts/")["Location"] == "/login/?next=%2Fadmin%2Faccounts%2F"


def test_there_is_no_password_to_change(cast, log_in):
    client = log_in(cast.superuser)

    assert client.get("/admin/password_change/").status_code == 404
    assert client.get("/admin/password_change/done/").status_code == 404


def test_another_language_leads_to_the_same_guard(settings, cast, log_in):
    settings.LANGUAGES = [("en", "English"), ("fr", "French")]
    client: Client = log_in(cast.editor, second_factor=False)

    assert client.get("/fr/admin/")["Location"] == "/fr/account/second-factor/app/?next=%2Ffr%2Fadmin%2F"


def test_other_pages_are_not_touched(client):
    assert client.get(reverse("home")).status_code == 200
