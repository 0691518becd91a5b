"""Setting up, showing and taking away the second factor."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value

from accounts.models import User
from accounts.tests.factories import make_user
from accounts.tests.test_login import ask, code_in_outbox, type_code
from foundation.models import OutgoingMail

pytestmark = pytest.mark.django_db
EMAIL = "ann@example.org"
BASE = "/account/second-factor/"
NOW = datetime(2021, 5, 3, 9, tzinfo=UTC)


@pytest.fixture
def ann():
    return make_user(EMAIL, is_staff=True, is_superuser=True)


def app_shows(secret, *, later=0):
    """What the authenticator app shows now, or some half minutes later."""
    moment = datetime.now(tz=UTC) + timedelta(seconds=30 * later)
    return format_hotp_value(hotp_value(secret, int(moment.timestamp()) // 30))


def pair(client, query=""):
    """Sets the app up; the secret."""
    page = client.get(f"{BASE}app/{query}").content.decode()
    secret = re.search(r'<code class="secret">(\w+)</code>', page).group(1)
    answer = client.post(f"{BASE}app/{query}", {"code": app_shows(secret)})
    return secret, answer


def test_a_new_member_of_staff_goes_from_the_mail_to_the_administration(client, ann):
    ask(client, EMAIL, "?next=/admin/accounts/")
    first = type_code(client, code_in_outbox(), "?next=/admin/accounts/")
    asked = client.get(first["Location"])
    _secret, paired = pair(client, "?next=/admin/accounts/")
    codes = client.get(paired["Location"])

    assert asked["Location"] == f"{BASE}app/?next=%2Fadmin%2Faccounts%2F"
    assert paired["Location"] == f"{BASE}recovery-codes/?next=%2Fadmin%2Faccounts%2F"
    assert 'href="/admin/accounts/"' in codes.content.decode()
    assert client.get("/admin/").status_code == 200


def test_the_second_step_of_logging_in(client, ann, log_in):
    secret, _answer = pair(log_in(ann, second_factor=False))
    ask(client, EMAIL)
    asked = type_code(client, code_in_outbox())
    before = client.get("/admin/")
    passed = client.post(asked["Location"], {"code": app_shows(secret)})

    assert asked["Location"] == f"{BASE}login/"
    assert before["Location"] == "/login/?next=%2Fadmin%2F"
    assert passed["Location"] == "/welcome/"
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("code", ["000000", "", "x" * 1000, "\x00", "١٢٣٤٥٦"])
def test_wrong_codes_do_not_pass_the_second_step(client, ann, log_in, code):
    secret, _answer = pair(log_in(ann, second_factor=False))
    ask(client, EMAIL)
    type_code(client, code_in_outbox())
    answer = client.post(f"{BASE}login/", {"code": code} if app_shows(secret) != code else {})

    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_form_without_any_code_is_an_empty_one(client, ann, log_in):
    pair(log_in(ann, second_factor=False))
    ask(client, EMAIL)
    type_code(client, code_in_outbox())
    answer = client.post(f"{BASE}login/", {})

    assert answer.status_code == 200
    assert "invalid-feedback" in answer.content.decode()


def test_the_sixth_wrong_code_says_when_to_try_again(client, ann, log_in):
    pair(log_in(ann, second_factor=False))
    ask(client, EMAIL)
    type_code(client, code_in_outbox())
    pages = [client.post(f"{BASE}login/", {"code": "000000"}).content.decode() for _number in range(6)]

    assert "Please wait ten minutes" not in pages[4]
    assert "Please wait ten minutes" in pages[5]


def test_a_code_of_the_app_works_once(ann, log_in):
    with time_machine.travel(NOW, tick=False):
        secret, _answer = pair(log_in(ann, second_factor=False))
        clients = [log_in(ann, second_factor=False) for _number in range(2)]
        answers = [client.post(f"{BASE}again/?next=/admin/", {"code": app_shows(secret)}) for client in clients]

    assert [answer.status_code for answer in answers] == [302, 200]


def test_showing_it_again_leads_to_where_the_person_wanted_to_go(ann, log_in):
    secret, _answer = pair(log_in(ann, second_factor=False))
    client = log_in(ann, second_factor=False)
    answer = client.post(f"{BASE}again/?next=/admin/accounts/", {"code": app_shows(secret)})

    assert answer["Location"] == "/admin/accounts/"
    assert client.get("/admin/").status_code == 200


def test_it_never_leads_to_another_site(ann, log_in):
    secret, _answer = pair(log_in(ann, second_factor=False))
    client = log_in(ann, second_factor=False)
    answer = client.post(f"{BASE}again/?next=https://evil.example/", {"code": app_shows(secret)})

    assert answer["Location"] == "/welcome/"


def test_a_recovery_code_works_once(client, ann, log_in):
    TOTP.activate(ann, generate_totp_secret())
    code = RecoveryCodes.activate(ann).generate_codes()[0]
    answers = []
    for _number in range(2):
        browser = log_in(ann, second_factor=False)
        answers.append(browser.post(f"{BASE}again/?next=/admin/", {"code": code}).status_code)

    assert answers == [302, 200]


def test_people_are_told_by_mail(ann, log_in, django_capture_on_commit_callbacks):
    client = log_in(ann, second_factor=False)
    with django_capture_on_commit_callbacks(execute=True):
        pair(client)
    client.post(f"{BASE}recovery-codes/new/")
    client.post(f"{BASE}app/remove/")

    rows = OutgoingMail.objects.filter(address=EMAIL).order_by("pk")
    assert {row.purpose for row in rows} >= {"second-factor-activated", "second-factor-deactivated"}
    assert not any(row.sensitive for row in rows)


def test_a_superuser_from_the_command_line_sets_it_up_and_is_told(client, django_capture_on_commit_callbacks):
    User.objects.create_superuser(EMAIL)
    ask(client, EMAIL)
    logged_in = type_code(client, code_in_outbox())
    with django_capture_on_commit_callbacks(execute=True):
        _secret, paired = pair(client)

    assert logged_in["Location"] == "/welcome/"
    assert paired["Location"] == f"{BASE}recovery-codes/"
    assert OutgoingMail.objects.get(purpose="second-factor-activated").address == EMAIL


def test_the_secret_changes_with_every_visit_and_stands_beside_the_picture(ann, log_in):
    client = log_in(ann, second_factor=False)
    pages = [client.get(f"{BASE}app/").content.decode() for _number in range(2)]
    secrets = [re.search(r'<code class="secret">(\w+)</code>', page).group(1) for page in pages]

    assert secrets[0] != secrets[1]
    assert 'src="data:image/svg+xml;base64,' in pages[0]


def test_the_codes_can_be_downloaded(ann, log_in):
    client = log_in(ann, second_factor=False)
    pair(client)
    answer = client.get(f"{BASE}recovery-codes/download/")

    assert answer["Content-Type"] == "text/plain"
    assert len(answer.content.decode().split()) == 10


@pytest.mark.parametrize("page", ["", "app/", "app/remove/", "again/", "recovery-codes/", "recovery-codes/new/"])
def test_the_public_is_sent_to_the_login_page(client, page):
    answer = client.get(f"{BASE}{page}")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/?next=")


@pytest.mark.parametrize("page", ["app/remove/", "recovery-codes/", "recovery-codes/download/"])
def test_there_is_nothing_to_see_without_an_app(ann, log_in, page):
    assert log_in(ann, second_factor=False).get(f"{BASE}{page}").status_code == 404


def test_a_holder_of_a_password_types_it_before_the_app_is_set_up(log_in):
    keeper = make_user("keeper@example.org", password="a long break-glass password", is_staff=True)
    client = log_in(keeper, second_factor=False)
    asked = client.get(f"{BASE}app/")
    wrong = client.post(asked["Location"], {"password": "x"})
    right = client.post(asked["Location"], {"password": "a long break-glass password"})

    assert asked["Location"] == "/account/password/again/?next=%2Faccount%2Fsecond-factor%2Fapp%2F"
    assert (wrong.status_code, right["Location"]) == (200, f"{BASE}app/")


def test_those_without_a_password_are_not_asked_for_one(ann, log_in):
    assert log_in(ann, second_factor=False).get("/account/password/again/").status_code == 403
