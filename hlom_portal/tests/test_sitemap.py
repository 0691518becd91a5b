"""The list of public pages for search engines."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from django.test import Client

from conftest import Cast
from events.tests.factories import make_cycle, make_event
from hlom_portal.sitemaps import SITEMAPS
from pledges.models import Pledge
from pledges.tests.factories import make_pledge

pytestmark = pytest.mark.django_db
NAME = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def addresses(client: Client, path: str) -> list[str]:
    root = ElementTree.fromstring(client.get(path).content)
    return [element.text or "" for element in root.iter(f"{NAME}loc")]


def test_the_index_names_each_part(client: Client) -> None:
    assert addresses(client, "/sitemap.xml") == [f"http://testserver/sitemap-{part}.xml" for part in SITEMAPS]


def test_only_public_events_of_public_cycles_are_listed(client: Client) -> None:
    make_event(slug="shown")
    make_event(slug="draft", published_at=None)
    make_event(make_cycle("hidden", published_at=None), slug="of-hidden-cycle")

    assert addresses(client, "/sitemap-events.xml") == ["http://testserver/events/shown/"]
    assert "http://testserver/calendar/hidden/" not in addresses(client, "/sitemap-cycles.xml")
    assert "http://testserver/calendar/hlom-2021/" in addresses(client, "/sitemap-cycles.xml")


def test_unpublished_future_and_sample_pledges_are_not_listed(client: Client, cast: Cast) -> None:
    draft, coming, sample = (make_pledge(cast.ngo) for _ in range(3))
    Pledge.objects.filter(pk=draft.pk).update(published_at=None)
    Pledge.objects.filter(pk=coming.pk).update(published_at=datetime(2100, 1, 1, tzinfo=UTC))
    Pledge.objects.filter(pk=sample.pk).update(is_sample=True)

    assert addresses(client, "/sitemap-pledges.xml") == [f"http://testserver{cast.pledge.get_absolute_url()}"]


def test_every_listed_page_is_there(client: Client, cast: Cast) -> None:
    make_event()
    for part in SITEMAPS:
        for address in addresses(client, f"/sitemap-{part}.xml"):
            assert client.get(address.removeprefix("http://testserver")).status_code == 200, address


def test_the_addresses_are_the_portals_own_whatever_host_was_asked(client: Client) -> None:
    make_event(slug="shown")

    page = client.get("/sitemap-events.xml", headers={"host": "localhost"}).content.decode()

    assert "<loc>http://testserver/events/shown/</loc>" in page


def test_an_unknown_part_is_not_found(client: Client) -> None:
    assert client.get("/sitemap-users.xml").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_with_the_rows(client: Client, django_assert_num_queries, count: int) -> None:
    for _ in range(count):
        make_event()
    with django_assert_num_queries(2):
        client.get("/sitemap-events.xml")


def test_robots_are_told_where_the_list_is(client: Client) -> None:
    response = client.get("/robots.txt")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().splitlines()[-1] == "Sitemap: http://testserver/sitemap.xml"
