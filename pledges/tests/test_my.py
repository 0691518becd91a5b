"""The overview of what a person reports for."""

from datetime import UTC, datetime

import pytest
import time_machine

from accounts.tests.factories import make_member, make_stakeholder
from pledges import matching
from pledges.models import Confirmation, Handover
from pledges.tests.factories import make_pledge, make_update, make_window

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
URL = "/my/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _october():
    with time_machine.travel(AT, tick=False):
        yield


def page(client):
    response = client.get(URL)
    assert response.status_code == 200
    return response.content.decode()


def rows(response):
    return [row for group in response.context["groups"] for row in (*group.reported, *group.shared)]


def test_the_public_is_sent_to_the_login(client, db):
    response = client.get(URL)
    assert (response.status_code, response["Location"]) == (302, "/login/?next=/my/")


@pytest.mark.parametrize("who", ["editor", "reviewer", "superuser"])
def test_staff_without_a_role_find_nothing_here(cast, log_in, who):
    assert log_in(getattr(cast, who)).get(URL).status_code == 404


def test_it_is_only_read(cast, log_in):
    assert log_in(cast.focal_point).post(URL).status_code == 405


def test_nobody_sees_the_pledges_of_others(cast, log_in):
    html = page(log_in(cast.stranger))
    assert cast.pledge.reference not in html
    assert "No pledge is recorded for you yet" in html


def test_a_focal_point_sees_what_is_owed_and_by_when(cast, log_in):
    make_window()
    html = page(log_in(cast.focal_point))
    assert "1 pledge still waits for your answer." in html
    assert "An update is asked for until 31 October 2021, midnight (Europe/Zurich)." in html
    assert "No update yet" in html
    assert f'href="/my/pledges/{cast.pledge.reference}/update/"' in html


def test_without_a_window_nothing_is_owed(cast, log_in):
    html = page(log_in(cast.focal_point))
    assert "No window asks for updates today." in html
    assert "waits for your answer" not in html


@pytest.mark.parametrize(
    ("state", "words"),
    [("draft", "Draft in work"), ("submitted", "Waiting for review"), ("returned", "a reviewer asks for a change")],
)
def test_the_state_of_the_open_update_is_said(cast, log_in, state, words):
    make_update(cast.pledge, state, at=AT)
    assert words in page(log_in(cast.focal_point))


def test_an_answered_pledge_owes_nothing(cast, log_in):
    make_window()
    make_update(cast.pledge, "submitted", at=AT)
    html = page(log_in(cast.focal_point))
    assert "Answered in this window" in html
    assert "Nothing is owed now." in html


def test_what_is_owed_comes_first(cast, log_in):
    second = make_pledge(cast.ngo)
    make_window()
    make_update(cast.pledge, "submitted", at=AT)
    response = log_in(cast.focal_point).get(URL)
    assert [row.mine.pledge for row in rows(response)] == [second, cast.pledge]


@pytest.mark.parametrize(
    ("who", "stage", "offered"),
    [
        ("focal_point", "in-progress", True),
        ("contributor", "in-progress", False),
        ("reader", "in-progress", False),
        ("partner", "in-progress", False),
        ("focal_point", "fulfilled", False),
    ],
)
def test_no_change_is_offered_to_those_who_may_say_it(cast, log_in, who, stage, offered):
    make_update(cast.pledge, stage=stage)
    html = page(log_in(getattr(cast, who)))
    assert ("No significant change since 1 February 2021" in html) is offered
    assert (f"/my/pledges/{cast.pledge.reference}/confirm/" in html) is offered


def test_a_confirmation_is_the_last_news(cast, log_in):
    since = make_update(cast.pledge).rounds.get()
    day = datetime(2021, 5, 3, tzinfo=UTC)
    Confirmation.objects.create(
        pledge=cast.pledge, stakeholder=cast.ngo, by=cast.focal_point, at=day, since_round=since
    )
    html = page(log_in(cast.focal_point))
    assert "confirmed as unchanged 5\xa0months ago, 3 May 2021" in html
    assert "No significant change since 3 May 2021" in html


def test_partners_read_joint_pledges_apart(cast, log_in):
    make_window()
    html = page(log_in(cast.partner))
    assert "Joint pledges on which another stakeholder reports" in html
    assert "Example Relief reports for all." in html
    assert "Read the update" in html
    assert "still waits for your answer" not in html


def test_a_hand_over_moves_what_is_owed_to_the_partner(cast, log_in):
    Handover.objects.create(pledge=cast.pledge, stakeholder=cast.partner_ngo, window=make_window())
    assert "1 pledge still waits for your answer." in page(log_in(cast.partner))
    assert "Partner Aid reports for all." in page(log_in(cast.focal_point))


@pytest.mark.parametrize(
    ("who", "words"),
    [("contributor", "a focal point submits them"), ("reader", "you see everything and change nothing")],
)
def test_the_role_is_said(cast, log_in, who, words):
    assert words in page(log_in(getattr(cast, who)))


def offer_to(pledge, stakeholder, text="Ten teachers."):
    return matching.offer(at=AT, actor=None, pledge=pledge, stakeholder=stakeholder, text=text)


def test_offers_that_wait_are_counted_and_listed(cast, log_in):
    asked = make_pledge(cast.other, support_asked="Teachers.")
    answered = offer_to(make_pledge(cast.other, support_asked="Tents."), cast.ngo)
    matching.accept(at=AT, actor=cast.stranger, match=answered)
    waiting = offer_to(asked, cast.ngo)
    html = page(log_in(cast.stranger))
    assert "1 offer of support waits for an answer" in html
    assert [f"/my/matches/{row.uuid}/" in html for row in (waiting, answered)] == [True, False]
    # Who offered waits as well, but not for an own answer.
    assert "waits for an answer" not in page(log_in(cast.focal_point))


def test_many_offers_are_counted_and_the_rest_is_a_link_away(cast, log_in):
    for number in range(6):
        offer_to(make_pledge(cast.other, support_asked=f"Help {number}"), cast.ngo)
    html = page(log_in(cast.stranger))
    assert "6 offers of support wait for an answer" in html
    assert (html.count('class="voice"'), 'href="/my/matches/#waiting"' in html) == (5, True)


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_one_and_many(log_in, django_assert_num_queries, count):
    ngo = make_stakeholder()
    client = log_in(make_member(ngo))
    for _number in range(count):
        make_update(make_pledge(ngo))
        offer_to(make_pledge(ngo, support_asked="Help."), make_stakeholder())
    make_window()
    with django_assert_num_queries(25):
        client.get(URL)


def test_what_the_reviewers_have_since_before_the_window_is_not_asked_of_the_person(cast, log_in):
    make_window()
    make_update(cast.pledge, "submitted", at=datetime(2021, 4, 12, tzinfo=UTC))
    html = page(log_in(cast.focal_point))
    assert "Waiting for review" in html
    assert "An update is asked for until" not in html
    assert "Nothing is owed now." in html
