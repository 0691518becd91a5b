"""What reviewers decide, and who is told."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError

from accounts.tests.factories import make_member
from foundation import history
from foundation.models import OutgoingMail
from pledges import review
from pledges.field_comments import comments_on
from pledges.models import ProgressUpdate, UpdateRound
from pledges.refusals import AlreadyDecided, Refused
from pledges.tests.factories import make_update

AT = datetime(2021, 10, 21, 8, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def update(cast):
    """An update that waits for review."""
    return make_update(cast.pledge, ProgressUpdate.State.SUBMITTED, at=AT - timedelta(days=3))


def addresses():
    return sorted(OutgoingMail.objects.values_list("address", flat=True))


def test_accepting_publishes_and_tells_all_focal_points(cast, update):
    row = review.accept(at=AT, actor=cast.reviewer, update=update, number=1)
    update.refresh_from_db()
    assert (update.state, update.accepted_at) == ("accepted", AT)
    assert (row.decision, row.decided_at, row.decided_by) == ("accepted", AT, cast.reviewer)
    assert history.of(update).get().verb == "accepted"
    assert addresses() == ["colleague@example.org", "focal@example.org"]
    assert f"http://testserver/pledges/{cast.pledge.reference}/" in OutgoingMail.objects.first().text


def test_returning_tells_all_focal_points_why(cast, update):
    row = review.return_with_comment(at=AT, actor=cast.reviewer, update=update, number=1, comment="How <many>?")
    update.refresh_from_db()
    assert (update.state, update.accepted_at, row.comment) == ("returned", None, "How <many>?")
    assert addresses() == ["colleague@example.org", "focal@example.org"]
    mail = OutgoingMail.objects.first()
    assert "How <many>?" in mail.text
    assert "How &lt;many&gt;?" in mail.html
    assert f"http://testserver/my/pledges/{cast.pledge.reference}/update/" in mail.text


def test_returning_needs_a_comment(cast, update):
    with pytest.raises(Refused, match="what should be changed"):
        review.return_with_comment(at=AT, actor=cast.reviewer, update=update, number=1, comment=" \x00 ")
    assert ProgressUpdate.objects.get().state == "submitted"


def test_comments_on_single_fields_are_enough_and_stand_in_the_order_of_the_form(cast, update):
    said = {"links": "Whose <page>?\r\nName it.", "stage": " Why planning? ", "challenges": "  "}
    row = review.return_with_comment(at=AT, actor=cast.reviewer, update=update, number=1, field_comments=said)
    row.refresh_from_db()
    assert [(comment.name, comment.text) for comment in comments_on(row, now=row.content)] == [
        ("stage", "Why planning?"),
        ("links", "Whose <page>?\nName it."),
    ]
    assert (row.decision, row.comment) == ("returned", "")
    assert history.of(update).get().changes == {"round": 1, "fields": "stage, links"}
    assert ProgressUpdate.objects.get().state == "returned"


def test_the_mail_names_the_commented_fields_and_no_other_text(cast, update):
    UpdateRound.objects.update(content={"narrative": "Words of ours", "challenges": "More words"})
    said = {"challenges": "Which <ones>?"}
    review.return_with_comment(at=AT, actor=cast.reviewer, update=update, number=1, field_comments=said)
    mail = OutgoingMail.objects.first()
    assert "CHALLENGES\nWhich <ones>?\n\nOnly what is named here needs another look" in mail.text
    assert "Which &lt;ones&gt;?" in mail.html
    assert "words" not in mail.text.lower()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({}, "what should be changed"),
        ({"stage": " \u200b "}, "what should be changed"),
        ({"password": "x"}, "no field “password”"),
        ({"stage": "x" * 1001}, "1000 characters at most"),
    ],
)
def test_bad_comments_on_fields_change_nothing(cast, update, said, sentence):
    with pytest.raises(Refused, match=sentence):
        review.return_with_comment(at=AT, actor=cast.reviewer, update=update, number=1, field_comments=said)
    assert (ProgressUpdate.objects.get().state, UpdateRound.objects.get().field_comments) == ("submitted", {})


def test_a_field_of_the_round_that_the_form_does_not_have_can_be_commented_on(cast, update):
    UpdateRound.objects.update(content={"old_field": "x"})
    row = review.return_with_comment(
        at=AT, actor=cast.reviewer, update=update, number=1, field_comments={"old_field": "Why?"}
    )
    assert row.field_comments == {"old_field": "Why?"}


def test_the_database_refuses_a_return_that_says_nothing(update):
    with pytest.raises(IntegrityError):
        UpdateRound.objects.update(decision="returned", decided_at=AT, comment="", field_comments={})


def test_nobody_decides_on_their_own_words(cast, update):
    UpdateRound.objects.update(submitted_by=cast.reviewer)
    for verb in (review.accept, partial(review.return_with_comment, comment="x")):
        with pytest.raises(AlreadyDecided, match="let another reviewer decide"):
            verb(at=AT, actor=cast.reviewer, update=update, number=1)
    assert ProgressUpdate.objects.get().state == "submitted"
    review.accept(at=AT, actor=cast.superuser, update=update, number=1)
    assert ProgressUpdate.objects.get().state == "accepted"


def test_staff_decide_on_what_they_typed_in_for_others(cast, update):
    UpdateRound.objects.update(submitted_by=cast.reviewer, channel="letter")
    review.accept(at=AT, actor=cast.reviewer, update=update, number=1)
    assert ProgressUpdate.objects.get().state == "accepted"


def test_the_second_reviewer_is_told_what_the_first_decided(cast, update):
    review.accept(at=AT, actor=cast.reviewer, update=update, number=1)
    with pytest.raises(AlreadyDecided, match=r"reviewer@example.org has already decided .* accepted"):
        review.return_with_comment(at=AT, actor=cast.superuser, update=update, number=1, comment="No")
    assert ProgressUpdate.objects.get().state == "accepted"
    assert OutgoingMail.objects.count() == 2


def test_a_round_that_is_not_there_is_not_decided(cast, update):
    with pytest.raises(AlreadyDecided, match="not waiting"):
        review.accept(at=AT, actor=cast.reviewer, update=update, number=2)


def test_revoking_leaves_a_public_note_and_keeps_the_text(cast):
    update = make_update(cast.pledge)
    review.revoke(at=AT, actor=cast.reviewer, update=update, note="Named a person.\r\nBcc: x")
    update.refresh_from_db()
    assert (update.state, update.revoked_at, update.revoke_note) == ("revoked", AT, "Named a person. Bcc: x")
    assert update.rounds.get().content["narrative"] == "Work has begun."
    assert addresses() == ["colleague@example.org", "focal@example.org"]


@pytest.mark.parametrize("note", ["", "  ", "x" * 301])
def test_revoking_needs_a_short_note(cast, note):
    update = make_update(cast.pledge)
    with pytest.raises(Refused, match="public note"):
        review.revoke(at=AT, actor=cast.reviewer, update=update, note=note)


def test_what_is_not_published_is_not_revoked(cast, update):
    with pytest.raises(AlreadyDecided, match="not published"):
        review.revoke(at=AT, actor=cast.reviewer, update=update, note="Why")


def test_focal_points_of_what_the_stakeholder_was_merged_into_are_told(cast, update):
    end = cast.other
    make_member(end, email="end@example.org")
    cast.ngo.merged_into = end
    cast.ngo.save()
    review.accept(at=AT, actor=cast.reviewer, update=update, number=1)
    assert addresses() == ["end@example.org", "stranger@example.org"]


def test_the_quick_start_sends_at_once(cast, update, settings, mailoutbox, django_capture_on_commit_callbacks):
    settings.QUICK_START = True
    with django_capture_on_commit_callbacks(execute=True):
        review.accept(at=AT, actor=cast.reviewer, update=update, number=1)
    assert sorted(mail.to[0] for mail in mailoutbox) == ["colleague@example.org", "focal@example.org"]
