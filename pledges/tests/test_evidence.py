"""Files of an update: attached, frozen by its round, taken out; with their limits."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.test import TestCase

from foundation.models import HistoryEntry
from foundation.stray_files import stray_files
from foundation.tests.files import PDF, pdf
from foundation.uploads import FileKind, Taken
from pledges import evidence, review, workflow
from pledges.content import empty_content
from pledges.evidence import FileLine, Offered, lines_of, lines_of_draft
from pledges.models import EvidenceFile, ProgressUpdate, UpdateRound
from pledges.refusals import Refused, StaleRevision
from pledges.tests.factories import make_evidence, make_pledge, make_update

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def offer(content=PDF, name="report.pdf", caption="What was built"):
    return Offered(Taken(FileKind("pdf"), name, content), caption)


def facts(cast, **changes):
    return {
        "at": AT,
        "actor": cast.focal_point,
        "pledge": cast.pledge,
        "stakeholder": cast.ngo,
        "revision": 0,
        "fields": empty_content(stage="planning", narrative="One text"),
    } | changes


def attach(cast, update, *files, at=AT):
    return evidence.attach(at=at, actor=cast.focal_point, update=update, offered=files)


def take_out(cast, update, file):
    return evidence.take_out(at=AT, actor=cast.focal_point, update=update, uuid=file.uuid)


def test_a_file_comes_with_the_draft(cast):
    update = workflow.save_draft(**facts(cast, files=[offer()]))

    row = EvidenceFile.objects.get()
    assert (row.update, row.file_name, row.caption, row.content_type, row.size, row.added_at, row.added_by) == (
        update,
        "report.pdf",
        "What was built",
        "application/pdf",
        len(PDF),
        AT,
        cast.focal_point,
    )
    assert (row.file.read(), row.file.name.startswith("evidence/"), "report" in row.file.name) == (PDF, True, False)
    assert lines_of_draft(update) == [FileLine(row.uuid, "report.pdf", "What was built", len(PDF))]


def test_the_same_file_twice_is_one(cast):
    update = workflow.save_draft(**facts(cast, files=[offer(), offer(name="again.pdf")]))
    workflow.save_draft(**facts(cast, files=[offer()]))
    attach(cast, update, offer())

    assert [row.file_name for row in EvidenceFile.objects.all()] == ["report.pdf"]
    assert HistoryEntry.objects.filter(verb="evidence attached").count() == 1


def test_the_database_refuses_it_twice(cast):
    row = make_evidence(make_update(cast.pledge, "draft"))
    row.pk, row.uuid = None, "00000000-0000-4000-8000-000000000000"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_history_tells_staff_that_there_is_a_file_and_nothing_of_it(cast):
    workflow.save_draft(**facts(cast, files=[offer(name="secret.pdf", caption="secret")]))

    entry = HistoryEntry.objects.get(verb="evidence attached")
    assert entry.changes == {"evidence": str(EvidenceFile.objects.get().uuid)}


def test_a_round_names_its_files_for_good(cast):
    row = workflow.submit(**facts(cast, files=[offer()]))
    file = EvidenceFile.objects.get()

    assert row.content["evidence"] == [
        {
            "uuid": str(file.uuid),
            "name": "report.pdf",
            "caption": "What was built",
            "size": len(PDF),
            "sha256": file.sha256,
        }
    ]
    assert lines_of(row.content) == [FileLine(file.uuid, "report.pdf", "What was built", len(PDF))]


def test_a_double_click_is_one_round_with_one_file(cast):
    first = workflow.submit(**facts(cast, files=[offer()]))
    second = workflow.submit(**facts(cast, files=[offer()]))

    assert (first, EvidenceFile.objects.count()) == (second, 1)


def test_a_round_without_files_says_nothing_of_them(cast):
    assert "evidence" not in workflow.submit(**facts(cast)).content


@pytest.mark.parametrize("state", ["submitted", "accepted", "revoked"])
def test_what_was_sent_keeps_its_files(cast, state):
    update = make_update(cast.pledge, state)
    file = make_evidence(update)

    for act in (lambda: attach(cast, update, offer(pdf("more"))), lambda: take_out(cast, update, file)):
        with pytest.raises(Refused, match=r"^This update has been submitted, so its files stay as they are\.$"):
            act()
    assert EvidenceFile.objects.get() == file


def test_whoever_comes_second_attaches_nothing(cast):
    workflow.save_draft(**facts(cast))
    with pytest.raises(StaleRevision):
        workflow.save_draft(**facts(cast, actor=cast.colleague, fields=empty_content(narrative="Two"), files=[offer()]))
    assert not EvidenceFile.objects.exists()


def test_a_file_that_no_round_names_is_gone_when_it_is_taken_out(cast):
    update = workflow.save_draft(**facts(cast, files=[offer()]))
    file = EvidenceFile.objects.get()

    with TestCase.captureOnCommitCallbacks(execute=True):
        answers = [take_out(cast, update, file), take_out(cast, update, file)]

    assert answers == [True, False]
    assert not EvidenceFile.objects.exists()
    assert not default_storage.exists(file.file.name)
    assert HistoryEntry.objects.get(verb="evidence taken out").changes == {"evidence": str(file.uuid)}


def test_a_file_that_a_round_names_stays_for_that_round(cast):
    first = workflow.submit(**facts(cast, files=[offer()]))
    review.return_with_comment(at=AT, actor=cast.reviewer, update=first.update, number=1, comment="Which?")
    file = EvidenceFile.objects.get()
    with TestCase.captureOnCommitCallbacks(execute=True):
        take_out(cast, first.update, file)
    second = workflow.submit(**facts(cast, revision=1, files=[offer(pdf("better"))]))

    assert [[line.uuid for line in lines_of(row.content)] == [file.uuid] for row in (first, second)] == [True, False]
    assert [row.removed_at for row in EvidenceFile.objects.all()] == [AT, None]
    assert default_storage.exists(file.file.name)


def test_a_file_that_was_taken_out_can_be_put_back(cast):
    update = make_update(cast.pledge, "returned")
    file = make_evidence(update)
    take_out(cast, update, file)
    assert lines_of_draft(update) == []

    attach(cast, update, offer(caption="Once more"))

    assert lines_of_draft(update) == [FileLine(file.uuid, "report.pdf", "Once more", len(PDF))]


def test_the_files_of_another_update_cannot_be_taken_out(cast):
    file = make_evidence(make_update(make_pledge(cast.other), "draft"))
    assert not take_out(cast, make_update(cast.pledge, "draft"), file)
    assert EvidenceFile.objects.get() == file


def test_an_update_takes_so_many_files(cast, settings):
    settings.EVIDENCE_MOST_FILES = 2
    update = workflow.save_draft(**facts(cast, files=[offer(pdf("1")), offer(pdf("2"))]))

    with pytest.raises(Refused, match=r"^An update takes 2 files\. Take one out before you attach another\.$"):
        attach(cast, update, offer(pdf("3")))
    attach(cast, update, offer(pdf("2")))
    take_out(cast, update, EvidenceFile.objects.first())
    attach(cast, update, offer(pdf("3")))
    assert EvidenceFile.objects.count() == 2


def test_files_that_are_too_many_undo_the_whole_save(cast, settings):
    settings.EVIDENCE_MOST_FILES = 1
    with pytest.raises(Refused):
        workflow.save_draft(**facts(cast, files=[offer(pdf("1")), offer(pdf("2"))]))
    assert (ProgressUpdate.objects.count(), EvidenceFile.objects.count()) == (0, 0)


def test_a_stakeholder_has_so_much_room_in_half_a_year(cast, settings):
    settings.EVIDENCE_MOST_BYTES_OF_STAKEHOLDER = 2 * len(pdf("1"))
    update = make_update(make_pledge(cast.ngo), "draft")
    attach(cast, update, offer(pdf("1")), offer(pdf("2")), at=AT - timedelta(days=184))
    attach(cast, update, offer(pdf("3")), offer(pdf("4")))

    other = make_update(cast.pledge, "draft")
    with pytest.raises(Refused, match=r"^Example Relief has attached files of 0 MB in the last six months;"):
        attach(cast, other, offer(pdf("5")))
    attach(cast, make_update(make_pledge(cast.other), "draft"), offer(pdf("5")))
    attach(cast, other, offer(pdf("5")), at=AT + timedelta(days=184))


def test_what_is_fulfilled_may_show_a_file_instead_of_a_link(cast):
    done = empty_content(stage="fulfilled", narrative="Done")
    with pytest.raises(ValidationError) as refused:
        workflow.submit(**facts(cast, fields=done))
    row = workflow.submit(**facts(cast, fields=done, files=[offer()]))

    assert refused.value.message_dict == {
        "links": ["Please give a link or attach a file that shows the result, or say why there is none."]
    }
    assert UpdateRound.objects.get() == row


def test_a_file_that_was_attached_before_counts_as_well(cast):
    done = empty_content(stage="fulfilled", narrative="Done")
    update = workflow.save_draft(**facts(cast, fields=done, files=[offer()]))
    take_out(cast, update, EvidenceFile.objects.get())
    with pytest.raises(ValidationError):
        workflow.submit(**facts(cast, revision=1, fields=done))

    attach(cast, update, offer())
    assert len(lines_of(workflow.submit(**facts(cast, revision=1, fields=done)).content)) == 1


def test_a_file_whose_save_is_undone_is_found_as_a_stray(cast):
    with transaction.atomic():
        workflow.save_draft(**facts(cast, files=[offer()]))
        name = EvidenceFile.objects.get().file.name
        transaction.set_rollback(True)

    assert not EvidenceFile.objects.exists()
    later = datetime.now(tz=UTC) + timedelta(days=2)
    assert name in [stray for _storage, stray in stray_files(at=later)]


def test_a_file_in_use_is_no_stray(cast):
    file = make_evidence(make_update(cast.pledge, "draft"))
    later = datetime.now(tz=UTC) + timedelta(days=2)
    assert file.file.name not in [stray for _storage, stray in stray_files(at=later)]


@pytest.mark.parametrize(
    "content",
    [None, [], {}, {"evidence": 1}, {"evidence": [1, {}, {"uuid": "x", "name": "", "caption": "", "size": 1}]}],
)
def test_content_that_is_not_as_it_should_be_names_no_files(content):
    assert lines_of(content) == []
