"""Several people, or clicks, and one update's files in the same moment."""

from time import sleep

import pytest

from foundation.tests.files import pdf
from pledges import evidence, workflow
from pledges.content import empty_content
from pledges.evidence import lines_of
from pledges.models import EvidenceFile, UpdateRound
from pledges.refusals import Refused
from pledges.tests.factories import make_update
from pledges.tests.test_at_once import AT, at_once, facts
from pledges.tests.test_evidence import offer

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def attaching(cast, update, *files):
    return lambda: evidence.attach(at=AT, actor=cast.focal_point, update=update, offered=files)


def test_one_file_ten_times_at_once_is_one(cast):
    update = make_update(cast.pledge, "draft")
    at_once([attaching(cast, update, offer())] * 10)
    assert EvidenceFile.objects.count() == 1


def test_ten_files_at_once_keep_the_limit(cast, settings):
    settings.EVIDENCE_MOST_FILES = 3
    update = make_update(cast.pledge, "draft")

    answers = at_once([attaching(cast, update, offer(pdf(str(number)))) for number in range(10)])

    assert sum(isinstance(answer, Refused) for answer in answers) == 7
    assert EvidenceFile.objects.count() == 3


def test_without_the_lock_they_pass_the_limit_or_meet_the_constraint(cast, settings, monkeypatch):
    """The control: the two tests above are worth something."""
    settings.EVIDENCE_MOST_FILES = 3
    monkeypatch.setattr(evidence, "_lock", lambda update: None)
    looks = evidence._refuse_too_much
    monkeypatch.setattr(evidence, "_refuse_too_much", lambda **facts: (looks(**facts), sleep(0.3)))
    update = make_update(cast.pledge, "draft")

    at_once([attaching(cast, update, offer(pdf(str(number)))) for number in range(10)])

    assert EvidenceFile.objects.count() > 3


@pytest.mark.parametrize("number", range(3))
def test_a_file_that_comes_while_the_update_is_submitted_is_in_the_round_or_refused(cast, number):
    draft = workflow.save_draft(**facts(cast))
    sent = facts(cast, revision=1, fields=empty_content(stage="planning", narrative="Sent"))

    at_once([lambda: workflow.submit(**sent), attaching(cast, draft, offer())])

    named = {line.uuid for line in lines_of(UpdateRound.objects.get().content)}
    assert named == set(EvidenceFile.objects.values_list("uuid", flat=True))
