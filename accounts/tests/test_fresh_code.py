"""Whoever lets somebody else report types a fresh code first."""

import time

import pytest

from accounts.models import Invitation
from foundation.models import OutgoingMail

pytestmark = pytest.mark.django_db

HOUR = 3600
PAGES = ["invite", "hand-over"]
FIELDS = {"address": "new@example.org", "name": "Ann Lee", "language": "en", "role": "reader", "when": "accepted"}
ASKS = "A fresh code first"


def url(cast, page):
    return f"/my/stakeholders/{cast.ngo.slug}/people/{page}/"


def grow_old(client, seconds):
    session = client.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [
        record | {"at": time.time() - seconds} if record["method"] == "code" else record for record in records
    ]
    session.save()


@pytest.mark.parametrize("page", PAGES)
def test_within_an_hour_of_the_code_nothing_is_asked(cast, log_in, page):
    client = log_in(cast.focal_point)
    grow_old(client, HOUR - 60)
    assert ASKS not in client.get(url(cast, page)).content.decode()
    assert client.post(url(cast, page), FIELDS).status_code == 302
    assert Invitation.objects.get().address == "new@example.org"


@pytest.mark.parametrize("page", PAGES)
def test_later_a_code_is_asked_for_and_leads_back(cast, log_in, page):
    client = log_in(cast.focal_point)
    grow_old(client, HOUR + 60)
    assert ASKS in client.get(url(cast, page)).content.decode()

    asked = client.post(url(cast, page), {"mail_code": "yes"})

    way_back = url(cast, page).replace("/", "%2F")
    assert (asked.status_code, asked["Location"]) == (302, f"/login/code/?next={way_back}")
    assert client.get(url(cast, page)).status_code == 302
    mail = OutgoingMail.objects.get(purpose="login-code")
    assert mail.address == cast.focal_point.email
    code = next(word for word in mail.text.split() if len(word) == 9 and word[4] == "-")
    typed = client.post(asked["Location"], {"code": code, "action": "verify"})
    assert (typed.status_code, typed["Location"]) == (302, url(cast, page))
    assert client.post(url(cast, page), FIELDS).status_code == 302
    assert Invitation.objects.get().invited_by == cast.focal_point


@pytest.mark.parametrize("page", PAGES)
def test_a_form_opened_in_time_can_be_sent_for_another_hour(cast, log_in, page):
    client = log_in(cast.focal_point)
    grow_old(client, 2 * HOUR - 60)
    assert client.post(url(cast, page), FIELDS).status_code == 302
    grow_old(client, 2 * HOUR + 60)
    late = client.post(url(cast, page), FIELDS | {"address": "late@example.org"})
    assert late.status_code == 403
    assert "Nothing was sent yet." in late.content.decode()
    assert list(Invitation.objects.values_list("address", flat=True)) == ["new@example.org"]


def test_a_session_without_any_code_is_stale(client, cast):
    client.force_login(cast.focal_point, backend="django.contrib.auth.backends.ModelBackend")
    assert ASKS in client.get(url(cast, "invite")).content.decode()


def test_the_code_of_another_person_in_the_same_session_counts_for_nothing(cast, log_in):
    client = log_in(cast.focal_point)
    session = client.session
    session["account_authentication_methods_user"] = str(cast.stranger.pk)
    session.save()
    assert ASKS in client.get(url(cast, "invite")).content.decode()


@pytest.mark.parametrize(("who", "status"), [("contributor", 403), ("stranger", 404), ("superuser", 404)])
def test_who_may_not_invite_learns_that_first(cast, log_in, who, status):
    client = log_in(getattr(cast, who))
    grow_old(client, 2 * HOUR + 60)
    assert client.post(url(cast, "invite"), {"mail_code": "yes"}).status_code == status
    assert not OutgoingMail.objects.exists()


def test_a_fresh_session_is_not_logged_out_by_the_button(cast, log_in):
    client = log_in(cast.focal_point)
    assert client.post(url(cast, "invite"), {"mail_code": "yes"}).status_code == 422
    assert not OutgoingMail.objects.exists()
