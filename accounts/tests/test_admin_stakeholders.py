"""Stakeholders in the administration: inviting, merging, who reports."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from accounts.models import Invitation, Stakeholder
from accounts.tests.factories import make_country, make_member, make_stakeholder, make_user
from foundation import history
from foundation.models import OutgoingMail
from pledges.models import PledgeParty

pytestmark = pytest.mark.django_db
URL = "/admin/accounts/stakeholder/"
NO_ROWS = {f"{name}-{what}_FORMS": "0" for name in ("memberships", "invitations") for what in ("TOTAL", "INITIAL")}
NGO = {"name": "Example Relief", "language": "en", "kind": "civil-society", "is_public": "on", **NO_ROWS}
WHOM = {"address": "new@example.org", "name": "Ann Lee", "role": "focal-point", "language": "en"}


def act(client, action, *rows):
    return client.post(URL, {"action": action, "_selected_action": [row.pk for row in rows]})


def merge_url(*rows):
    return f"{URL}merge/?" + "&".join(f"entry={row.uuid}" for row in rows)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(cast, log_in, rows, django_assert_num_queries):
    for _number in range(rows):
        make_member(make_stakeholder(country=make_country()))
    client = log_in(cast.superuser)

    with django_assert_num_queries(9):
        page = client.get(URL)
    assert page.status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_a_stakeholder_costs_the_same_however_many_people_it_has(log_in, rows, django_assert_num_queries):
    ngo = make_stakeholder()
    for number in range(rows):
        make_member(ngo)
        ngo.invitations.create(address=f"{number}@example.org", expires_at=datetime(2999, 1, 1, tzinfo=UTC))
    client = log_in(make_user(is_staff=True, is_superuser=True))
    client.get(f"{URL}{ngo.pk}/change/")  # the first page of a process learns its content types

    with django_assert_num_queries(6):
        page = client.get(f"{URL}{ngo.pk}/change/")
    assert page.status_code == 200


def test_the_list_says_how_many_report(cast, log_in):
    make_stakeholder("Nobody Reports")
    make_member(cast.other, is_active=False)
    client = log_in(cast.editor)
    numbers = {row.name: row.focal_points_now for row in client.get(URL).context["cl"].result_list}
    none = [row.name for row in client.get(URL, {"focal-points": "none"}).context["cl"].result_list]

    assert numbers == {"Example Relief": 2, "Other Aid": 1, "Partner Aid": 1, "Nobody Reports": 0}
    assert none == ["Nobody Reports"]


def test_an_editor_adds_and_changes_a_stakeholder(cast, log_in):
    client = log_in(cast.editor)
    client.post(
        f"{URL}add/",
        {**NGO, "name": "New\x85Relief ", "slug": "new-relief", "institutional_mailbox": "Office@Example.org"},
    )
    new = Stakeholder.objects.get(slug="new-relief")
    client.post(f"{URL}{new.pk}/change/", {**NGO, "slug": "another", "is_sample": "on", "merged_into": cast.ngo.pk})
    new.refresh_from_db()

    assert (new.name, new.slug, new.is_sample, new.merged_into) == ("Example Relief", "new-relief", False, None)
    assert [entry.verb for entry in history.of(new)] == ["changed", "added"]


@pytest.mark.parametrize(
    "fields",
    [{"name": ""}, {"kind": "club"}, {"institutional_mailbox": "x"}, {"name": "x" * 999}, {"language": "English"}],
)
def test_bad_input_is_said_in_words_and_saves_nothing(cast, log_in, fields):
    page = log_in(cast.editor).post(f"{URL}{cast.ngo.pk}/change/", {**NGO, "name": "Changed", **fields})

    assert page.status_code == 200
    assert Stakeholder.objects.get(pk=cast.ngo.pk).name == "Example Relief"


# Inviting


def test_an_editor_invites(cast, log_in):
    client = log_in(cast.editor)
    page = client.get(f"{URL}{cast.ngo.pk}/invite/")
    answer = client.post(f"{URL}{cast.ngo.pk}/invite/", WHOM)
    invitation = Invitation.objects.get()

    assert page.content.decode().count("<h1") == 1
    assert answer["Location"] == f"{URL}{cast.ngo.pk}/change/"
    assert (invitation.address, invitation.invited_by, invitation.role) == (
        "new@example.org",
        cast.editor,
        "focal-point",
    )
    assert OutgoingMail.objects.get(purpose="invitation").address == "new@example.org"


def test_the_button_is_on_the_stakeholders_page(cast, log_in):
    button = f'href="{URL}{cast.ngo.pk}/invite/"'

    assert button in log_in(cast.editor).get(f"{URL}{cast.ngo.pk}/change/").content.decode()
    assert button not in log_in(cast.reviewer).get(f"{URL}{cast.ngo.pk}/change/").content.decode()


def test_what_stands_in_the_way_is_said_and_what_was_typed_stays(cast, log_in):
    page = log_in(cast.editor).post(f"{URL}{cast.ngo.pk}/invite/", {**WHOM, "address": "focal@example.org"})
    text = page.content.decode()

    assert page.status_code == 200
    assert "This person already has this role" in text
    assert 'value="focal@example.org"' in text


@pytest.mark.parametrize(
    "fields",
    [{"address": ""}, {"address": "a\x00@example.org"}, {"role": "king"}, {"language": "xx"}, {"name": "x" * 200}],
)
def test_a_bad_invitation_is_not_sent(cast, log_in, fields):
    page = log_in(cast.editor).post(f"{URL}{cast.ngo.pk}/invite/", {**WHOM, **fields})

    assert page.status_code == 200
    assert "errorlist" in page.content.decode()
    assert OutgoingMail.objects.count() == 0


def test_a_reviewer_invites_nobody(cast, log_in):
    client = log_in(cast.reviewer)

    assert client.get(f"{URL}{cast.ngo.pk}/invite/").status_code == 403
    assert client.post(f"{URL}{cast.ngo.pk}/invite/", WHOM).status_code == 403
    assert Invitation.objects.count() == 0


def test_an_unknown_stakeholder_is_not_there(cast, log_in):
    assert log_in(cast.editor).get(f"{URL}999999/invite/").status_code == 404


# Merging


def test_the_action_asks_first_and_says_the_numbers(cast, log_in):
    client = log_in(cast.editor)
    asked = act(client, "merge", cast.ngo, cast.partner_ngo)
    page = client.get(asked["Location"]).content.decode()

    assert page.count("<h1") == 1
    assert "Example Relief" in page
    assert "roles of people: 4;" in page
    assert "parts in pledges: 1" in page
    assert "invitations:" not in page
    assert Stakeholder.objects.filter(merged_into=None).count() == 3


def test_the_one_that_was_chosen_stays(cast, log_in):
    client = log_in(cast.editor)
    answer = client.post(merge_url(cast.ngo, cast.partner_ngo), {"into": str(cast.ngo.uuid)})
    cast.partner_ngo.refresh_from_db()

    assert answer["Location"] == f"{URL}{cast.ngo.pk}/change/"
    assert cast.partner_ngo.merged_into == cast.ngo
    assert list(PledgeParty.objects.values_list("stakeholder__name", "role")) == [("Example Relief", "lead")]


@pytest.mark.parametrize("into", ["", "0", "x", "other"])
def test_a_choice_that_is_none_merges_nothing(cast, log_in, into):
    wrong = str(cast.other.uuid) if into == "other" else into
    page = log_in(cast.editor).post(merge_url(cast.ngo, cast.partner_ngo), {"into": wrong})

    assert page.status_code == 200
    assert Stakeholder.objects.filter(merged_into=None).count() == 3


def test_a_sample_and_a_real_entity_stay_two(cast, log_in):
    sample = make_stakeholder("Sample Relief Network", is_sample=True)
    page = log_in(cast.editor).post(merge_url(cast.ngo, sample), {"into": str(cast.ngo.uuid)})

    assert "A sample and a real entity cannot become one." in page.content.decode()
    assert Stakeholder.objects.filter(merged_into=None).count() == 4


@pytest.mark.parametrize("query", ["", f"entry={UUID(int=1)}", "entry=x&entry=y", "entry=%00&entry=1"])
def test_too_few_or_strange_entries_lead_back_with_a_word(cast, log_in, query):
    answer = log_in(cast.editor).get(f"{URL}merge/?{query}")

    assert answer["Location"] == URL


def test_a_reviewer_merges_nothing(cast, log_in):
    client = log_in(cast.reviewer)

    assert client.post(merge_url(cast.ngo, cast.other), {"into": str(cast.ngo.uuid)}).status_code == 403


def test_what_was_merged_away_is_read_only_and_not_offered(cast, log_in):
    gone = make_stakeholder("Example Relief Inc", merged_into=cast.ngo)
    client = log_in(cast.superuser)
    box = {"app_label": "accounts", "model_name": "membership", "field_name": "stakeholder", "term": "Example"}
    offered = client.get("/admin/autocomplete/", box).json()["results"]

    assert client.post(f"{URL}{gone.pk}/change/", {**NGO, "name": "x"}).status_code == 403
    assert [row["text"] for row in offered] == ["Example Relief"]
