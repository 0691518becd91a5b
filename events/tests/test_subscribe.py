"""The page that says how to subscribe."""

import pytest

from events.tests.factories import get_cycle, make_cycle, make_event
from events.workflow import make_current

pytestmark = pytest.mark.django_db
ADDRESS = "/calendar/subscribe/"


def feed_in(response):
    context = response.context
    return context["feed"], context["name"]


@pytest.mark.parametrize(
    ("query", "feed", "name"),
    [
        ("", "/calendar.ics", "High-Level Officials Meeting 2021"),
        ("?cycle=hlom-2021", "/calendar/hlom-2021.ics", "High-Level Officials Meeting 2021"),
        ("?kind=briefing", "/calendar.ics?kind=briefing", "High-Level Officials Meeting 2021: Briefing"),
        (
            "?cycle=hlom-2021&q=a%26b&kind=launch",
            "/calendar/hlom-2021.ics?kind=launch&q=a%26b",
            "High-Level Officials Meeting 2021: Launch · “a&b”",
        ),
        ("?kind=none&cycle=", "/calendar.ics", "High-Level Officials Meeting 2021"),
    ],
)
def test_page_gives_the_address_of_what_was_asked_for(client, query, feed, name):
    make_current(cycle=get_cycle())
    response = client.get(ADDRESS + query)
    page = response.content.decode()

    assert feed_in(response) == (feed, name)
    address = response.context["feed_address"].replace("&", "&amp;")
    assert f'value="{address}" readonly' in page
    assert f'href="webcal:{address.partition(":")[2]}"' in page
    assert client.get(feed).status_code == 200


def test_page_says_how_for_each_program(client):
    page = client.get(ADDRESS).content.decode()

    assert [word for word in ("Outlook", "Google", "about once a day", "Apple", "Download") if word not in page] == []


def test_between_two_cycles_there_is_still_an_address(client):
    response = client.get(ADDRESS)

    assert (response.status_code, feed_in(response)) == (200, ("/calendar.ics", "HLOM portal"))


@pytest.mark.parametrize("cycle", ["hidden", "none", "%00", "a b", "%0d%0aX:1", "x" * 500, "<script>"])
def test_what_is_no_public_cycle_is_not_found(client, cycle):
    make_cycle("hidden", title="Secret meeting", published_at=None)

    assert client.get(f"{ADDRESS}?cycle={cycle}").status_code == 404
    assert "Secret" not in client.get(ADDRESS).content.decode()


def test_page_has_no_token_and_sets_no_cookie(client):
    response = client.get(ADDRESS)

    assert ("csrfmiddlewaretoken" in response.content.decode(), bool(response.cookies)) == (False, False)


def test_only_reading_is_allowed(client):
    assert [client.head(ADDRESS).status_code, client.post(ADDRESS).status_code] == [200, 405]


def test_roadmap_leads_here_with_its_filter(client):
    make_event()

    page = client.get("/calendar/hlom-2021/?kind=briefing").content.decode()

    assert 'href="/calendar/subscribe/?cycle=hlom-2021&amp;kind=briefing"' in page
