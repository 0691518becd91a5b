"""The pages of logging in that only a state leads to, under the HTML checker."""

from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from accounts.tests.factories import make_stakeholder, make_user
from accounts.tests.test_login import EMAIL, ask, code_in_outbox, type_code
from accounts.tests.test_second_factor import BASE, pair
from accounts.workflow import invite, revoke_invitation
from hlom_portal.tests.html_checker import html_errors

pytestmark = [pytest.mark.java, pytest.mark.django_db]


def logged_in_pages(client):
    yield client.get("/logout/")
    yield client.get(BASE)
    yield client.get(f"{BASE}app/")
    yield client.post(f"{BASE}app/", {"code": "1"})
    pair(client)
    for page in ("", "app/remove/", "recovery-codes/", "recovery-codes/new/", "again/"):
        yield client.get(f"{BASE}{page}")


def login_pages(client):
    yield client.get("/login/")
    yield client.post("/login/", {"email": "no address"})
    yield client.get("/login/inactive/")
    ask(client)
    yield client.get("/login/code/")
    yield client.post("/login/code/", {"code": "1"})
    type_code(client, code_in_outbox())
    yield client.get(f"{BASE}login/")
    yield client.post(f"{BASE}login/", {})


def invitation_pages(client):
    now = timezone.now()
    invitations = [
        invite(at=now, actor=None, address=f"{number}@example.org", stakeholder=make_stakeholder(language="fr"))
        for number in range(3)
    ]
    yield client.get(f"/invitations/{invitations[0].uuid}/")
    client.post(f"/invitations/{invitations[1].uuid}/")
    yield client.get(f"/invitations/{invitations[1].uuid}/")
    revoke_invitation(at=now, actor=None, invitation=invitations[2])
    yield client.get(f"/invitations/{invitations[2].uuid}/")


def test_the_checker_finds_nothing(tmp_path: Path, log_in):
    person = make_user(EMAIL)
    answers = [
        *logged_in_pages(log_in(person, second_factor=False)),
        *login_pages(Client()),
        *invitation_pages(Client()),
    ]
    for number, answer in enumerate(answers):
        assert answer.status_code in (200, 410), answer
        (tmp_path / f"{number}.html").write_bytes(answer.content)

    assert len(answers) == 19
    assert html_errors(tmp_path) == []
