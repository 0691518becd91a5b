""" "No significant change" for many pledges at once."""

import threading
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection

from pledges import confirmations
from pledges.models import Confirmation
from pledges.tests.factories import make_pledge, make_update, make_window

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _october():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def url(cast):
    return f"/my/stakeholders/{cast.ngo.slug}/unchanged/"


@pytest.fixture
def pledges(cast):
    """Three pledges with a published update; the cast's own has none."""
    found = [make_pledge(cast.ngo, title=f"Pledge {number}") for number in range(3)]
    for pledge in found:
        make_update(pledge)
    return found


def test_sixty_pledges_take_two_clicks(cast, log_in, url):
    make_window()
    references = []
    for _number in range(60):
        pledge = make_pledge(cast.ngo)
        make_update(pledge)
        references.append(pledge.reference)
    client = log_in(cast.focal_point)
    assert f'href="{url}"' in client.get("/my/").content.decode()
    page = client.get(url)
    assert page.context["ticked"] == set(references)
    html = client.post(url, {"reference": references}, follow=True).content.decode()
    assert "is noted for 60 pledges" in html
    assert Confirmation.objects.count() == 60


def test_twice_counts_once(cast, log_in, url, pledges):
    client = log_in(cast.focal_point)
    for _click in range(2):
        client.post(url, {"reference": [pledge.reference for pledge in pledges]})
    assert Confirmation.objects.count() == 3


def test_what_is_unticked_stays_as_it_is(cast, log_in, url, pledges):
    log_in(cast.focal_point).post(url, {"reference": [pledges[0].reference]})
    assert [row.pledge for row in Confirmation.objects.all()] == [pledges[0]]


def test_what_cannot_be_confirmed_is_listed_with_the_reason(cast, log_in, url, pledges):
    make_update(pledges[1], "submitted")
    done = make_pledge(cast.ngo)
    make_update(done, stage="fulfilled")
    shown = {row.mine.pledge: row.why_not_confirmed for row in log_in(cast.focal_point).get(url).context["others"]}
    assert shown == {
        cast.pledge: "There is no published update yet. Please write the first one.",
        pledges[1]: "An update is in review, or was returned to you: there is news already.",
        done: "It was reported as fulfilled or withdrawn; nothing more is asked.",
    }


def test_one_that_changed_meanwhile_does_not_hold_up_the_others(cast, log_in, url, pledges):
    make_update(pledges[1], "submitted")
    html = (
        log_in(cast.focal_point)
        .post(url, {"reference": [pledge.reference for pledge in pledges]}, follow=True)
        .content.decode()
    )
    assert f"{pledges[1].reference}: An update is in review" in html
    assert {row.pledge for row in Confirmation.objects.all()} == {pledges[0], pledges[2]}


@pytest.mark.parametrize("references", [[], ["TST-0"], ["\x00"], ["'; --"], ["x" * 5000]])
def test_nothing_and_nonsense_confirm_nothing(cast, log_in, url, pledges, references):
    response = log_in(cast.focal_point).post(url, {"reference": references})
    assert response.status_code == 422
    assert "Nothing is ticked" in response.content.decode()
    assert not Confirmation.objects.exists()


def test_pledges_of_others_are_not_confirmed(cast, log_in, url, pledges):
    foreign = make_pledge(cast.other)
    make_update(foreign)
    assert log_in(cast.focal_point).post(url, {"reference": [foreign.reference]}).status_code == 422
    assert not Confirmation.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"),
    [("stranger", 404), ("superuser", 404), ("partner", 404), ("contributor", 403), ("reader", 403)],
)
def test_others_neither_see_nor_confirm(cast, log_in, url, pledges, who, status):
    client = log_in(getattr(cast, who))
    answers = (client.get(url).status_code, client.post(url, {"reference": [pledges[0].reference]}).status_code)
    assert answers == (status, status)
    assert not Confirmation.objects.exists()


def test_the_public_is_sent_to_the_login(client, cast, url, pledges):
    assert client.post(url, {"reference": [pledges[0].reference]}).status_code == 302
    assert not Confirmation.objects.exists()


def test_reading_the_page_changes_nothing(cast, log_in, url, pledges):
    log_in(cast.focal_point).get(url)
    assert not Confirmation.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_any_number(cast, log_in, url, django_assert_num_queries, count):
    for _number in range(count):
        make_update(make_pledge(cast.ngo))
    client = log_in(cast.focal_point)
    with django_assert_num_queries(20):
        client.get(url)


def test_my_pledges_say_what_a_text_does_not_name(cast, log_in):
    html = log_in(cast.focal_point).get("/my/").content.decode()
    assert "names no target in numbers, no host country, no year by which." in html


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_colleagues_at_once_confirm_each_pledge_once(cast):
    pledges = [make_pledge(cast.ngo) for _number in range(5)]
    for pledge in pledges:
        make_update(pledge)
    pairs, counts = [(pledge, cast.ngo) for pledge in pledges], []

    def confirm(person, order):
        try:
            confirmed, refused = confirmations.confirm_all(at=AT, actor=person, pledges=order)
            counts.append((len(confirmed), refused))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=confirm, args=(cast.focal_point, pairs)),
        threading.Thread(target=confirm, args=(cast.colleague, pairs[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [(5, {}), (5, {})]
    assert Confirmation.objects.count() == 5
