"""Offers and answers in the moment in which the policy pledge is taken back from the public."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connections, transaction

from foundation.models import OutgoingMail
from pledges import matching
from pledges.models import Pledge, PledgeMatch
from pledges.pledge_workflow import withdraw_pledge
from pledges.refusals import Refused
from pledges.tests.factories import make_pledge
from pledges.tests.test_at_once import until_somebody_waits_for_a_lock

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def asked(cast):
    return make_pledge(cast.other, title="A law on work", support_asked="Teachers.")


def offer(cast, asked):
    return matching.offer(at=AT, actor=cast.focal_point, pledge=asked, stakeholder=cast.ngo, text="Ten teachers.")


def while_it_is_taken_back(cast, asked, verb):
    """The refusal of a verb that begins before the pledge is taken back, and can go on only afterwards."""

    def act():
        try:
            verb()
        except Refused as refused:
            return str(refused)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            withdraw_pledge(pledge=Pledge.objects.get(pk=asked.pk), at=AT, actor=cast.editor)
            answer = pool.submit(act)
            until_somebody_waits_for_a_lock()
        return answer.result(timeout=20)


def test_no_offer_is_made_to_a_pledge_that_is_just_taken_back(cast, asked):
    said = while_it_is_taken_back(cast, asked, lambda: offer(cast, asked))

    assert said == "This pledge does not ask for support now."
    assert (PledgeMatch.objects.count(), OutgoingMail.objects.count()) == (0, 0)


def test_nobody_is_introduced_over_a_pledge_that_is_just_taken_back(cast, asked):
    match = offer(cast, asked)
    # As the page has it in hand: with the pledge as it was.
    match = PledgeMatch.objects.select_related("pledge").get(pk=match.pk)
    said = while_it_is_taken_back(cast, asked, lambda: matching.accept(at=AT, actor=cast.stranger, match=match))

    assert said == "This pledge is not public now. Support is matched once it is public again."
    assert PledgeMatch.objects.get().state == "offered"
    assert not OutgoingMail.objects.filter(purpose="match-accepted").exists()
