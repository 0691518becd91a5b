"""Pledges and the small tables in the administration."""

# ruff: noqa: E501 -- sentences in tables read better whole

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.models import Country
from accounts.tests.factories import make_stakeholder
from events.tests.factories import get_cycle
from foundation.models import HistoryEntry
from pledges.facts import facts_of
from pledges.models import Pledge, Theme
from pledges.tests.factories import make_pledge, make_update

pytestmark = pytest.mark.django_db
LIST = "/admin/pledges/pledge/"


@pytest.fixture
def staff(cast, log_in):
    return log_in(cast.editor)


def change_page(pledge):
    return f"{LIST}{pledge.pk}/change/"


def form(client, pledge=None, **fields):
    """What the browser would send back of the page as it stands, with some fields changed."""
    page = client.get(change_page(pledge) if pledge else f"{LIST}add/")
    sent = {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"}
    for bound in page.context["adminform"].form:
        value = bound.value()
        if value is not None:
            sent[bound.html_name] = value
    if pledge:
        count = pledge.versions.count()
        sent |= {"versions-TOTAL_FORMS": count, "versions-INITIAL_FORMS": count}
    return sent | fields


def errors(response):
    assert response.status_code == 200
    found = response.context["adminform"].form.errors
    return {name: list(messages) for name, messages in found.items()}


def test_a_new_pledge_is_saved_by_the_workflow_and_stays_private(staff, cast):
    lead, partner = make_stakeholder(), make_stakeholder()
    sent = form(
        staff,
        reference="NEW-1",
        occasion=get_cycle("grf-2019").pk,
        title=" Grants\x0bfor  jobs ",
        lead=lead.pk,
        partners=[partner.pk],
        labels="118 actors\n\n118 actors\n9 towns",
        target_value="100000",
        target_unit="EUR",
        target_year="2024",
        themes=["education"],
        contribution_types=["financial"],
        host_countries=[Country.objects.get(code="KE").pk],
        source_url="https://example.org/",
    )
    response = staff.post(f"{LIST}add/", sent)
    assert (response.status_code, response["Location"]) == (302, LIST)
    pledge = Pledge.objects.get(reference="NEW-1")
    facts = facts_of(pledge.current)
    assert (facts.title, facts.lead, facts.partners) == ("Grants for jobs", lead.slug, (partner.slug,))
    assert (facts.labels, facts.target_currency, facts.target_unit) == (("118 actors", "9 towns"), "EUR", "")
    assert (facts.themes, facts.host_countries, pledge.published_at) == ({"education"}, {"KE"}, None)
    entry = HistoryEntry.objects.get(subject_uuid=pledge.uuid)
    assert (entry.verb, entry.actor) == ("pledge.created", cast.editor)


def test_saving_without_a_change_makes_no_version(staff, cast):
    assert staff.post(change_page(cast.pledge), form(staff, cast.pledge)).status_code == 302
    assert (cast.pledge.versions.count(), HistoryEntry.objects.filter(verb="pledge.revised").count()) == (1, 0)


def test_a_change_makes_a_version_and_keeps_the_old_one(staff, cast):
    assert staff.post(change_page(cast.pledge), form(staff, cast.pledge, title="Schools for all")).status_code == 302
    versions = cast.pledge.versions.order_by("number")
    assert [(row.number, row.title, row.valid_until is None) for row in versions] == [
        (1, "Schools for 500 children", False),
        (2, "Schools for all", True),
    ]
    assert [party.stakeholder for party in versions[1].parties.all()] == [cast.ngo, cast.partner_ngo]
    entry = HistoryEntry.objects.get(verb="pledge.revised")
    assert (entry.actor, list(entry.changes)) == (cast.editor, ["title"])


def test_the_source_changes_without_a_version(staff, cast):
    sent = form(staff, cast.pledge, source_url="https://example.org/other")
    assert staff.post(change_page(cast.pledge), sent).status_code == 302
    cast.pledge.refresh_from_db()
    assert (cast.pledge.source_url, cast.pledge.versions.count()) == ("https://example.org/other", 1)


def test_the_second_of_two_editors_is_told(staff, cast):
    first, second = (form(staff, cast.pledge, title=title) for title in ("One", "Two"))
    staff.post(change_page(cast.pledge), first)
    response = staff.post(change_page(cast.pledge), second)
    assert errors(response)["__all__"][0].startswith("Somebody else changed this pledge while you were writing.")
    assert cast.pledge.versions.get(valid_until=None).title == "One"
    assert 'value="Two"' in response.content.decode()


def test_the_reference_never_changes(staff, cast):
    staff.post(change_page(cast.pledge), form(staff, cast.pledge, reference="NEW-9"))
    assert Pledge.objects.filter(reference="NEW-9").count() == 0


@pytest.mark.parametrize(
    ("fields", "name", "message"),
    [
        ({"reference": "new-1"}, "reference", "A reference is capital letters, a hyphen and digits, for example PUB-001."),
        ({"title": ""}, "title", "This field is required."),
        ({"title": "x" * 301}, "title", "Ensure this value has at most 300 characters (it has 301)."),
        ({"title": "a\x00b"}, "title", "Null characters are not allowed."),
        ({"lead": ""}, "lead", "This field is required."),
        ({"target_value": "5", "target_unit": ""}, "target_unit", "Say what the target counts, or in which currency it is."),
        ({"target_unit": "EUO", "target_value": "5"}, "target_unit", "“EUO” looks like a currency, but is no code of ISO 4217."),
        ({"target_unit": "tents"}, "target_value", "Give the number, or take the unit away."),
        ({"target_value": "1e400"}, "target_value", "Ensure that there are no more than 18 digits in total."),
        ({"target_year": "1999"}, "target_year", "Ensure this value is greater than or equal to 2000."),
        ({"title": "\u200b\u202e"}, "title", "Nothing of this title can be seen. Please type it."),
        ({"labels": "x" * 201}, "labels", "A line has at most 200 characters."),
        ({"source_url": "javascript:alert(1)"}, "source_url", "Enter a valid URL."),
        ({"language": "xx"}, "language", "Select a valid choice. xx is not one of the available choices."),
        ({"themes": ["climate"]}, "themes", "Select a valid choice. climate is not one of the available choices."),
    ],
)  # fmt: skip
def test_bad_input_is_said_and_saves_nothing(staff, cast, fields, name, message):
    good = {"reference": "NEW-1", "occasion": get_cycle("grf-2019").pk, "title": "Grants", "lead": cast.ngo.pk}
    assert errors(staff.post(f"{LIST}add/", form(staff, **good) | fields)).get(name, [""])[0] == message
    assert Pledge.objects.count() == 1


def test_the_lead_is_no_partner_as_well(staff, cast):
    sent = form(staff, cast.pledge, partners=[cast.ngo.pk])
    assert errors(staff.post(change_page(cast.pledge), sent)) == {"partners": ["The lead is not a partner as well."]}


def test_a_pledge_is_not_part_of_itself(staff, cast):
    sent = form(staff, cast.pledge, parent=cast.pledge.pk)
    assert errors(staff.post(change_page(cast.pledge), sent)) == {"parent": ["A pledge is not part of itself."]}


def test_what_is_no_longer_offered_is_not_lost(staff, cast):
    version = cast.pledge.current
    version.themes.set(Theme.objects.filter(slug="climate"))
    version.language = "sw"
    version.save()
    cast.ngo.merged_into = cast.other
    cast.ngo.save()
    assert staff.post(change_page(cast.pledge), form(staff, cast.pledge)).status_code == 302
    assert cast.pledge.versions.count() == 1


def act(client, action, *pledges):
    sent = {"action": action, "_selected_action": [pledge.pk for pledge in pledges]}
    return client.post(LIST, sent, follow=True).content.decode()


def test_publishing_and_withdrawing_are_said_and_written_down(staff, cast):
    pledge = make_pledge(cast.ngo, published=False)
    assert "1 pledge became public." in act(staff, "publish", pledge, cast.pledge)
    assert Pledge.objects.published_by(datetime.now(tz=UTC)).filter(pk=pledge.pk).exists()
    assert "2 pledges were withdrawn." in act(staff, "withdraw", pledge, cast.pledge)
    assert Pledge.objects.for_public().count() == 0
    verbs = HistoryEntry.objects.filter(subject_uuid=pledge.uuid).order_by("pk").values_list("verb", "actor__email")
    assert list(verbs) == [("pledge.published", cast.editor.email), ("pledge.withdrawn", cast.editor.email)]


def listed(client, query=""):
    response = client.get(f"{LIST}{query}")
    assert response.status_code == 200
    return [pledge.title for pledge in response.context["cl"].result_list]


def test_the_list_is_searched_and_filtered(staff, cast):
    make_update(cast.pledge, stage="fulfilled")
    make_pledge(cast.other, title="Hidden grants", published=False, occasion=get_cycle("hls-2019"))
    assert listed(staff, "?q=grants") == listed(staff, "?q=Other+Aid") == ["Hidden grants"]
    assert listed(staff, "?public=no") == listed(staff, "?stage=none") == ["Hidden grants"]
    assert listed(staff, "?stage=fulfilled") == listed(staff, "?q=Partner+Aid") == ["Schools for 500 children"]
    assert len(listed(staff, "?stage=done&public=maybe")) == 2


def test_reviewers_read_and_cannot_change(cast, log_in):
    client = log_in(cast.reviewer)
    text = client.get(change_page(cast.pledge)).content.decode()
    assert ("Schools for 500 children" in text, 'name="_save"' in text) == (True, False)
    assert client.post(change_page(cast.pledge), {"title": "Mine"}).status_code == 403
    assert "became public" not in act(client, "publish", make_pledge(cast.ngo, published=False))
    assert client.get(f"{LIST}add/").status_code == 403


@pytest.mark.parametrize("who", ["editor", "superuser"])
def test_nobody_deletes(cast, log_in, who):
    client = log_in(getattr(cast, who))
    theme = Theme.objects.get(slug="education")
    for address in (f"{LIST}{cast.pledge.pk}/delete/", f"/admin/pledges/theme/{theme.pk}/delete/"):
        assert client.post(address, {"post": "yes"}).status_code == 403
    assert "delete_selected" not in client.get(LIST).content.decode()


@pytest.mark.parametrize("who", ["focal_point", "stranger"])
def test_others_do_not_come_in(cast, log_in, who):
    assert log_in(getattr(cast, who)).get(LIST).status_code == 403


@pytest.mark.parametrize("table", ["theme", "contributiontype", "objective"])
def test_small_tables_are_reworded_but_keep_their_address(cast, log_in, table):
    client = log_in(cast.superuser)
    page = client.get(reverse(f"admin:pledges_{table}_changelist"))
    row = page.context["cl"].result_list[0]
    address = reverse(f"admin:pledges_{table}_change", args=[row.pk])
    assert client.post(address, {"name": "New name", "slug": "new", "position": 1}).status_code == 302
    assert client.post(address, {"name": "\u200b", "slug": "new", "position": 1}).status_code == 200
    old = row.slug
    row.refresh_from_db()
    assert (row.name, row.slug) == ("New name", old)


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_of_the_list_do_not_grow(staff, cast, count, django_assert_num_queries):
    for _number in range(count - 1):
        make_update(make_pledge(make_stakeholder(), partners=(make_stakeholder(),)))
    with django_assert_num_queries(9):
        assert len(listed(staff)) == count


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_of_a_page_do_not_grow(staff, count, django_assert_num_queries):
    pledge = make_pledge(make_stakeholder(), partners=tuple(make_stakeholder() for _number in range(count)))
    for number in range(count):
        staff.post(change_page(pledge), form(staff, pledge, title=f"Title {number}"))
    with django_assert_num_queries(24):
        assert staff.get(change_page(pledge)).status_code == 200
