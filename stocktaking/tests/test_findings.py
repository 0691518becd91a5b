"""The public list of findings."""

from datetime import UTC, datetime

import pytest

from events.tests.factories import make_cycle, make_event
from pledges.tests.factories import make_pledge
from stocktaking.tests.factories import make_finding

URL = "/stocktaking/"

pytestmark = pytest.mark.django_db


def texts(client, **query):
    return [finding.text for finding in client.get(URL, query).context["page"]]


def html(client, **query):
    return client.get(URL, query).content.decode()


def test_an_empty_list_says_so(client):
    assert "No finding has been published yet." in html(client)


def test_findings_stand_by_theme_and_kind(client):
    make_finding("no figures", theme="education", kind="area-needing-support")
    make_finding("climate", theme="climate")
    make_finding("progress", theme="education", kind="progress")
    make_finding("challenge", theme="education", kind="challenge")
    assert texts(client) == ["progress", "challenge", "no figures", "climate"]
    page = html(client)
    assert page.index('<h2 id="theme-education">') < page.index("no figures") < page.index('<h2 id="theme-climate">')


def test_what_is_not_published_leaks_nowhere(client, cast):
    secret_event = make_event(title="Secret event", published_at=None)
    make_finding("Secret finding", theme="climate", published=False, event=secret_event)
    shown = make_finding("Shown finding", event=secret_event)
    shown.pledges.set([make_pledge(cast.ngo, published=False, title="Secret pledge"), cast.pledge])
    page = html(client)
    assert "Secret" not in page
    assert "climate" not in page.lower()
    assert "1 finding" in page
    assert (cast.pledge.reference in page, secret_event.slug in page) == (True, False)


def test_an_event_of_an_unpublished_cycle_is_not_named(client):
    hidden = make_event(make_cycle(published_at=None), title="Hidden event")
    make_finding("Shown", event=hidden)
    assert "Hidden event" not in html(client)
    assert texts(client, event=hidden.slug) == ["Shown"]
    assert "left out" in html(client, event=hidden.slug)


def test_a_pledge_that_is_to_be_published_later_is_not_linked(client, cast, time_machine):
    time_machine.move_to(datetime(2021, 10, 20, tzinfo=UTC))
    cast.pledge.published_at = datetime(2021, 10, 21, tzinfo=UTC)
    cast.pledge.save()
    make_finding().pledges.set([cast.pledge])
    assert cast.pledge.reference not in html(client)


def test_links_lead_to_event_and_pledge(client, cast):
    event = make_event(title="Stocktaking on education")
    make_finding(event=event).pledges.set([cast.pledge])
    page = html(client)
    assert f'href="{event.get_absolute_url()}"' in page
    assert f'href="{cast.pledge.get_absolute_url()}"' in page
    assert "Schools for 500 children" in page


def test_the_language_and_direction_of_a_text_are_marked(client):
    make_finding("Les délais restent longs.", language="fr")
    make_finding("نص", language="ar")
    page = html(client)
    assert 'lang="fr" dir="ltr">Les délais' in page
    assert 'lang="ar" dir="rtl">نص' in page


def test_a_sample_is_marked(client):
    make_finding(is_sample=True)
    assert '<span class="tag tag-sample">sample</span>' in html(client)


def test_text_is_text(client):
    make_finding("<script>alert(1)</script>")
    assert "<script>alert" not in html(client)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["a", "b", "c"]),
        ({"theme": "climate"}, ["c"]),
        ({"kind": "challenge"}, ["b"]),
        ({"event": "briefing"}, ["a", "c"]),
        ({"event": "briefing", "theme": "education"}, ["a"]),
        ({"event": "briefing", "kind": "challenge"}, []),
    ],
)
def test_filters(client, query, expected):
    event = make_event(slug="briefing")
    make_finding("a", event=event)
    make_finding("b", kind="challenge")
    make_finding("c", theme="climate", event=event)
    assert texts(client, **query) == expected


def test_nothing_found_leads_back_to_all(client):
    make_finding("a")
    make_finding("b", theme="climate", kind="challenge")
    page = html(client, theme="climate", kind="progress")
    assert "No published finding fits all of this." in page


@pytest.mark.parametrize(
    "query",
    [
        {"theme": "nowhere"},
        {"kind": "x" * 5000},
        {"event": "\x00"},
        {"page": "0"},
        {"page": "9" * 40},
        {"page": "x"},
    ],
)
def test_what_cannot_be_read_is_said_and_left_out(client, query):
    make_finding("a")
    page = client.get(URL, query)
    assert page.status_code == 200
    assert [finding.text for finding in page.context["page"]] == ["a"]
    assert "left out" in page.content.decode()


def test_pages_of_fifty_keep_the_filters(client):
    for _number in range(51):
        make_finding()
    make_finding("other", theme="climate")
    first, last = client.get(URL, {"theme": "education"}), client.get(URL, {"theme": "education", "page": 2})
    assert (len(first.context["page"]), len(last.context["page"])) == (50, 1)
    assert "?theme=education&amp;page=2" in first.content.decode()
    assert len(client.get(URL, {"page": 90000}).context["page"]) == 2


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_only_reading(client, method):
    assert getattr(client, method)(URL).status_code == 405


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_and_many(client, cast, count, django_assert_num_queries):
    for _number in range(count):
        make_finding(event=make_event()).pledges.set([make_pledge(cast.ngo)])
    with django_assert_num_queries(7):
        client.get(URL)
