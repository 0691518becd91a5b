"""Walking the registry page by page: every order, both ways, beside the whole list."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from accounts.tests.factories import make_stakeholder
from pledges import pages
from pledges.models import Pledge
from pledges.orders import parts_of
from pledges.tests.factories import make_pledge, make_update

pytestmark = pytest.mark.django_db
ORDERS = ["", "title", "lead", "updated", "waiting"]
OLD = datetime(2020, 6, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr(pages, "SIZE", 3)


@pytest.fixture
def _pledges():
    """Eleven, with equal titles, equal leads, equal moments, withdrawn updates and none."""
    leads = [make_stakeholder("Zeta"), make_stakeholder("Alpha"), make_stakeholder("Hidden", is_public=False)]
    for number in range(11):
        title, description = ("School", "") if number % 3 else ("Well", "Beside a school.")
        pledge = make_pledge(leads[number % 3], title=title, description=description)
        if number % 4 == 1:
            make_update(pledge, at=OLD)
        if number % 4 == 2:
            make_update(pledge, at=OLD + timedelta(days=number))
            make_update(pledge, "revoked", at=OLD + timedelta(days=100 - number))
        if number % 4 == 3:
            make_update(pledge, at=OLD + timedelta(days=1))
            make_update(pledge, at=OLD + timedelta(days=50 - number))
    make_pledge(leads[0], title="School", published=False)


def walk(client, direction, **query):
    """References page by page until no link leads on."""
    walked, place = [], {}
    while True:
        page = client.get(f"/pledges/?{urlencode(query | place)}").context["page"]
        walked.append([pledge.reference for pledge in page])
        further = getattr(page, direction)
        if not further:
            return walked, place
        place = {direction: further}


def references(client, **query):
    return [pledge.reference for pledge in client.get("/pledges/", query).context["page"]]


def in_file(client, **query):
    file = b"".join(client.get(f"/pledges/export.csv?{urlencode(query)}").streaming_content).decode("utf-8-sig")
    return [line.split(",")[0] for line in file.splitlines()[1:]]


@pytest.mark.usefixtures("_pledges")
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("words", ["", "school"])
def test_forward_and_backward_give_the_list_of_the_file(client, order, words):
    whole = in_file(client, sort=order, q=words)
    forward, last = walk(client, "after", sort=order, q=words)
    backward = [client.get("/pledges/", {"sort": order, "q": words, **last}).context["page"]]
    while backward[0].before:
        query = {"sort": order, "q": words, "before": backward[0].before}
        backward.insert(0, client.get("/pledges/", query).context["page"])

    assert len(whole) == 11
    assert [reference for page in forward for reference in page] == whole
    assert [[pledge.reference for pledge in page] for page in backward] == forward


@pytest.mark.usefixtures("_pledges")
@pytest.mark.parametrize("order", ORDERS)
def test_page_numbers_of_old_addresses_still_lead_to_their_pages(client, order):
    forward, _last = walk(client, "after", sort=order)
    for number in (1, 2, 4):
        page = client.get("/pledges/", {"sort": order, "page": number}).context["page"]
        assert [pledge.reference for pledge in page] == forward[number - 1]
        assert bool(page.before) == (number > 1)
        if page.after:
            next_one = client.get("/pledges/", {"sort": order, "after": page.after}).context["page"]
            assert [pledge.reference for pledge in next_one] == forward[number]
    beyond = client.get("/pledges/", {"sort": order, "page": 99}).context["page"]
    assert [pledge.reference for pledge in beyond] == forward[-1]


@pytest.mark.usefixtures("_pledges")
def test_what_is_added_in_front_moves_no_page(client):
    first = client.get("/pledges/", {"sort": "title"}).context["page"]
    second = references(client, sort="title", after=first.after)
    make_pledge(make_stakeholder(), title="A first one")
    again = references(client, sort="title", after=first.after)
    assert again == second


@pytest.mark.usefixtures("_pledges")
def test_an_address_whose_pledge_is_gone_leads_to_the_same_place(client):
    first = client.get("/pledges/").context["page"]
    second = references(client, after=first.after)
    Pledge.objects.filter(pk=first.pledges[-1].pk).update(published_at=None)
    assert references(client, after=first.after) == second


@pytest.mark.usefixtures("_pledges")
def test_behind_the_last_one_the_page_leads_back(client):
    response = client.get("/pledges/", {"after": "~ZZZ-1", "kind": ""})
    assert list(response.context["page"]) == []
    assert "The list ends before this place." in response.content.decode()
    # Before the first one there is nothing either, so the first page is shown.
    before = client.get("/pledges/", {"before": "~AAA-1"}).context["page"]
    assert ([pledge.reference for pledge in before], before.before) == (in_file(client)[:3], "")


@pytest.mark.parametrize(
    ("order", "place"),
    [
        ("", "TST-1"),
        ("", "x~TST-1"),
        ("", "~tst-1"),
        ("", "~TST-1\n"),
        ("", "~TST-99999999999999999999999"),
        ("", "~"),
        ("title", "x" * 81 + "~TST-1"),
        ("title", "TST-1"),
        ("updated", "yesterday~TST-1"),
        ("updated", "2020-01-01~TST-1"),
        ("updated", "2020-01-01T00:00~TST-1"),
        ("waiting", "9999999-01-01T00:00:00+00:00~TST-1"),
        ("updated", "0001-01-01T00:00:00+23:59~TST-1"),
        ("updated", "9999-12-31T23:59:59-23:59~TST-1"),
    ],
)
@pytest.mark.parametrize("direction", ["after", "before"])
def test_a_place_that_no_page_wrote_is_named_and_left_out(client, order, place, direction):
    pledge = make_pledge(make_stakeholder())
    response = client.get("/pledges/", {"sort": order, direction: place})
    assert [one.reference for one in response.context["page"]] == [pledge.reference]
    assert "This place is not in the list; it begins at the start." in response.content.decode()


@pytest.mark.parametrize("place", ["9~TST-1", "-1~TST-1", "0.5~TST-1", "~TST-1", "school~TST-1"])
def test_a_place_among_matches_is_a_rank(client, place):
    make_pledge(make_stakeholder(), title="School")
    response = client.get("/pledges/", {"q": "school", "after": place})
    assert "This place is not in the list" in response.content.decode()


@pytest.mark.parametrize("order", ["title", "lead"])
def test_any_text_is_a_place_among_texts(client, order):
    pledge = make_pledge(make_stakeholder("Zeta"), title="Zebra")
    for text in ("'", '"', "%", "\\", "~~", "zz~", "\ud7ff", "ا"):
        response = client.get("/pledges/", {"sort": order, "before": f"{text}~TST-1"})
        assert [one.reference for one in response.context["page"]] == [pledge.reference]
    assert client.get("/pledges/?sort=title&after=a%00~TST-1").status_code == 200


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("count", [1, 3])
def test_a_page_deep_inside_costs_no_more_queries_than_the_first(client, order, count, django_assert_num_queries):
    """Three for the form's choices; the count of the history; three of figures; pledges; versions, themes, parties."""
    for number in range(count + 1):
        make_update(make_pledge(make_stakeholder(), title=f"Pledge {number}"))
    parts = parts_of(order, Pledge.objects.published_by(timezone.now()), words="", at=timezone.now())
    place = pages.first_page(parts).pledges[0]
    # An order of two parts looks into the second one while a page has room.
    expected = 12 if order == "updated" else 11
    with django_assert_num_queries(expected):
        page = client.get("/pledges/", {"sort": order, "after": pages._name(place)}).context["page"]
    assert len(page.pledges) == count
