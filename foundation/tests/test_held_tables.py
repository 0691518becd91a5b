"""Tables kept between two pages."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from accounts.tests.factories import make_user
from foundation.held_tables import KEPT_FOR, NoLongerHeldError, facts_of, find_held, hold, let_go, table_of
from foundation.models import Job
from foundation.spreadsheets import Record, Table

pytestmark = pytest.mark.django_db
AT = datetime(2021, 1, 1, tzinfo=UTC)
TABLE = Table(["a", "b"], [Record(2, 3, ["nul \x00 and \ud800", "ü"], {1: "is odd."})], is_csv=True)


@pytest.fixture
def person():
    return make_user("a@example.org")


def find(job, person, **wanted):
    return find_held(**({"at": AT, "actor": person, "kind": "check", "uuid": job.uuid} | wanted))


def test_the_table_comes_back_as_it_was(person):
    job = hold(at=AT, actor=person, kind="check", table=TABLE, facts={"cycle": 1})

    assert table_of(find(job, person)) == TABLE
    assert facts_of(find(job, person)) == {"cycle": 1}
    assert (job.state, job.finished_at) == (Job.State.DONE, AT)


@pytest.mark.parametrize("other", [{"uuid": uuid4()}, {"kind": "another"}])
def test_nobody_else_finds_it(person, other):
    job = hold(at=AT, actor=person, kind="check", table=TABLE, facts={})

    with pytest.raises(Job.DoesNotExist):
        find(job, person, **other)
    with pytest.raises(Job.DoesNotExist):
        find(job, make_user("b@example.org"))


def test_it_is_kept_for_a_day_and_forgotten_with_the_next(person):
    job = hold(at=AT, actor=person, kind="check", table=TABLE, facts={"cycle": 1})
    find(job, person, at=AT + KEPT_FOR - timedelta(seconds=1))
    with pytest.raises(NoLongerHeldError):
        find(job, person, at=AT + KEPT_FOR)

    hold(at=AT + KEPT_FOR, actor=person, kind="check", table=TABLE, facts={})

    job.refresh_from_db()
    assert job.report == {"facts": {"cycle": 1}, "result": {}}


def test_what_was_saved_is_let_go(person):
    job = hold(at=AT, actor=person, kind="check", table=TABLE, facts={})

    let_go(job, {"new": 1})

    assert job.report == {"facts": {}, "result": {"new": 1}}
    with pytest.raises(NoLongerHeldError):
        find(job, person)
