"""Atom feeds of progress on one pledge and on all of a stakeholder's."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from accounts.tests.factories import make_member, make_stakeholder
from pledges.models import Confirmation
from pledges.tests.factories import make_pledge, make_update

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
SECRET = "zanzibar"


def feed(client, address):
    response = client.get(address)
    assert (response.status_code, response["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    return response


def told(client, address):
    root = ElementTree.fromstring(feed(client, address).content)
    return [
        tuple(entry.findtext(f"{ATOM}{name}") for name in ("title", "updated", "summary"))
        for entry in root.iter(f"{ATOM}entry")
    ]


def test_a_pledge_s_feed_tells_updates_confirmations_and_withdrawals_newest_first(client):
    lead = make_stakeholder("Red Fund")
    pledge = make_pledge(lead)
    wrong = make_update(pledge, "revoked", at=datetime(2021, 1, 1, tzinfo=UTC), narrative=SECRET)
    wrong.revoke_note = "Sent by mistake."
    wrong.save()
    update = make_update(
        pledge,
        at=datetime(2021, 2, 1, tzinfo=UTC),
        scope_change="delayed",
        results=[{"label": "Schools", "value": "3", "unit": "schools"}],
    )
    Confirmation.objects.create(
        pledge=pledge,
        stakeholder=lead,
        by=make_member(lead),
        at=datetime(2021, 6, 1, tzinfo=UTC),
        since_round=update.rounds.get(),
    )
    make_update(pledge, "draft", narrative=SECRET)

    assert told(client, f"/pledges/{pledge.reference}/updates.atom") == [
        (f"{pledge.reference}: no significant change", "2021-06-01T00:00:00+00:00", "Red Fund"),
        (
            f"{pledge.reference}: In progress · Delayed",
            "2021-02-01T00:00:00+00:00",
            "Red Fund\n\nWork has begun.\n\nSchools: 3 schools",
        ),
        (f"{pledge.reference}: an update was withdrawn", "2021-01-01T00:00:00+00:00", "Sent by mistake."),
    ]


def test_a_report_s_text_is_text_in_its_own_language(client):
    pledge = make_pledge(make_stakeholder())
    make_update(pledge, narrative="Les travaux <b>avancent</b>.", language="fr")
    content = client.get(f"/pledges/{pledge.reference}/updates.atom").content.decode()
    assert '<summary type="text" xml:lang="fr">' in content
    assert "Les travaux &lt;b&gt;avancent&lt;/b&gt;." in content


def test_a_stakeholder_s_feed_tells_of_all_its_pledges_and_no_other(client):
    red, blue = make_stakeholder("Red"), make_stakeholder("Blue")
    own, shared, other = make_pledge(red), make_pledge(blue, partners=(red,)), make_pledge(blue)
    for number, pledge in enumerate((own, shared, other), start=1):
        make_update(pledge, at=datetime(2021, number, 1, tzinfo=UTC))
    make_update(make_pledge(red, published=False), narrative=SECRET)

    titles = [title for title, _updated, _summary in told(client, f"/stakeholders/{red.slug}/updates.atom")]

    assert titles == [f"{shared.reference}: In progress", f"{own.reference}: In progress"]


def test_it_tells_the_newest_fifty(client):
    lead = make_stakeholder()
    pledges = [make_pledge(lead) for _ in range(51)]
    for minute, pledge in enumerate(pledges):
        make_update(pledge, at=datetime(2021, 1, 1, 0, minute, tzinfo=UTC))

    titles = [title for title, _updated, _summary in told(client, f"/stakeholders/{lead.slug}/updates.atom")]

    assert titles == [f"{pledge.reference}: In progress" for pledge in pledges[:0:-1]]


def test_the_same_bytes_twice_and_then_304(client):
    pledge = make_pledge(make_stakeholder())
    address = f"/pledges/{pledge.reference}/updates.atom"
    first, second = feed(client, address), feed(client, address)

    again = client.get(address, headers={"if-none-match": first["ETag"]})

    assert first.content == second.content
    assert (again.status_code, again.content) == (304, b"")
    make_update(pledge)
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_no_text_can_break_it(client):
    pledge = make_pledge(make_stakeholder("<b>&\x0b"), title="]]><entry>\x00".replace("\x00", "\x1b"))
    make_update(pledge, narrative="<script>\x08&\ufffe")

    ((_title, _updated, summary),) = told(client, f"/pledges/{pledge.reference}/updates.atom")

    assert "<script>" in summary


@pytest.mark.parametrize("address", ["/pledges/TST-0/updates.atom", "/pledges/tst/updates.atom"])
def test_what_is_not_there_is_not_found(client, address):
    assert client.get(address).status_code == 404


def test_an_unpublished_pledge_has_no_feed(client):
    pledge = make_pledge(make_stakeholder(), published=False)

    assert client.get(f"/pledges/{pledge.reference}/updates.atom").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_for_reading(client, method):
    pledge = make_pledge(make_stakeholder())
    assert getattr(client, method)(f"/pledges/{pledge.reference}/updates.atom").status_code == 405


@pytest.mark.parametrize("count", [1, 4])
def test_queries_do_not_grow_with_the_entries(client, django_assert_num_queries, count):
    lead = make_stakeholder()
    for _ in range(count):
        make_update(make_pledge(lead))
    with django_assert_num_queries(5):
        feed(client, f"/stakeholders/{lead.slug}/updates.atom")


@pytest.mark.parametrize("reference", ["x%00y", "TST-%00", "tst-1"])
def test_what_is_no_reference_has_no_feed(client, reference):
    assert client.get(f"/pledges/{reference}/updates.atom").status_code == 404
