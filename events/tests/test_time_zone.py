"""The page where readers choose a time zone."""

import pytest
from django.test import Client

ADDRESS = "/calendar/time-zone/"

pytestmark = pytest.mark.django_db


def test_choice_is_remembered_for_a_year_and_leads_back(client):
    response = client.post(ADDRESS, {"zone": "America/New_York", "next": "/calendar/hlom-2021/?kind=briefing"})

    cookie = response.cookies["reader_zone"]
    assert (response.status_code, response["Location"]) == (302, "/calendar/hlom-2021/?kind=briefing")
    assert (cookie.value, cookie["max-age"], cookie["samesite"], cookie["httponly"]) == (
        "America/New_York",
        365 * 24 * 3600,
        "Lax",
        "",
    )


def test_none_is_forgotten(client):
    client.cookies["reader_zone"] = "America/New_York"
    response = client.post(ADDRESS, {"zone": ""})

    assert (response.cookies["reader_zone"].value, response.cookies["reader_zone"]["max-age"]) == ("", 0)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "///evil.example",
        "javascript:alert(1)",
        "calendar/",
        "http:///evil.example",
        "\t//evil.example",
        "",
    ],
)
def test_way_back_is_always_on_this_portal(client, address):
    assert client.post(ADDRESS, {"zone": "UTC", "next": address})["Location"] == "/calendar/"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe/Zurich\r\nSet-Cookie: a=b", "\x00", "x" * 9000, "EST5EDT"])
def test_what_is_no_zone_is_refused_with_a_sentence(client, zone):
    response = client.post(ADDRESS, {"zone": zone, "next": "/calendar/"})

    assert (response.status_code, "reader_zone" in response.cookies) == (422, False)
    assert "Choose a zone from the list." in response.content.decode()


def test_page_shows_the_choice_and_keeps_the_way_back(client):
    client.cookies["reader_zone"] = "Asia/Kolkata"
    page = client.get(ADDRESS, {"next": "/events/x/?a=1&b=2"}).content.decode()

    assert '<option value="Asia/Kolkata" selected>Kolkata</option>' in page
    assert 'value="/events/x/?a=1&amp;b=2"' in page


def test_reading_changes_nothing_and_other_methods_are_refused(client):
    assert not {"reader_zone"} & set(client.get(ADDRESS, {"zone": "UTC", "next": "x" * 9000}).cookies)
    assert [client.head(ADDRESS).status_code, client.put(ADDRESS).status_code] == [200, 405]


def test_form_needs_its_token():
    assert Client(enforce_csrf_checks=True).post(ADDRESS, {"zone": "UTC"}).status_code == 403
