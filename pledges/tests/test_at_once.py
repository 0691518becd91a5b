"""Many people, or many clicks, in the same moment: exactly one wins, and the others are told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from threading import Barrier
from time import sleep

import pytest
from django.db import connection, connections

from accounts.tests.factories import make_member
from foundation.models import HistoryEntry, OutgoingMail
from pledges import confirmations, review, workflow
from pledges.content import empty_content
from pledges.models import Confirmation, ProgressUpdate, UpdateRound
from pledges.refusals import AlreadyDecided, Refused, StaleRevision
from pledges.tests.factories import make_update

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(calls: list[Callable[[], object]]) -> list[object]:
    """Starts all calls together, each on a connection of its own; what each gave back, or was refused with."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(timeout=20)
            return call()
        except Refused as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        return list(pool.map(run, calls))


def until_somebody_waits_for_a_lock():
    """Returns as soon as a connection of the database stands still for another one."""
    for _try in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        sleep(0.05)
    pytest.fail("nobody waited for a lock")


def facts(cast, **changes):
    return {
        "at": AT,
        "actor": cast.focal_point,
        "pledge": cast.pledge,
        "stakeholder": cast.ngo,
        "revision": 0,
        "fields": empty_content(stage="planning", narrative="One text"),
    } | changes


@pytest.mark.parametrize("has_draft", [False, True])
def test_a_double_click_20_times_at_once_is_one_round_with_one_receipt(cast, has_draft):
    if has_draft:
        make_update(cast.pledge, "draft")
    answers = at_once([lambda: workflow.submit(**facts(cast))] * 20)
    assert {answer.uuid for answer in answers} == {UpdateRound.objects.get().uuid}
    assert OutgoingMail.objects.get().purpose == "update-receipt"
    assert HistoryEntry.objects.filter(verb="submitted").count() == 1


@pytest.mark.parametrize("revision", [0, 1])
def test_of_ten_people_who_save_one_draft_one_wins(cast, revision):
    people = [make_member(cast.ngo) for _number in range(10)]
    if revision:
        workflow.save_draft(**facts(cast))
    calls = [
        lambda person=person: workflow.save_draft(
            **facts(cast, actor=person, revision=revision, fields=empty_content(narrative=person.email))
        )
        for person in people
    ]
    answers = at_once(calls)
    update = ProgressUpdate.objects.get()
    winners = [answer for answer in answers if isinstance(answer, ProgressUpdate)]
    losers = [answer for answer in answers if isinstance(answer, StaleRevision)]
    assert [winner.narrative for winner in winners] == [update.narrative]
    assert update.revision == revision + 1
    assert [loser.current.narrative for loser in losers] == [update.narrative] * 9


def test_of_fifty_people_at_their_forms_one_wins_each_version_and_the_others_see_both_texts(cast, log_in):
    writers = [(log_in(make_member(cast.ngo)), f"Text of writer {number};") for number in range(50)]
    address = f"/my/pledges/{cast.pledge.reference}/update/"

    for revision in (0, 1):
        sent = [
            {"revision": revision, "action": "save", "narrative": f"{text} {revision}"} for _client, text in writers
        ]
        answers = at_once([partial(writer[0].post, address, data) for writer, data in zip(writers, sent, strict=True)])

        update = ProgressUpdate.objects.get()
        lost = [pair for pair in zip(answers, sent, strict=True) if pair[0].status_code != 302]
        assert update.revision == revision + 1
        assert len(lost) == 49
        for answer, data in lost:
            page = answer.content.decode()
            assert (answer.status_code, data["narrative"] in page, update.narrative in page) == (409, True, True)


def test_of_two_reviewers_one_decides(cast):
    update = make_update(cast.pledge, "submitted", at=AT)
    calls = [
        lambda: review.accept(at=AT, actor=cast.reviewer, update=update, number=1),
        lambda: review.return_with_comment(at=AT, actor=cast.superuser, update=update, number=1, comment="Why?"),
    ]
    answers = at_once(calls * 4)
    assert sum(isinstance(answer, AlreadyDecided) for answer in answers) == 7
    row = UpdateRound.objects.get()
    assert ProgressUpdate.objects.get().state == row.decision
    assert OutgoingMail.objects.count() == 2


def test_ten_confirmations_at_once_are_one(cast):
    make_update(cast.pledge)
    same = {name: value for name, value in facts(cast).items() if name not in ("revision", "fields")}
    at_once([lambda: confirmations.confirm_no_change(**same)] * 10)
    assert Confirmation.objects.count() == 1


def test_an_entry_of_staff_and_a_draft_at_once_do_not_both_open_an_update(cast):
    same = {name: value for name, value in facts(cast).items() if name not in ("revision", "fields")}
    entry = {"content": facts(cast)["fields"], "channel": "letter", "received_at": AT, "source_note": "x"}
    calls = [lambda: workflow.save_draft(**facts(cast)), lambda: workflow.enter_on_behalf(**same, **entry)]
    answers = at_once(calls)
    assert sum(isinstance(answer, Refused) for answer in answers) == 1
    assert ProgressUpdate.objects.open().count() == 1
