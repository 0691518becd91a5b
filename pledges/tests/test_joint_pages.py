"""Pledges of many: all parties named, members listed, who agreed, and counted both ways."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Stakeholder
from accounts.tests.factories import make_stakeholder
from foundation import history
from pledges import partners, pledge_workflow
from pledges.aggregates import entity_count, stage_counts
from pledges.content import empty_content
from pledges.facts import facts_of
from pledges.models import Pledge, PledgeParty, UpdateRound
from pledges.review import accept
from pledges.tests.factories import make_pledge, make_update
from pledges.workflow import submit

pytestmark = pytest.mark.django_db
AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
MULTI = Pledge.Kind.MULTI


def page(client, pledge, query=""):
    response = client.get(f"/pledges/{pledge.reference}/{query}")
    assert response.status_code == 200
    return response


def words(response):
    return " ".join(response.content.decode().split())


def make_parent(lead=None, *, members=0, kind=MULTI, **fields):
    parent = make_pledge(lead or make_stakeholder("Lead Aid"), **fields)
    Pledge.objects.filter(pk=parent.pk).update(kind=kind)
    parent.refresh_from_db()
    for number in range(members):
        child = make_pledge(make_stakeholder(f"Member {number}"), title=f"Part {number}")
        Pledge.objects.filter(pk=child.pk).update(parent=parent)
    return parent


@pytest.fixture
def of_234(db):
    lead = make_stakeholder("RefugePoint")
    pledge = make_pledge(lead, title="Economic inclusion")
    names = [f"Partner {number:03}" for number in range(234)]
    rows = Stakeholder.objects.bulk_create(
        Stakeholder(name=name, slug=name.lower().replace(" ", "-"), kind="civil-society") for name in names
    )
    version = pledge.current
    PledgeParty.objects.bulk_create(PledgeParty(version=version, stakeholder=row, role="partner") for row in rows)
    return pledge


def test_234_partners_are_all_named_and_folded(client, of_234):
    text = words(page(client, of_234))
    assert "<summary>234 partners</summary>" in text
    assert [f"<li>Partner {number:03}</li>" in text for number in range(234)] == [True] * 234


def test_twelve_partners_are_not_folded(client):
    twelve = tuple(make_stakeholder() for _each in range(12))
    text = words(page(client, make_pledge(make_stakeholder(), partners=twelve)))
    assert "<summary>" not in text.partition("<main")[2]


def test_234_partners_count_once_in_totals_and_once_for_each_entity(client, of_234):
    make_pledge(make_stakeholder("Alone"))
    make_update(of_234, stage="in-progress")
    everything = Pledge.objects.for_public()
    assert (stage_counts(at=AT, pledges=everything).total, entity_count(everything)) == (2, 236)
    registry = words(client.get("/pledges/"))
    assert "A joint pledge counts once." in registry
    assert "Counted once for each entity that stands behind them, they would be 236." in registry
    for slug in ("partner-000", "partner-233"):
        response = client.get(f"/stakeholders/{slug}/")
        assert (response.context["counts"].total, response.context["as_partner"]) == (1, 1)
        assert "In the figures of the whole portal a shared pledge counts once" in words(response)


def test_labels_merged_entries_and_former_versions_are_no_further_entities():
    into = make_stakeholder("Into")
    old = make_stakeholder("Old", merged_into=into)
    pledge = make_pledge(make_stakeholder(), partners=(into, old))
    PledgeParty.objects.create(version=pledge.current, label="118 actors", role="partner")
    assert entity_count(Pledge.objects.all()) == 2
    pledge.versions.update(valid_until=AT)
    assert entity_count(Pledge.objects.all()) == 0


def test_47_members_are_listed_in_pages_and_counted_as_pledges_of_their_own(client):
    parent = make_parent(members=47)
    make_update(Pledge.objects.filter(parent=parent).first(), stage="fulfilled")
    first, second = page(client, parent), page(client, parent, "?page=2")

    assert "47 pledges are part of this one" in words(first)
    assert "each of them counts as a pledge of its own, and this one counts once" in words(first)
    assert [len(response.context["members"].page.object_list) for response in (first, second)] == [25, 22]
    assert [row.of_all.count for row in first.context["members"].rows] == [1, 0, 0, 46]
    assert stage_counts(at=AT, pledges=Pledge.objects.for_public()).total == 48
    assert page(client, parent, "?page=nonsense").context["members"].page.number == 1
    assert page(client, parent, "?page=999").context["members"].page.number == 2


@pytest.mark.parametrize("members", [1, 3])
def test_the_page_of_a_parent_costs_the_same_however_many_are_part_of_it(client, members, django_assert_num_queries):
    parent = make_parent(members=members)
    with django_assert_num_queries(16):
        page(client, parent)


def test_a_member_links_up_with_the_title(client):
    parent = make_parent(members=1, title="The whole")
    child = Pledge.objects.get(parent=parent)
    link = f'<a href="/pledges/{parent.reference}/">{parent.reference}</a>'
    assert f'{link} <span lang="en" dir="auto">The whole</span>' in words(page(client, child))


def test_members_that_are_not_published_are_neither_listed_nor_counted(client):
    parent = make_parent(members=2)
    hidden = Pledge.objects.filter(parent=parent).last()
    Pledge.objects.filter(pk=hidden.pk).update(published_at=None)
    response = page(client, parent)
    assert "1 pledge is part of this one" in words(response)
    assert hidden.reference not in words(response)


def test_an_initiative_without_members_has_no_list(client):
    assert page(client, make_parent(kind="initiative")).context["members"] is None


def agreed(cast, *, who):
    draft = make_update(cast.pledge, "draft", narrative="Ten schools so far.", at=AT)
    partners.agree(at=AT, actor=who, update=draft, stakeholder=cast.partner_ngo, seen=partners.fingerprint(draft))
    content = empty_content(stage="in-progress", narrative="Ten schools so far.")
    row = submit(
        at=AT, actor=cast.focal_point, pledge=cast.pledge, stakeholder=cast.ngo, revision=draft.revision, fields=content
    )
    accept(at=AT, actor=cast.reviewer, update=row.update, number=row.number)
    return UpdateRound.objects.get(pk=row.pk)


def test_the_public_reads_who_agreed_with_an_accepted_text(cast, client, time_machine):
    time_machine.move_to(AT, tick=False)
    agreed(cast, who=cast.partner)
    assert "Partners that agreed with this text: Partner Aid" in words(page(client, cast.pledge))


def test_files_beside_the_text_do_not_undo_an_agreement(cast, client, time_machine):
    time_machine.move_to(AT, tick=False)
    row = agreed(cast, who=cast.partner)
    row.content |= {"evidence": []}
    row.save()
    assert "Partners that agreed with this text: Partner Aid" in words(page(client, cast.pledge))


def test_who_is_not_public_is_not_named_among_those_that_agreed(cast, client, time_machine):
    time_machine.move_to(AT, tick=False)
    agreed(cast, who=cast.partner)
    Stakeholder.objects.filter(pk=cast.partner_ngo.pk).update(is_public=False)
    text = words(page(client, cast.pledge))
    assert "Partner Aid" not in text
    assert "Partners that agreed with this text: a stakeholder that is not named here" in text


def test_a_note_without_agreement_is_not_told(cast, client, time_machine):
    time_machine.move_to(AT, tick=False)
    row = agreed(cast, who=cast.partner)
    partner_note = row.update.partner_notes.get()
    partner_note.agreed_with = "of another text"
    partner_note.save()
    assert "agreed with this text" not in words(page(client, cast.pledge))


def revise(pledge, **own):
    return pledge_workflow.revise_pledge(pledge=pledge, facts=facts_of(pledge.current), at=AT, actor=None, **own)


def test_a_pledge_becomes_part_of_another_with_an_entry_in_its_history():
    parent, child = make_parent(), make_pledge(make_stakeholder())
    assert revise(child, parent=parent) == {"parent": ["–", parent.reference]}
    assert history.of(child).get().verb == "pledge.revised"
    assert revise(child, parent=parent) == {}


def test_only_a_pledge_of_many_has_members_and_none_is_part_of_itself():
    single, initiative = make_pledge(make_stakeholder()), make_parent(kind="initiative")
    multi = make_parent()
    revise(multi, parent=initiative)
    for pledge, own, field in (
        (make_pledge(make_stakeholder()), {"parent": single}, "parent"),
        (initiative, {"parent": multi}, "parent"),
        (initiative, {"parent": initiative}, "parent"),
        (initiative, {"kind": "single"}, "kind"),
    ):
        with pytest.raises(ValidationError) as refused:
            revise(pledge, **own)
        assert list(refused.value.message_dict) == [field]
    assert Pledge.objects.filter(parent__isnull=False).count() == 1


def test_staff_read_the_same_sentences_beside_the_fields(cast, log_in):
    parent = make_parent(members=1)
    child, client = Pledge.objects.get(parent=parent), log_in(cast.editor)
    lead = child.current.parties.get().stakeholder_id
    sent = {"kind": "single", "occasion": child.occasion_id, "title": "Part", "language": "en", "lead": lead}
    sent |= {"target_period": "total", "versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}
    response = client.post(f"/admin/pledges/pledge/{child.pk}/change/", sent | {"parent": cast.pledge.pk})
    assert response.context["adminform"].form.errors == {
        "parent": ["Others can be part of a multi-stakeholder pledge or of an initiative only."]
    }
    assert client.post(f"/admin/pledges/pledge/{child.pk}/change/", sent | {"parent": ""}).status_code == 302
    assert not Pledge.objects.filter(parent=parent).exists()
