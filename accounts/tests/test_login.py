"""Logging in by a mailed code: who gets one, how it is used, and what a stranger learns (nothing)."""

import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.tests.factories import make_user
from foundation.models import OutgoingMail

pytestmark = pytest.mark.django_db
EMAIL = "ann@example.org"
NOW = datetime(2021, 5, 3, 9, tzinfo=UTC)
TOO_OLD = "This code is too old, or it was asked for in another browser."
SOON = "A new code is on its way. Only the newest one works."


@pytest.fixture
def ann():
    return make_user(EMAIL)


def ask(client, email=EMAIL, query=""):
    return client.post(f"/login/{query}", {"email": email})


def code_in_outbox():
    """The newest code, as long as it has not left."""
    text = OutgoingMail.objects.filter(purpose="login-code").order_by("-pk")[0].text
    return re.search(r"^[B-Z]{4}-[B-Z]{4}$", text, re.MULTILINE).group()


def type_code(client, code, query=""):
    return client.post(f"/login/code/{query}", {"code": code, "action": "verify"})


def test_the_code_from_the_mail_logs_in(client, ann):
    asked = ask(client)
    code = code_in_outbox()
    answer = type_code(client, code.lower().replace("-", " "))

    assert (asked.status_code, asked["Location"]) == (302, "/login/code/")
    assert (answer.status_code, answer["Location"]) == (302, "/welcome/")
    assert client.session["_auth_user_id"] == str(ann.pk)


def test_the_mail_goes_first_lasts_ten_minutes_and_is_erased_when_final(client, ann):
    ask(client)

    row = OutgoingMail.objects.get()
    assert (row.purpose, row.priority, row.sensitive, row.address) == ("login-code", 0, True, EMAIL)
    assert row.expires_at - row.not_before == timedelta(minutes=10)
    assert row.subject == "Your code for the HLOM portal"


