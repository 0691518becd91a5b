"""Figures about pledges: they add up, and each says its base."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import Stakeholder
from accounts.tests.factories import make_stakeholder
from events.tests.factories import get_cycle
from pledges.aggregates import Figure, counts_of_all_published, entity_count, stage_counts
from pledges.models import Pledge, ProgressUpdate
from pledges.selectors import with_stage
from pledges.stage_bar import WIDTH, stage_rows
from pledges.tests.factories import make_pledge, make_update

pytestmark = pytest.mark.django_db
AT = datetime(2021, 10, 20, tzinfo=UTC)
SECOND = timedelta(seconds=1)
# As UNHCR published them in August 2020, over "some 1,400" pledges.
AUGUST_2020 = {"planning": 67, "in-progress": 212, "fulfilled": 22}


def counts(at=AT):
    return stage_counts(at=at, pledges=Pledge.objects.for_public())


def stage_at(pledge, at):
    return with_stage(Pledge.objects.filter(pk=pledge.pk), at=at).get().stage


def make_many(total, by_stage):
    """Pledges and their accepted updates in two statements."""
    lead, moment = make_stakeholder(), datetime(2020, 8, 1, tzinfo=UTC)
    pledges = Pledge.objects.bulk_create(
        Pledge(reference=f"TST-{number}", occasion=get_cycle("grf-2019"), published_at=moment)
        for number in range(1, total + 1)
    )
    stages = [stage for stage, count in by_stage.items() for _number in range(count)]
    ProgressUpdate.objects.bulk_create(
        ProgressUpdate(
            pledge=pledge,
            stakeholder=lead,
            state="accepted",
            stage=stage,
            first_submitted_at=moment,
            accepted_at=moment,
        )
        for pledge, stage in zip(pledges, stages, strict=False)
    )


def test_the_published_figures_of_august_2020_come_out_the_same():
    make_many(1400, AUGUST_2020)
    found = counts()
    assert (found.with_update, found.total, found.without_update) == (301, 1400, 1099)
    shares = {stage: (found.of_updated(stage).percent, found.of_all(stage).percent) for stage in AUGUST_2020}
    assert shares == {
        "planning": (Decimal("22.3"), Decimal("4.8")),
        "in-progress": (Decimal("70.4"), Decimal("15.1")),
        "fulfilled": (Decimal("7.3"), Decimal("1.6")),
    }


def test_the_figures_of_all_are_those_of_any_choice_of_pledges(django_assert_num_queries):
    """Two ways to count, held together on what tells them apart."""
    lead, other, gone = (make_stakeholder(name) for name in ("Lead", "Other", "Gone"))
    Stakeholder.objects.filter(pk=gone.pk).update(merged_into=lead)
    again = make_stakeholder("Gone again")
    Stakeholder.objects.filter(pk=again.pk).update(merged_into=other)
    once_more = make_stakeholder("Gone once more")
    Stakeholder.objects.filter(pk=once_more.pk).update(merged_into=other)
    joint = make_pledge(lead, partners=(other, gone, again))
    make_update(make_pledge(gone, partners=(again, once_more)), stage="planning")
    make_update(joint, stage="planning", at=AT - 9 * SECOND)
    make_update(joint, stage="fulfilled", at=AT - 5 * SECOND)
    same_moment = make_pledge(lead)
    for stage in ("in-progress", "planning"):
        make_update(same_moment, stage=stage, at=AT - SECOND)
    withdrawn = make_pledge(lead)
    make_update(withdrawn, stage="planning", at=AT - 9 * SECOND)
    newest = make_update(withdrawn, "revoked", stage="fulfilled", at=AT - 5 * SECOND)
    ProgressUpdate.objects.filter(pk=newest.pk).update(revoked_at=AT)
    make_update(make_pledge(lead), "submitted")
    make_update(make_pledge(lead, published=False), stage="fulfilled")
    make_update(make_pledge(lead), stage="fulfilled", at=AT + SECOND)
    Pledge.objects.filter(pk=joint.pk).update(is_sample=True)

    for at in (AT - 6 * SECOND, AT - SECOND, AT, AT + SECOND):
        published = Pledge.objects.published_by(at)
        with django_assert_num_queries(3):
            of_all = counts_of_all_published(at=at)
        assert of_all == replace(stage_counts(at=at, pledges=published), entities=entity_count(published))
    assert (of_all.by_stage, of_all.without_update, of_all.samples, of_all.entities) == (
        {"planning": 3, "in-progress": 0, "fulfilled": 2},
        1,
        1,
        8,
    )


def test_the_bar_is_filled_without_gap_or_overlap():
    make_many(1400, AUGUST_2020)
    rows = stage_rows(counts())
    assert [row.stage for row in rows] == ["fulfilled", "in-progress", "planning", "none"]
    assert [row.begins + row.length for row in rows] == [*(row.begins for row in rows[1:]), WIDTH]
    assert [row.of_all.count for row in rows] == [22, 212, 67, 1099]


def test_the_bar_of_nothing_is_empty():
    assert [(row.begins, row.length) for row in stage_rows(counts())] == [(0, 0)] * 4


def test_a_share_of_nothing_is_none_and_halves_go_up():
    assert [Figure(0, 0).percent, Figure(1, 800).percent, Figure(1, 1).percent] == [
        None,
        Decimal("0.1"),
        Decimal("100.0"),
    ]


def test_a_pledge_counts_once_with_many_updates_and_partners():
    pledge = make_pledge(make_stakeholder(), partners=(make_stakeholder(), make_stakeholder()))
    make_update(pledge, at=datetime(2020, 5, 1, tzinfo=UTC), stage="planning")
    make_update(pledge, at=datetime(2021, 5, 1, tzinfo=UTC), stage="fulfilled")
    assert counts().by_stage == {"planning": 0, "in-progress": 0, "fulfilled": 1}


def test_the_stage_is_that_of_the_update_first_submitted_last():
    pledge = make_pledge(make_stakeholder())
    make_update(pledge, at=datetime(2021, 5, 1, tzinfo=UTC), stage="fulfilled")
    late = make_update(pledge, at=datetime(2020, 5, 1, tzinfo=UTC), stage="planning")
    ProgressUpdate.objects.filter(pk=late.pk).update(accepted_at=AT - SECOND)
    assert stage_at(pledge, AT) == "fulfilled"


def test_the_stage_is_that_of_the_moment():
    pledge, moment = make_pledge(make_stakeholder()), datetime(2021, 5, 1, tzinfo=UTC)
    update = make_update(pledge, "revoked", at=moment, stage="fulfilled")
    ProgressUpdate.objects.filter(pk=update.pk).update(revoked_at=AT)
    assert [stage_at(pledge, at) for at in (moment - SECOND, moment, AT - SECOND, AT)] == [
        None,
        "fulfilled",
        "fulfilled",
        None,
    ]


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "revoked"])
def test_what_is_not_published_has_no_stage(state):
    pledge = make_pledge(make_stakeholder())
    make_update(pledge, state)
    assert stage_at(pledge, AT) is None


def test_samples_are_counted_and_named():
    make_pledge(make_stakeholder())
    Pledge.objects.filter(pk=make_pledge(make_stakeholder()).pk).update(is_sample=True)
    assert (counts().total, counts().samples) == (2, 1)


def test_the_counts_are_one_query(django_assert_num_queries):
    for _number in range(3):
        make_update(make_pledge(make_stakeholder()))
    with django_assert_num_queries(1):
        assert counts().total == 3
