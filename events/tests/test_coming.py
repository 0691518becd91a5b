"""The coming events as Atom."""

from datetime import date
from xml.etree import ElementTree

import pytest
import time_machine
from django.test import Client

from events.tests.factories import make_cycle, make_event

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
ADDRESS = "/calendar/hlom-2021/coming.atom"


def titles(client: Client, address: str = ADDRESS) -> list[str]:
    root = ElementTree.fromstring(client.get(address).content)
    return [entry.findtext(f"{ATOM}title") or "" for entry in root.iter(f"{ATOM}entry")]


@pytest.fixture(autouse=True)
def _in_july():
    with time_machine.travel("2021-07-08T12:00+00:00", tick=False):
        yield


def test_it_lists_what_is_not_over_soonest_first_and_no_draft(client: Client) -> None:
    make_event(title="Later", starts_on=date(2021, 10, 1), ends_before=date(2021, 11, 1), precision="month")
    make_event(title="Today")
    make_event(title="Over", starts_on=date(2021, 7, 7), ends_before=date(2021, 7, 8))
    make_event(title="Unknown", starts_on=None, ends_before=None, precision="unknown", date_confirmed=False)
    make_event(title="Unsure", starts_on=date(2021, 12, 1), ends_before=date(2021, 12, 2), date_confirmed=False)
    make_event(title="Secret", published_at=None)

    assert titles(client) == [
        "8 July 2021: Today",
        "October 2021: Later",
        "1 December 2021 (to be confirmed): Unsure",
        "Date to be announced: Unknown",
    ]


def test_the_same_bytes_twice_and_then_304(client: Client) -> None:
    make_event()
    first, second = client.get(ADDRESS), client.get(ADDRESS)

    assert (first.content, first["Content-Type"]) == (second.content, "application/atom+xml; charset=utf-8")
    assert client.get(ADDRESS, headers={"if-none-match": first["ETag"]}).status_code == 304


def test_no_text_can_break_the_xml(client: Client) -> None:
    hostile = "]]></entry><script> \x00\x0b\x1f\x85\u2028\ufffe & \ud7ff"
    make_event(title=hostile.replace("\x00", ""), description=hostile.replace("\x00", ""), place="<b>")

    assert len(titles(client)) == 1


def test_an_empty_or_hidden_cycle(client: Client) -> None:
    make_cycle("empty")
    make_cycle("hidden", published_at=None)

    assert titles(client, "/calendar/empty/coming.atom") == []
    assert client.get("/calendar/hidden/coming.atom").status_code == 404


@pytest.mark.parametrize("count", [1, 300])
def test_queries_do_not_grow_with_the_events(client: Client, django_assert_num_queries, count: int) -> None:
    cycle = make_cycle("many")
    for _ in range(count):
        make_event(cycle)

    with django_assert_num_queries(4):
        client.get("/calendar/many/coming.atom")