def test_the_code_is_tried_right_after_the_commit_and_then_erased(client, ann, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        ask(client)

    assert [message.to for message in mail.outbox] == [[EMAIL]]
    assert OutgoingMail.objects.get().text == "—"


@pytest.mark.parametrize("typed", [" Ann@Example.ORG ", "ann@example.org\n"])
def test_the_address_may_be_typed_in_any_case(client, ann, typed):
    ask(client, typed)

    assert OutgoingMail.objects.get().address == EMAIL


def said(response, email):
    """What a stranger sees: status, headers and body, without what differs by itself."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode()).replace(email, "ADDRESS")
    headers = {name: value for name, value in response.headers.items() if name not in ("Content-Length", "Expires")}
    return response.status_code, headers, body


def test_unknown_closed_and_known_addresses_get_the_same_answer(ann):
    make_user("gone@example.org", is_active=False)
    answers = []
    for email in (EMAIL, "gone@example.org", "nobody@example.org"):
        browser = Client()
        pages = [ask(browser, email), browser.get("/login/code/"), type_code(browser, "WRNG-CODE")]
        answers.append([said(page, email) for page in pages])

    assert answers[0] == answers[1] == answers[2]
    assert [row.address for row in OutgoingMail.objects.all()] == [EMAIL]


def test_three_wrong_codes_end_the_attempt(client, ann):
    ask(client)
    code = code_in_outbox()
    pages = [type_code(client, "WRNG-CODE") for _number in range(3)]
    late = type_code(client, code)

    assert [page.status_code for page in pages] == [200, 200, 302]
    assert "2 tries are left" in pages[0].content.decode()
    assert "1 try is left" in pages[1].content.decode()
    assert late["Location"] == "/login/"
    assert "_auth_user_id" not in client.session


def test_a_code_works_for_ten_minutes(client, ann):
    with time_machine.travel(NOW, tick=False) as clock:
        ask(client)
        code = code_in_outbox()
        clock.move_to(NOW + timedelta(minutes=10, seconds=1))
        answer = client.post("/login/code/?next=/my/", {"code": code}, follow=True)

    assert answer.redirect_chain == [("/login/?next=%2Fmy%2F", 302)]
    assert TOO_OLD in answer.content.decode()


def test_a_code_works_to_the_last_second(client, ann):
    with time_machine.travel(NOW, tick=False) as clock:
        ask(client)
        clock.move_to(NOW + timedelta(minutes=10))
        answer = type_code(client, code_in_outbox())

    assert answer["Location"] == "/welcome/"


def test_another_browser_cannot_use_the_code(client, ann):
    ask(client)
    other = Client()
    answer = other.post("/login/code/", {"code": code_in_outbox()}, follow=True)

    assert answer.redirect_chain == [("/login/", 302)]
    assert TOO_OLD in answer.content.decode()


def test_a_code_of_another_person_does_not_log_in(client, ann):
    ask(client)
    code_of_ann = code_in_outbox()
    make_user("bob@example.org")
    browser = Client()
    ask(browser, "bob@example.org")

    assert type_code(browser, code_of_ann).status_code == 200
    assert "_auth_user_id" not in browser.session


def test_asking_again_sends_a_new_code_and_ends_the_old_one(client, ann):
    first = client.post("/login/", {"email": EMAIL}, follow=True)
    old = code_in_outbox()
    again = client.post("/login/", {"email": EMAIL}, follow=True)
    new = code_in_outbox()

    assert [SOON in page.content.decode() for page in (first, again)] == [False, True]
    assert type_code(client, old).status_code == 200
    assert type_code(client, new)["Location"] == "/welcome/"


def test_the_login_page_lets_people_correct_a_mistyped_address(client, ann):
    ask(client, "typo@example.org")

    assert client.get("/login/").status_code == 200
    assert ask(client)["Location"] == "/login/code/"
    assert type_code(client, code_in_outbox())["Location"] == "/welcome/"


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
def test_the_sixth_request_in_ten_minutes_is_refused_in_words(client, ann, email):
    pages = [ask(client, email) for _number in range(6)]

    assert [page.status_code for page in pages] == [302] * 5 + [429]
    assert pages[5]["Retry-After"] == "600"
    assert "Please wait ten minutes, then try again." in pages[5].content.decode()
    assert OutgoingMail.objects.count() == (5 if email == EMAIL else 0)


def test_the_limit_ends_after_ten_minutes(client, ann):
    with time_machine.travel(NOW, tick=False) as clock:
        for _number in range(6):
            ask(client)
        clock.move_to(NOW + timedelta(minutes=10, seconds=1))
        assert ask(client).status_code == 302


@pytest.mark.parametrize(
    "address",
    ["", "no address", "a@b", "a\x00@example.org", "x" * 250 + "@example.org", "a@example.org, b@example.org"],
)
def test_what_is_no_address_is_refused_in_words(client, address):
    answer = ask(client, address)

    assert answer.status_code == 200
    assert "invalid-feedback" in answer.content.decode()
    assert OutgoingMail.objects.count() == 0


@pytest.mark.parametrize("code", ["", "-", "X" * 1000, "\x00", "é" * 8, "١٢٣٤"])
def test_strange_codes_are_wrong_codes(client, ann, code):
    ask(client)
    answer = type_code(client, code)

    assert answer.status_code == 200
    assert "2 tries are left" in answer.content.decode()


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("/my/", "/my/"),
        ("//evil.example/", "/welcome/"),
        ("https://evil.example/", "/welcome/"),
        ("https://localhost/", "/welcome/"),
        ("javascript:alert(1)", "/welcome/"),
        ("/\\evil.example", "/welcome/"),
    ],
)
def test_next_leads_to_this_site_only(client, ann, wanted, got):
    client.post("/login/", {"email": EMAIL}, query_params={"next": wanted})
    answer = client.post("/login/code/", {"code": code_in_outbox()}, query_params={"next": wanted})

    assert answer["Location"] == got


def test_the_code_is_never_logged(client, ann, caplog):
    caplog.set_level(logging.DEBUG)
    ask(client)
    code = code_in_outbox()
    type_code(client, "WRNG-CODE")
    type_code(client, code)

    assert code not in caplog.text


def test_somebody_deactivated_after_asking_does_not_get_in(client, ann):
    ask(client)
    code = code_in_outbox()
    ann.is_active = False
    ann.save()
    answer = client.post("/login/code/", {"code": code}, follow=True)

    assert answer.redirect_chain == [("/login/inactive/", 302)]
    assert "_auth_user_id" not in client.session


def test_deactivating_ends_a_live_session_at_the_next_request(log_in, ann):
    client = log_in(ann)
    assert client.get("/logout/").status_code == 200

    ann.is_active = False
    ann.save()

    assert client.get("/logout/")["Location"] == "/"


def test_those_who_are_logged_in_need_no_login_page(log_in, ann):
    assert log_in(ann).get("/login/?next=/my/")["Location"] == "/my/"
    assert log_in(ann).get("/login/code/")["Location"] == "/welcome/"


def test_get_asks_and_post_logs_out(log_in, ann):
    client = log_in(ann)

    assert client.get("/logout/").status_code == 200
    assert client.post("/logout/")["Location"] == "/"
    assert client.get("/logout/")["Location"] == "/"


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("url", ["/login/", "/login/code/", "/logout/"])
def test_other_methods_are_refused(client, ann, method, url):
    ask(client)

    assert getattr(client, method)(url).status_code == 405


@pytest.mark.parametrize(
    "url",
    [
        "/signup/",
        "/accounts/signup/",
        "/login/signup/",
        "/password/reset/",
        "/password/set/",
        "/password/change/",
        "/account/password/reset/",
        "/email/",
        "/confirm-email/",
    ],
)
def test_there_is_no_page_for_signing_up_or_for_passwords(client, url):
    assert client.get(url).status_code == 404


@pytest.mark.parametrize(
    "name",
    ["account_signup", "account_set_password", "account_reset_password", "account_change_password", "account_email"],
)
def test_their_names_lead_nowhere(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)
