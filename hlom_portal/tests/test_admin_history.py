"""The history on the pages of the administration: of pledges, updates, stakeholders, roles and people."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts import account_workflow, colleagues, contacts
from accounts.merging import merge_stakeholders
from accounts.tests.factories import make_stakeholder
from accounts.workflow import accept_invitation, invite
from foundation import history
from foundation.history_admin import AT_MOST
from pledges import pledge_workflow, workflow
from pledges.content import empty_content
from pledges.tests.factories import make_update

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 5, 3, 9, tzinfo=UTC)
SECRET = "Xyzzyplugh"


def page_of(client, row):
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_history"
    return client.get(reverse(name, args=[row.pk]))


def told(page):
    """What the page says: who, what, and about which other row, the newest first."""
    return [(str(entry.entry.actor or ""), entry.verb, about) for entry, about in page.context["entries"]]


@pytest.fixture
def staff(cast, log_in):
    return log_in(cast.reviewer)


def test_a_pledge_shows_its_own_entries_and_those_of_its_updates_without_a_word_of_a_draft(cast, staff):
    pledge_workflow.withdraw_pledge(pledge=cast.pledge, at=NOW, actor=cast.editor)
    fields = empty_content(stage="planning", narrative=SECRET, language="en")
    workflow.save_draft(
        at=NOW, actor=cast.focal_point, pledge=cast.pledge, stakeholder=cast.ngo, fields=fields, revision=0
    )
    page = page_of(staff, cast.pledge)

    assert told(page) == [
        ("focal@example.org", "saved a draft", "Example Relief"),
        ("editor@example.org", "withdrew the pledge from the public", ""),
    ]
    assert SECRET not in page.content.decode()
    assert "revision" in page.content.decode().lower()


def test_an_update_has_a_page_and_its_review_leads_there(cast, staff):
    update = make_update(cast.pledge)
    history.record(at=NOW, actor=cast.reviewer, verb="accepted", subject=update, changes={"round": 1})
    review = staff.get(reverse("admin:pledges_progressupdate_change", args=[update.pk])).content.decode()

    assert told(page_of(staff, update)) == [("reviewer@example.org", "accepted the update", "")]
    assert reverse("admin:pledges_progressupdate_history", args=[update.pk]) in review


def test_after_a_merge_both_histories_stand_in_one_place(cast, staff):
    duplicate = make_stakeholder("Example Relief Inc", slug="example-relief-inc")
    invite(at=NOW, actor=cast.editor, address="new@example.org", stakeholder=duplicate)
    merge_stakeholders(at=NOW, actor=cast.editor, duplicate=duplicate, into=cast.ngo)
    page = page_of(staff, cast.ngo)

    assert [(verb, about) for _who, verb, about in told(page)] == [
        ("took over a duplicate", ""),
        ("merged into another entry", "example-relief-inc"),
        ("invited somebody", "example-relief-inc"),
    ]
    assert page_of(staff, duplicate).status_code == 200


def test_a_changed_field_is_told_before_and_after(cast, staff):
    cast.ngo.name = "<b>New</b>"
    account_workflow.save_changes(at=NOW, actor=cast.editor, row=cast.ngo, changed=["name"])
    page = page_of(staff, cast.ngo).content.decode()

    assert "Name: <del>Example Relief</del> → <ins>&lt;b&gt;New&lt;/b&gt;</ins>" in page
    assert "3 May 2021, 11:00" in page


def test_a_role_shows_what_was_done_about_this_person_only(cast, staff):
    colleagues.change_colleagues_role(
        at=NOW, actor=cast.focal_point, membership=cast.reader.memberships.get(), role="contributor"
    )
    account_workflow.change_address(at=NOW, actor=cast.editor, user=cast.reader, address="other@example.org")
    invite(at=NOW, actor=cast.editor, address="new@example.org", stakeholder=cast.ngo)
    membership = cast.reader.memberships.get(ends_at=None)

    assert told(page_of(staff, membership)) == [("focal@example.org", "changed a role", "")]


def test_a_hand_over_stands_in_the_history_of_both_roles(cast, staff):
    whom = {"address": "new@example.org", "name": "", "language": "en"}
    invitation = colleagues.hand_over(at=NOW, actor=cast.focal_point, stakeholder=cast.ngo, at_once=False, **whom)
    successor = accept_invitation(at=NOW, invitation=invitation)
    old, new = cast.focal_point.memberships.get(), successor.memberships.get()

    assert [verb for _who, verb, _about in told(page_of(staff, old))] == ["handed a role over"]
    assert [verb for _who, verb, _about in told(page_of(staff, new))] == [
        "handed a role over",
        "gave a role",
        "accepted an invitation",
        "invited somebody",
    ]


def test_a_person_shows_what_was_done_to_the_account(cast, staff):
    contacts.mark_address_failed(at=NOW, actor=None, user=cast.focal_point)
    page = page_of(staff, cast.focal_point)

    assert told(page) == [("", "noted that mail does not arrive", "")]
    assert "the portal itself" in page.content.decode()


def test_more_than_a_page_holds_is_found_in_the_list_of_all(cast, staff):
    for _number in range(AT_MOST + 1):
        history.record(at=NOW, actor=None, verb="changed", subject=cast.ngo)
    page = page_of(staff, cast.ngo)

    assert len(told(page)) == AT_MOST
    assert f"/admin/foundation/historyentry/?q={cast.ngo.uuid}" in page.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_a_history_costs_the_same_however_long_it_is(cast, staff, rows, django_assert_num_queries):
    for number in range(rows):
        duplicate = make_stakeholder(f"Duplicate {number}")
        merge_stakeholders(at=NOW, actor=cast.editor, duplicate=duplicate, into=cast.ngo)
    page_of(staff, cast.ngo)

    with django_assert_num_queries(10):
        page = page_of(staff, cast.ngo)
    assert len(told(page)) == 2 * rows


@pytest.mark.parametrize("key", ["999999", "x", "%00"])
@pytest.mark.parametrize("model", ["accounts/stakeholder", "accounts/membership", "accounts/user", "pledges/pledge"])
def test_the_history_of_what_is_not_there(staff, model, key):
    assert staff.get(f"/admin/{model}/{key}/history/").status_code in {302, 404}


def test_staff_without_the_right_read_no_history(cast, log_in):
    cast.reviewer.groups.clear()

    assert page_of(log_in(cast.reviewer), cast.ngo).status_code == 403
