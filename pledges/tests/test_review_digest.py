"""The morning mail to reviewers."""

from datetime import UTC, datetime, timedelta

import pytest

from foundation.models import OutgoingMail
from pledges.models import UpdateRound
from pledges.review_digest import send_review_digest
from pledges.tests.factories import make_pledge, make_proposal, make_update

# 07:00 in Zurich.
MORNING = datetime(2021, 10, 20, 5, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def items(mail):
    """The items of the mail's lists, each on one line."""
    return [line for line in mail.text.replace("\n  ", " ").splitlines() if line.startswith("- ")]


def addresses():
    return sorted(OutgoingMail.objects.values_list("address", flat=True))


@pytest.fixture
def waiting(cast):
    """Two updates that wait, and others that do not."""
    make_update(cast.pledge, "submitted", at=MORNING - timedelta(days=3))
    second = make_update(make_pledge(cast.ngo), "submitted", at=MORNING - timedelta(hours=2))
    for state in ("draft", "returned", "accepted", "revoked"):
        make_update(make_pledge(cast.ngo), state)
    return second


def test_reviewers_read_what_waits_and_how_long(cast, waiting):
    assert send_review_digest(MORNING) == 2
    assert addresses() == ["reviewer@example.org", "superuser@example.org"]
    mail = OutgoingMail.objects.first()
    assert mail.subject == "2 updates wait for review"
    lines = items(mail)
    assert [line.partition(". http")[0] for line in lines] == [
        f"- {cast.pledge.reference}, Example Relief: waiting for 3 days",
        f"- {waiting.pledge.reference}, Example Relief: since today",
    ]
    assert f"http://testserver/admin/pledges/progressupdate/{waiting.pk}/change/" in lines[1]
    assert "Work has begun." not in mail.text


def test_one_mail_a_person_and_day(cast, waiting):
    send_review_digest(MORNING)
    assert send_review_digest(MORNING + timedelta(hours=3)) == 0
    assert send_review_digest(MORNING + timedelta(hours=24)) == 2


def test_nothing_before_the_morning_of_the_reader(cast, waiting):
    cast.superuser.zone = "America/New_York"
    cast.superuser.save()
    assert send_review_digest(MORNING - timedelta(minutes=1)) == 0
    assert send_review_digest(MORNING) == 1
    assert addresses() == ["reviewer@example.org"]


def test_a_zone_that_does_not_exist_stops_nobody(cast, waiting):
    cast.superuser.zone = "Mars/Base"
    cast.superuser.save()
    assert send_review_digest(MORNING + timedelta(hours=2)) == 2


def test_no_mail_when_nothing_waits(cast):
    make_update(cast.pledge, "draft")
    assert send_review_digest(MORNING) == 0


@pytest.mark.parametrize("field", [{"is_active": False}, {"is_staff": False}, {"address_failed_at": MORNING}])
def test_only_active_staff_with_a_working_address(cast, waiting, field):
    type(cast.reviewer).objects.filter(pk=cast.reviewer.pk).update(**field)
    send_review_digest(MORNING)
    assert addresses() == ["superuser@example.org"]


def test_a_long_list_is_cut_and_counted(cast, monkeypatch, waiting):
    monkeypatch.setattr("pledges.review_digest.LINES_AT_MOST", 1)
    send_review_digest(MORNING)
    assert "And 1 more." in OutgoingMail.objects.first().text
    assert UpdateRound.objects.filter(decision="").count() == 2


@pytest.fixture
def proposed(cast):
    """A new pledge and a correction that wait, and others that do not."""
    new = make_proposal(cast.ngo, "submitted", by=cast.focal_point, at=MORNING - timedelta(days=1), title="Secret")
    correction = make_proposal(cast.ngo, "submitted", by=cast.focal_point, at=MORNING, corrects=cast.pledge)
    for state in ("draft", "returned", "declined"):
        make_proposal(cast.ngo, state, by=cast.focal_point)
    return new, correction


def test_proposals_are_told_to_all_who_decide_on_them(cast, proposed):
    assert send_review_digest(MORNING) == 3
    assert addresses() == ["editor@example.org", "reviewer@example.org", "superuser@example.org"]
    mail = OutgoingMail.objects.first()
    assert mail.subject == "2 proposals of pledges wait for review"
    url = "http://testserver/admin/pledges/pledgeproposal/"
    assert items(mail) == [
        f"- New pledge, Example Relief: waiting for 1 day. {url}{proposed[0].pk}/change/",
        f"- Correction of {cast.pledge.reference}, Example Relief: since today. {url}{proposed[1].pk}/change/",
    ]
    assert "Secret" not in mail.text


def test_updates_and_proposals_stand_in_one_mail(cast, waiting, proposed):
    assert send_review_digest(MORNING) == 3
    subjects = dict(OutgoingMail.objects.values_list("address", "subject"))
    assert subjects == {
        "editor@example.org": "2 proposals of pledges wait for review",
        "reviewer@example.org": "Waiting for review: updates 2, proposals of pledges 2",
        "superuser@example.org": "Waiting for review: updates 2, proposals of pledges 2",
    }
    assert "progressupdate" not in OutgoingMail.objects.get(address="editor@example.org").text


def test_the_digest_costs_the_same_for_one_and_many(cast, django_assert_num_queries):
    def prepared(count):
        for _number in range(count):
            make_update(make_pledge(cast.ngo), "submitted", at=MORNING)
            make_proposal(cast.ngo, "submitted", by=cast.focal_point, at=MORNING, corrects=make_pledge(cast.ngo))
        OutgoingMail.objects.all().delete()

    for count in (1, 2):
        prepared(count)
        with django_assert_num_queries(10):
            send_review_digest(MORNING)
