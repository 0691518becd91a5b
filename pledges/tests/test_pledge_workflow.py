"""Creating, revising, publishing and withdrawing pledges."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection

from accounts.tests.factories import make_stakeholder, make_user
from events.tests.factories import get_cycle
from foundation.models import HistoryEntry
from pledges.facts import PledgeFacts, facts_of
from pledges.models import Pledge, PledgeVersion
from pledges.pledge_workflow import create_pledge, publish_pledge, revise_pledge, withdraw_pledge

AT = datetime(2021, 5, 1, 9, tzinfo=UTC)
LATER = AT + timedelta(days=3)


def make(reference="TST-1", **facts):
    facts = PledgeFacts(**({"title": "Grants", "lead": make_stakeholder().slug} | facts))
    return create_pledge(reference=reference, occasion=get_cycle("grf-2019"), facts=facts, at=AT, actor=None)


def verbs(pledge):
    return list(HistoryEntry.objects.filter(subject_uuid=pledge.uuid).order_by("pk").values_list("verb", flat=True))


@pytest.mark.django_db
def test_a_new_pledge_is_not_public():
    pledge = make()
    assert (pledge.published_at, pledge.current.number, pledge.current.valid_from) == (None, 1, AT)
    assert verbs(pledge) == ["pledge.created"]


@pytest.mark.django_db
def test_facts_come_back_as_they_were_written():
    facts = PledgeFacts(
        title="Grants",
        lead=make_stakeholder().slug,
        partners=(make_stakeholder().slug, make_stakeholder().slug),
        labels=("118 actors", "9 towns"),
        language="fr",
        description="Texte.",
        target_value=5,
        target_currency="EUR",
        target_year=2024,
        themes=frozenset({"education", "solutions"}),
        contribution_types=frozenset({"policy"}),
        objectives=frozenset({"self-reliance"}),
        host_countries=frozenset({"BI", "KE"}),
    )
    pledge = create_pledge(reference="TST-1", occasion=get_cycle("grf-2019"), facts=facts, at=AT, actor=None)
    assert facts_of(pledge.versions.get()) == facts


@pytest.mark.django_db
@pytest.mark.parametrize("reference", ["tst-1", "TST-1"])
def test_a_reference_is_well_shaped_and_new(reference):
    if reference == "TST-1":
        make()
    with pytest.raises(IntegrityError):
        make(reference)


@pytest.mark.django_db
def test_a_revision_closes_the_old_version_and_says_what_changed():
    pledge, editor = make(), make_user()
    facts = replace(facts_of(pledge.current), title="More grants", themes=frozenset({"education"}))
    changes = revise_pledge(pledge=pledge, facts=facts, at=LATER, actor=editor)
    versions = pledge.versions.order_by("number").values_list("number", "title", "valid_from", "valid_until")
    assert list(versions) == [(1, "Grants", AT, LATER), (2, "More grants", LATER, None)]
    assert changes == {"title": ["Grants", "More grants"], "themes": ["–", "education"]}
    entry = HistoryEntry.objects.get(verb="pledge.revised")
    assert (entry.changes, entry.actor, entry.at) == (changes, editor, LATER)


@pytest.mark.django_db
def test_the_same_facts_write_nothing():
    pledge = make()
    facts = facts_of(pledge.current)
    assert revise_pledge(pledge=pledge, facts=facts, at=LATER, actor=None, source_url="") == {}
    assert (pledge.versions.count(), verbs(pledge)) == (1, ["pledge.created"])


@pytest.mark.django_db
def test_the_pledges_own_fields_change_without_a_version():
    pledge = make()
    facts = facts_of(pledge.current)
    revise_pledge(pledge=pledge, facts=facts, at=LATER, actor=None, source_url="https://example.org/")
    pledge.refresh_from_db()
    assert (pledge.source_url, pledge.versions.count(), verbs(pledge)[-1]) == (
        "https://example.org/",
        1,
        "pledge.revised",
    )


@pytest.mark.django_db
def test_the_reference_cannot_be_revised():
    pledge = make()
    with pytest.raises(TypeError):
        revise_pledge(pledge=pledge, facts=facts_of(pledge.current), at=LATER, actor=None, reference="TST-2")


@pytest.mark.django_db
def test_a_version_never_ends_before_it_begins():
    pledge = make()
    facts = replace(facts_of(pledge.current), title="More")
    revise_pledge(pledge=pledge, facts=facts, at=AT - timedelta(days=9), actor=None)
    assert [(row.valid_from, row.valid_until) for row in pledge.versions.order_by("number")] == [(AT, AT), (AT, None)]


@pytest.mark.django_db
def test_a_failed_revision_leaves_all_as_it_was():
    pledge = make()
    facts = replace(facts_of(pledge.current), themes=frozenset({"no-such-theme"}))
    with pytest.raises(Exception, match="matching query does not exist"):
        revise_pledge(pledge=pledge, facts=facts, at=LATER, actor=None)
    assert [(row.number, row.valid_until) for row in pledge.versions.all()] == [(1, None)]


@pytest.mark.django_db
def test_publishing_and_withdrawing_happen_once_each():
    pledge = make()
    published = [publish_pledge(pledge=pledge, at=AT, actor=None) for _time in range(2)]
    pledge.refresh_from_db()
    assert (published, pledge.published_at) == ([True, False], AT)
    assert [withdraw_pledge(pledge=pledge, at=LATER, actor=None) for _time in range(2)] == [True, False]
    pledge.refresh_from_db()
    assert pledge.published_at is None
    assert verbs(pledge) == ["pledge.created", "pledge.published", "pledge.withdrawn"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_revisions_at_once_make_two_versions():
    pledge = make()
    facts, barrier = facts_of(pledge.current), Barrier(2)

    def revise(title):
        barrier.wait()
        revise_pledge(pledge=pledge, facts=replace(facts, title=title), at=LATER, actor=None)
        connection.close()

    threads = [Thread(target=revise, args=(title,)) for title in ("One", "Two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(PledgeVersion.objects.values_list("number", flat=True)) == [1, 2, 3]
    assert Pledge.objects.get().current.number == 3
