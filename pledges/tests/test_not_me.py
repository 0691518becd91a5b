"""“I am no longer the focal point”, by the link in a reminder."""

from datetime import UTC, datetime

import pytest
from django.core.signing import Signer
from django.test import Client

from accounts.models import ContactRequest, Membership
from accounts.tests.factories import make_stakeholder
from foundation.models import HistoryEntry, OutgoingMail
from pledges import not_me, stop_link

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(AT, tick=False)


@pytest.fixture
def address(cast):
    return f"/reminders/not-me/{not_me.token_for(cast.focal_point)}/"


def requests():
    return [(row.user.email, row.stakeholder.name, row.reason, row.words) for row in ContactRequest.objects.all()]


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_changes_nothing(cast, client, address, method):
    """Mail scanners open links."""
    getattr(client, method)(address)
    assert (requests(), OutgoingMail.objects.count(), HistoryEntry.objects.count()) == ([], 0, 0)


def test_it_asks_staff_and_changes_nothing_else(cast, client, address):
    response = client.post(address, {"stakeholders": [cast.ngo.slug], "words": "Ask\x0b Ben"}, follow=True)
    assert "You have told us" in response.content.decode()
    assert requests() == [("focal@example.org", "Example Relief", "not-me", "Ask Ben")]
    assert Membership.objects.get(user=cast.focal_point).ends_at is None
    cast.focal_point.refresh_from_db()
    assert cast.focal_point.reminders_stopped_at is None
    assert [mail.purpose for mail in OutgoingMail.objects.all()] == ["contact-request"]


def test_twice_asks_once(cast, client, address):
    for _time in range(2):
        client.post(address, {"stakeholders": [cast.ngo.slug]})
    assert len(requests()) == 1
    assert OutgoingMail.objects.count() == 1


def test_of_several_only_what_was_ticked_is_asked(cast, client, address):
    second = make_stakeholder("Second Relief")
    Membership.objects.create(user=cast.focal_point, stakeholder=second, role="focal-point", begins_at=AT)
    client.post(address, {"stakeholders": [second.slug]})
    assert [name for _email, name, _reason, _words in requests()] == ["Second Relief"]


@pytest.mark.parametrize(
    "sent", [{}, {"stakeholders": []}, {"stakeholders": ["other-aid"]}, {"stakeholders": ["\x00"]}]
)
def test_nothing_ticked_or_that_of_others_is_refused_in_words(cast, client, address, sent):
    response = client.post(address, sent)
    assert response.status_code == 422
    assert "needs another look" in response.content.decode()
    assert requests() == []


def test_whoever_is_no_focal_point_is_told_so(cast, client):
    for person in (cast.contributor, cast.reader):
        page = client.get(f"/reminders/not-me/{not_me.token_for(person)}/")
        assert "not a focal point any more" in page.content.decode()
        assert client.post(page.wsgi_request.path, {"stakeholders": [cast.ngo.slug]}).status_code == 302
    assert requests() == []


def test_another_person_who_is_logged_in_says_it_of_the_one_of_the_link(cast, log_in, address):
    log_in(cast.stranger).post(address, {"stakeholders": [cast.ngo.slug]})
    assert [email for email, *_rest in requests()] == ["focal@example.org"]


def test_the_name_and_address_of_the_person_are_not_on_the_page(cast, client, address):
    cast.focal_point.name = "Ana Example"
    cast.focal_point.save()
    page = client.get(address).content.decode()
    assert [word in page for word in ("Ana Example", "focal@example.org", "Example Relief")] == [False, False, True]


def test_a_form_of_another_site_is_refused(cast, address):
    assert Client(enforce_csrf_checks=True).post(address, {"stakeholders": [cast.ngo.slug]}).status_code == 403
    assert requests() == []


def test_the_tokens_of_the_two_links_do_not_open_each_other(cast, client):
    stop, leave = stop_link.token_for(cast.focal_point), not_me.token_for(cast.focal_point)
    made_up = Signer(sep=".", salt="other").sign(cast.focal_point.uuid.hex)
    for path in (f"not-me/{stop}", f"stop/{leave}", f"not-me/{made_up}", f"not-me/{leave}x", "not-me/x"):
        assert client.get(f"/reminders/{path}/").status_code == 404
        assert client.post(f"/reminders/{path}/").status_code == 404


def test_other_methods_are_refused(client, address):
    assert [getattr(client, method)(address).status_code for method in ("put", "delete", "patch")] == [405] * 3
