"""Every page of logging in: it is there, has one heading of the first order, labels, and nothing inline."""

import re

import pytest

from accounts.tests.factories import make_user
from accounts.tests.test_login import ask, code_in_outbox, type_code
from accounts.tests.test_second_factor import BASE, pair

pytestmark = pytest.mark.django_db


def assert_sound(response):
    page = response.content.decode()
    inputs = re.findall(r'<input(?![^>]*type="hidden")[^>]*id="([^"]+)"', page)

    assert response.status_code == 200
    assert page.count("<h1") == 1
    assert all(f'for="{name}"' in page for name in inputs)
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", page)
    return page


def test_log_in(client):
    page = assert_sound(client.get("/login/"))

    assert 'autocomplete="email"' in page
    assert "Focal points are invited" in page
    assert "mailto:hqgcr@unhcr.org" in page


def test_type_the_code(client):
    ask(client)
    page = assert_sound(client.get("/login/code/"))

    assert 'autocomplete="one-time-code"' in page


def test_inactive(client):
    assert_sound(client.get("/login/inactive/"))


def test_log_out(log_in):
    assert_sound(log_in(make_user()).get("/logout/"))


def test_second_step(client, log_in):
    ann = make_user("ann@example.org")
    pair(log_in(ann, second_factor=False))
    ask(client)
    type_code(client, code_in_outbox())
    page = assert_sound(client.get(f"{BASE}login/"))

    assert 'inputmode="numeric"' in page


def test_before_an_app_is_set_up(log_in):
    client = log_in(make_user(), second_factor=False)

    assert "Not set up" in assert_sound(client.get(BASE))
    assert_sound(client.get(f"{BASE}app/"))


@pytest.mark.parametrize("page", ["", "app/remove/", "recovery-codes/", "recovery-codes/new/", "again/"])
def test_once_it_is_set_up(log_in, page):
    client = log_in(make_user(), second_factor=False)
    pair(client)

    assert_sound(client.get(f"{BASE}{page}"))


def test_password_again(log_in):
    keeper = make_user(password="a long break-glass password")

    assert_sound(log_in(keeper, second_factor=False).get("/account/password/again/"))


def test_sent_too_often(log_in):
    client = log_in(make_user(), second_factor=False)
    pair(client)
    pages = [client.post(f"{BASE}again/", {"code": "1"}) for _number in range(11)]

    assert [page.status_code for page in pages] == [200] * 10 + [429]
    assert pages[10].content.decode().count("<h1") == 1
    assert "Please wait ten minutes" in pages[10].content.decode()
