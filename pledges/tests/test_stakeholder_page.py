"""/stakeholders/<slug>/: whose pledges, how far, and both ways to count them."""

import pytest
from django.utils import timezone

from accounts.tests.factories import make_country, make_stakeholder
from pledges.models import Pledge
from pledges.tests.factories import make_pledge, make_update

pytestmark = pytest.mark.django_db


def page(client, stakeholder):
    response = client.get(f"/stakeholders/{stakeholder.slug}/")
    assert response.status_code == 200
    return response


def titles(response):
    return [pledge.current.title for pledge in response.context["page"]]


def test_it_lists_what_the_stakeholder_leads_and_takes_part_in(client):
    red = make_stakeholder("Red Fund", country=make_country("CH"), kind="foundation")
    other = make_stakeholder("Other")
    make_update(make_pledge(red, title="Own"), stage="fulfilled")
    make_pledge(other, partners=(red,), title="Shared")
    make_pledge(other, title="Not its own")

    response = page(client, red)
    text = " ".join(response.content.decode().split())

    assert titles(response) == ["Own", "Shared"]
    assert (response.context["led"], response.context["as_partner"], response.context["counts"].total) == (1, 1, 2)
    assert response.context["counts"].by_stage == {"planning": 0, "in-progress": 0, "fulfilled": 1}
    assert "Foundation · Switzerland" in text
    assert "Leads 1 pledge; takes part in 1 that another leads." in text
    assert "a shared pledge counts once, whoever takes part." in text
    assert "Stages of all pledges that it stands behind" in text


def test_a_former_version_counts_no_longer(client):
    red, blue = make_stakeholder("Red"), make_stakeholder("Blue")
    pledge = make_pledge(red, partners=(blue,), title="Shared")
    make_pledge(blue, title="Own")
    pledge.current.parties.get(stakeholder=blue).delete()

    assert titles(page(client, blue)) == ["Own"]


def test_what_a_merged_name_stood_behind_is_on_the_page_of_the_one_it_went_into(client):
    old, new = make_stakeholder("Old"), make_stakeholder("New")
    make_pledge(old, title="From before")
    old.merged_into = new
    old.save()

    response = client.get(f"/stakeholders/{old.slug}/")

    feed = client.get(f"/stakeholders/{old.slug}/updates.atom")

    assert (response.status_code, response["Location"]) == (301, f"/stakeholders/{new.slug}/")
    assert (feed.status_code, feed["Location"]) == (301, f"/stakeholders/{new.slug}/updates.atom")
    assert titles(page(client, new)) == ["From before"]


def test_a_name_is_not_public_without_a_published_pledge(client):
    silent, drafting, coming, hidden = (make_stakeholder(name) for name in ("Silent", "Drafting", "Coming", "Hidden"))
    make_pledge(drafting, published=False)
    later = make_pledge(coming)
    Pledge.objects.filter(pk=later.pk).update(published_at=timezone.now() + timezone.timedelta(days=1))
    make_pledge(hidden)
    hidden.is_public = False
    hidden.save()
    merged = [make_stakeholder(f"Merged into {each}", merged_into=each) for each in (silent, drafting, coming, hidden)]

    for stakeholder in (silent, drafting, coming, hidden, *merged):
        for ending in ("", "updates.atom"):
            assert client.get(f"/stakeholders/{stakeholder.slug}/{ending}").status_code == 404, (stakeholder, ending)
    assert client.get("/stakeholders/nobody/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_for_reading(client, method):
    stakeholder = make_stakeholder()
    make_pledge(stakeholder)
    assert getattr(client, method)(f"/stakeholders/{stakeholder.slug}/").status_code == 405


@pytest.mark.parametrize("count", [1, 4])
def test_queries_do_not_grow_with_the_pledges(client, django_assert_num_queries, count):
    stakeholder = make_stakeholder()
    for _ in range(count):
        make_update(make_pledge(stakeholder, partners=(make_stakeholder(),)))
    with django_assert_num_queries(9):
        page(client, stakeholder)


def test_many_pledges_come_in_pages(client):
    stakeholder = make_stakeholder()
    for number in range(26):
        make_pledge(stakeholder, title=f"Pledge {number}")

    second = client.get(f"/stakeholders/{stakeholder.slug}/?page=2")

    assert (titles(second), second.context["counts"].total) == (["Pledge 25"], 26)


def test_the_page_of_a_pledge_leads_to_who_leads_it_unless_it_is_not_named(client):
    red, hidden = make_stakeholder("Red Fund"), make_stakeholder("Hidden", is_public=False)

    named = client.get(make_pledge(red).get_absolute_url()).content.decode()
    unnamed = client.get(make_pledge(hidden).get_absolute_url()).content.decode()

    assert f'<a href="/stakeholders/{red.slug}/">Red Fund</a>' in named
    assert "/stakeholders/" not in unnamed
