"""/pledges/export.csv: all that the page finds, and nothing that the page would not say."""

import csv
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.utils import timezone

from accounts.models import Country
from accounts.tests.factories import make_country, make_member, make_stakeholder
from pledges.models import Confirmation, ContributionType, Objective, Pledge, PledgeParty, Theme
from pledges.registry_file import COLUMNS
from pledges.tests.factories import make_pledge, make_update

pytestmark = pytest.mark.django_db
SECRET = "zanzibar"


def text(client, query=""):
    response = client.get(f"/pledges/export.csv{query}")
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode("utf-8-sig")


def rows(client, query=""):
    return list(csv.DictReader(StringIO(text(client, query))))


def test_a_row_says_all_that_is_public(client):
    lead = make_stakeholder("Red Fund", country=make_country("CH"), kind="foundation")
    pledge = make_pledge(
        lead,
        title="Grants",
        partners=(make_stakeholder("Blue Fund"),),
        target_value=Decimal("100000000.00"),
        target_currency="EUR",
        target_year=2024,
    )
    version = pledge.current
    PledgeParty.objects.create(version=version, label="118 actors", role="partner")
    version.themes.set(Theme.objects.filter(slug="education"))
    version.contribution_types.set(ContributionType.objects.filter(slug="financial"))
    version.objectives.set(Objective.objects.filter(slug="self-reliance"))
    version.host_countries.set(Country.objects.filter(code__in=["BI", "KE"]))
    update = make_update(pledge, stage="planning", scope_change="delayed", at=datetime(2021, 1, 31, 23, 30, tzinfo=UTC))
    Confirmation.objects.create(
        pledge=pledge,
        stakeholder=lead,
        by=make_member(lead),
        at=datetime(2021, 6, 2, 12, tzinfo=UTC),
        since_round=update.rounds.get(),
    )

    (row,) = rows(client)

    assert tuple(row) == COLUMNS
    assert row == {
        "reference": pledge.reference,
        "kind": "single",
        "part_of": "",
        "title": "Grants",
        "language": "en",
        "stakeholder": "Red Fund",
        "stakeholder_kind": "foundation",
        "country": "CH",
        "partners": "Blue Fund; 118 actors",
        "occasion": "grf-2019",
        "areas": "education",
        "contribution_types": "financial",
        "objectives": "self-reliance",
        "host_countries": "BI; KE",
        "target_value": "100000000",
        "target_unit": "",
        "target_currency": "EUR",
        "target_period": "total",
        "target_year": "2024",
        "stage": "planning",
        "scope_change": "delayed",
        "updated_on": "2021-02-01",
        "unchanged_on": "2021-06-02",
        "sample": "no",
        "source": "https://example.org/pledge",
        "address": f"http://testserver/pledges/{pledge.reference}/",
    }


def test_it_holds_every_pledge_that_the_page_finds_in_the_same_order(client):
    lead = make_stakeholder()
    for number in range(30):
        make_pledge(lead, title=f"School {60 - number}")
    make_pledge(lead, title="Tents")

    found = [row["title"] for row in rows(client, "?q=school&sort=title")]

    assert found == [f"School {number}" for number in range(31, 61)]


@pytest.mark.parametrize("query", ["?stage=done", "?stagge=planning", "?q=" + "x" * 201])
def test_what_it_cannot_filter_by_is_said_instead_of_left_out(client, query):
    make_pledge(make_stakeholder())

    response = client.get(f"/pledges/export.csv{query}")

    assert (response.status_code, response["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert "TST-" not in response.content.decode()


def test_what_is_not_public_is_not_in_it(client):
    hidden = make_stakeholder(f"{SECRET} fund", is_public=False, kind="state", country=make_country("JP"))
    mailbox = make_stakeholder("Named", institutional_mailbox=f"{SECRET}@example.org")
    make_pledge(hidden, partners=(mailbox,))
    make_pledge(mailbox, title=SECRET, published=False)
    later = make_pledge(mailbox, title=SECRET)
    Pledge.objects.filter(pk=later.pk).update(published_at=timezone.now() + timezone.timedelta(days=1))
    pledge = make_pledge(mailbox)
    Pledge.objects.filter(pk=pledge.pk).update(parent=later)
    make_update(pledge, "draft", stage="fulfilled", narrative=SECRET)

    told = text(client)

    assert SECRET not in told
    assert later.reference not in told
    first, second = csv.DictReader(StringIO(told))
    assert (first["stakeholder"], first["stakeholder_kind"], first["country"]) == (
        "a stakeholder that is not named here",
        "",
        "",
    )
    assert (second["part_of"], second["stage"], second["updated_on"]) == ("", "", "")


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1+2", "@SUM(1)", " =1", "\uff1d1"])
def test_no_cell_is_a_formula(client, title):
    make_pledge(make_stakeholder(), title=title)

    assert [row["title"] for row in rows(client)] == [f"'{title}"]


@pytest.mark.parametrize("count", [1, 4])
def test_queries_do_not_grow_with_the_rows(client, django_assert_num_queries, count):
    for _ in range(count):
        make_update(make_pledge(make_stakeholder(country=make_country("CH"))))
    # Three for the choices of the form; the pledges; versions with themes, types, objectives, countries, parties.
    with django_assert_num_queries(10):
        text(client)


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_for_reading(client, method):
    assert getattr(client, method)("/pledges/export.csv").status_code == 405


def test_it_is_a_file_to_be_kept_and_the_page_leads_to_it_with_its_filters(client):
    make_pledge(make_stakeholder(), title="School")

    response = client.get("/pledges/export.csv")
    page = client.get("/pledges/?q=school").content.decode()

    assert (response.streaming, response["Content-Type"]) == (True, "text/csv; charset=utf-8")
    assert response["Content-Disposition"] == f'attachment; filename="pledges-{timezone.now():%Y-%m-%d}.csv"'
    assert 'href="/pledges/export.csv?q=school" download>Download this pledge as a table (CSV)</a>' in page
