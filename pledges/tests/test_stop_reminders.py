"""The link that stops reminders."""

import re
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.signing import Signer
from django.test import Client
from django.utils import timezone

from foundation import history, outbox
from foundation.models import OutgoingMail
from pledges import reminders, stop_link
from pledges.reminders import Why
from pledges.tests.factories import make_usual_rules, make_window

OPENING = datetime(2021, 10, 1, 9, tzinfo=ZoneInfo("Europe/Zurich"))

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(cast):
    return stop_link.address_for(cast.focal_point).removeprefix("http://testserver")


def stopped(user):
    user.refresh_from_db()
    return user.reminders_stopped_at


def verbs(user):
    return [entry.verb for entry in history.of(user)]


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(cast, client, address, method):
    response = getattr(client, method)(address)
    assert (response.status_code, stopped(cast.focal_point)) == (200, None)
    assert "no-store" in response["Cache-Control"]


def test_the_page_offers_a_button(client, address):
    assert "Send me no more reminders" in client.get(address).content.decode()


def test_a_mail_program_stops_them_with_one_click_and_without_our_token(cast, address):
    client = Client(enforce_csrf_checks=True)
    response = client.post(address, {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert "We send you no more reminders" in response.content.decode()
    assert stopped(cast.focal_point) is not None


def test_one_click_leaves_codes_to_log_in_alone(cast, client, mailoutbox, address):
    Client(enforce_csrf_checks=True).post(address, {"List-Unsubscribe": "One-Click"})
    client.post("/login/", {"email": cast.focal_point.email})
    outbox.drain(at=timezone.now())
    [mail] = OutgoingMail.objects.filter(purpose="login-code")
    assert (stopped(cast.focal_point) is not None, mail.state) == (True, OutgoingMail.State.SENT)
    assert [message.to for message in mailoutbox] == [[cast.focal_point.email]]
    code = re.search(r"^[B-Z]{4}-[B-Z]{4}$", mailoutbox[0].body, re.MULTILINE).group()
    client.post("/login/code/", {"code": code, "action": "verify"})
    assert client.get("/my/").status_code == 200


def test_twice_keeps_the_first_moment(cast, client, address):
    client.post(address)
    first = stopped(cast.focal_point)
    client.post(address)
    assert stopped(cast.focal_point) == first
    assert verbs(cast.focal_point) == ["reminders.stopped"]


def test_the_same_page_starts_them_again(cast, client, address):
    client.post(address)
    assert "Start reminders again" in client.get(address).content.decode()
    response = client.post(address, {"action": "resume"})
    assert "You get reminders again." in response.content.decode()
    assert stopped(cast.focal_point) is None
    assert verbs(cast.focal_point) == ["reminders.resumed", "reminders.stopped"]


def test_it_stops_reminders_of_this_person_only(cast, client, address):
    make_usual_rules(make_window())
    client.post(address)
    assert {case.address: case.why for case in reminders.look(OPENING)} == {
        cast.focal_point.email: Why.STOPPED,
        cast.colleague.email: Why.MAIL,
    }


def test_another_person_who_is_logged_in_changes_the_one_of_the_link(cast, log_in, address):
    log_in(cast.stranger).post(address)
    assert stopped(cast.focal_point) is not None
    assert stopped(cast.stranger) is None


def test_a_person_who_was_switched_off_can_still_stop_them(cast, client, address):
    cast.focal_point.is_active = False
    cast.focal_point.save()
    client.post(address)
    assert stopped(cast.focal_point) is not None


def bad_tokens(user):
    hexed = user.uuid.hex
    return [
        "x",
        hexed,
        f"{hexed}.",
        f"{hexed}.AAAA",
        f"{uuid4().hex}.{stop_link.token_for(user).split('.')[1]}",
        Signer(sep=".", salt="another").sign(hexed),
        stop_link._signer.sign("no uuid"),
        stop_link._signer.sign(uuid4().hex),
        "%00",
        "é" * 3000,
    ]


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_token_that_we_did_not_make_finds_nothing(cast, client, number, method):
    token = bad_tokens(cast.focal_point)[number]
    assert getattr(client, method)(f"/reminders/stop/{token}/").status_code == 404
    assert stopped(cast.focal_point) is None


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client, address, method):
    assert getattr(client, method)(address).status_code == 405


def test_the_name_of_the_person_is_not_on_the_page(cast, client, address):
    assert cast.focal_point.email not in client.get(address).content.decode()


def test_stopping_later_changes_nothing_that_was_stopped(cast):
    stop_link.stop(at=OPENING, user=cast.focal_point)
    stop_link.stop(at=OPENING + timedelta(days=1), user=cast.focal_point)
    assert stopped(cast.focal_point) == OPENING
