"""What is public at once, what waits in any case, and who may say so."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError
from django.urls import reverse

from foundation import history
from foundation.models import HistoryEntry, OutgoingMail
from pledges import confirmations, review, workflow
from pledges.content import empty_content
from pledges.models import ProgressUpdate, ReviewPolicy, UpdateRound
from pledges.review_policy import routine_is_public_at_once, switch
from pledges.tests.factories import make_update

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
PAGE = "/admin/pledges/progressupdate/policy/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def routine(cast):
    """A pledge with a published update, and the policy that lets routine progress pass."""
    switch(at=AT, actor=cast.superuser, routine_at_once=True)
    return make_update(cast.pledge, at=AT - timedelta(days=90))


def submit(cast, *, revision=0, at=AT, **fields):
    return workflow.submit(
        at=at,
        actor=cast.focal_point,
        pledge=cast.pledge,
        stakeholder=cast.ngo,
        revision=revision,
        fields=empty_content(**{"stage": "in-progress", "narrative": "Four schools are open."} | fields),
    )


def mails():
    return sorted((mail.purpose, mail.address) for mail in OutgoingMail.objects.all())


def test_without_a_choice_everything_waits(cast):
    make_update(cast.pledge, at=AT - timedelta(days=90))
    row = submit(cast)
    assert (row.decision, row.update.state, routine_is_public_at_once()) == ("", "submitted", False)


def test_routine_progress_is_public_at_once(cast, routine):
    row = submit(cast)
    row.refresh_from_db()
    assert (row.decision, row.decided_at, row.decided_by, row.by_policy) == ("accepted", AT, None, True)
    assert (row.update.state, row.update.accepted_at, row.update.first_submitted_at) == ("accepted", AT, AT)
    assert [(entry.verb, entry.actor) for entry in history.of(row.update).order_by("pk")] == [
        ("submitted", cast.focal_point),
        ("accepted by policy", None),
    ]
    assert confirmations.last_accepted_round(cast.pledge, at=AT) == row


def test_the_receipt_says_that_it_is_public_and_the_others_are_told(cast, routine):
    row = submit(cast)
    assert mails() == [("update-accepted", "colleague@example.org"), ("update-receipt", "focal@example.org")]
    text = OutgoingMail.objects.get(purpose="update-receipt").text
    public = f"It is public already, word for word as you sent it: http://testserver/pledges/{cast.pledge}"
    assert public in " ".join(text.split())
    assert "reviewer" not in text
    assert row.by_policy


def test_a_double_click_is_one_round(cast, routine):
    first, second = submit(cast), submit(cast)
    assert (second.uuid, UpdateRound.objects.filter(by_policy=True).count()) == (first.uuid, 1)
    assert len(mails()) == 2


@pytest.mark.parametrize(
    "fields", [{"stage": "fulfilled", "links": ["https://example.org"]}, {"scope_change": "withdrawn"}]
)
def test_what_ends_a_pledge_waits(cast, routine, fields):
    row = submit(cast, **fields)
    assert (row.decision, row.update.state) == ("", "submitted")
    assert "A reviewer reads it now." in OutgoingMail.objects.get().text


def test_the_first_update_waits(cast):
    switch(at=AT, actor=cast.superuser, routine_at_once=True)
    assert submit(cast).decision == ""


def test_an_update_after_a_withdrawn_one_waits_as_a_first_one_does(cast, routine):
    review.revoke(at=AT, actor=cast.reviewer, update=routine, note="It named a person.")
    assert submit(cast).decision == ""


def test_a_correction_waits(cast):
    make_update(cast.pledge, at=AT - timedelta(days=90))
    row = submit(cast)
    review.return_with_comment(at=AT, actor=cast.reviewer, update=row.update, number=1, comment="Why?")
    switch(at=AT, actor=cast.superuser, routine_at_once=True)
    again = submit(cast, revision=row.update.revision, narrative="Because.")
    assert (again.number, again.decision, again.update.state) == (2, "", "submitted")


def test_what_staff_enter_waits(cast, routine):
    row = workflow.enter_on_behalf(
        at=AT,
        actor=cast.editor,
        pledge=cast.pledge,
        stakeholder=cast.ngo,
        content=empty_content(stage="in-progress", narrative="By letter."),
        channel="letter",
        received_at=AT,
        source_note="On file",
    )
    assert row.decision == ""


def test_what_was_published_by_policy_can_be_withdrawn(cast, routine):
    row = submit(cast)
    review.revoke(at=AT, actor=cast.reviewer, update=row.update, note="It named a person.")
    assert ProgressUpdate.objects.get(pk=row.update_id).state == "revoked"


def test_what_waits_goes_on_waiting_when_the_policy_is_switched(cast):
    row = submit(cast)
    switch(at=AT, actor=cast.superuser, routine_at_once=True)
    row.refresh_from_db()
    assert row.decision == ""


def test_switching_is_noted_once(cast):
    answers = [switch(at=AT, actor=cast.editor, routine_at_once=to) for to in (False, True, True, False)]
    assert answers == [False, True, False, True]
    policy = ReviewPolicy.objects.get()
    assert [(entry.actor, entry.changes) for entry in history.of(policy).order_by("pk")] == [
        (cast.editor, {"routine_at_once": [False, True]}),
        (cast.editor, {"routine_at_once": [True, False]}),
    ]


def test_the_database_has_one_policy_and_no_person_who_decided_by_it(cast, routine):
    with pytest.raises(IntegrityError):
        ReviewPolicy.objects.create(pk=2)


@pytest.mark.parametrize("wrong", [{"decided_by": True}, {"decision": "returned", "comment": "x"}])
def test_the_database_knows_that_the_policy_accepts_alone(cast, routine, wrong):
    row = submit(cast)
    values = {name: cast.reviewer if value is True else value for name, value in wrong.items()}
    with pytest.raises(IntegrityError):
        UpdateRound.objects.filter(pk=row.pk).update(**values)


@pytest.mark.parametrize("who", ["editor", "superuser"])
def test_editors_and_administrators_switch(cast, log_in, who):
    client = log_in(getattr(cast, who))
    assert 'value="no" required id="id_routine_at_once_0" checked' in client.get(PAGE).content.decode()
    answer = client.post(PAGE, {"routine_at_once": "yes"}, follow=True)
    assert "Saved; it holds from now on." in answer.content.decode()
    assert routine_is_public_at_once()
    assert "It was so already." in client.post(PAGE, {"routine_at_once": "yes"}, follow=True).content.decode()
    assert HistoryEntry.objects.get().actor == getattr(cast, who)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("who", "status"), [("reviewer", 403), ("focal_point", 403), ("stranger", 403)])
def test_others_do_not(cast, log_in, who, status, method):
    answer = getattr(log_in(getattr(cast, who)), method)(PAGE, {"routine_at_once": "yes"})
    assert answer.status_code == status
    assert not routine_is_public_at_once()


def test_the_public_is_sent_to_the_login(client, cast):
    assert client.post(PAGE, {"routine_at_once": "yes"}).status_code == 302
    assert not routine_is_public_at_once()


@pytest.mark.parametrize("sent", [{}, {"routine_at_once": "perhaps"}, {"routine_at_once": "\x00"}])
def test_a_bad_choice_is_named_and_changes_nothing(cast, log_in, sent):
    answer = log_in(cast.editor).post(PAGE, sent)
    assert answer.status_code == 422
    assert "Please choose one of the two." in answer.content.decode()
    assert not ReviewPolicy.objects.exists()


def test_reading_the_page_changes_nothing(cast, log_in):
    assert log_in(cast.editor).get(PAGE + "?routine_at_once=yes").status_code == 200
    assert log_in(cast.editor).put(PAGE).status_code == 405
    assert not ReviewPolicy.objects.exists()


@pytest.mark.parametrize(("who", "sees"), [("editor", True), ("reviewer", False)])
def test_the_queue_leads_those_who_may_to_it(cast, log_in, who, sees):
    html = log_in(getattr(cast, who)).get("/admin/pledges/progressupdate/").content.decode()
    assert (f'href="{PAGE}"' in html) == sees


def test_the_form_says_what_will_happen(cast, log_in, routine):
    client = log_in(cast.focal_point)
    address = reverse("pledges:update", args=[cast.pledge.reference])
    assert "Public as soon as you submit it" in client.get(address).content.decode()
    switch(at=AT, actor=cast.superuser, routine_at_once=False)
    html = client.get(address).content.decode()
    assert "Public as soon" not in html
    assert "Published after review." in html


def test_the_form_of_a_first_update_says_that_it_is_reviewed(cast, log_in):
    switch(at=AT, actor=cast.superuser, routine_at_once=True)
    html = log_in(cast.focal_point).get(reverse("pledges:update", args=[cast.pledge.reference])).content.decode()
    assert "Published after review." in html
    assert "Submit for review" in html


def test_the_receipts_page_and_the_review_page_say_how_it_became_public(cast, log_in, routine):
    row = submit(cast)
    html = log_in(cast.focal_point).get(reverse("pledges:receipt", args=[row.uuid])).content.decode()
    assert "This update is published." in html
    staff = log_in(cast.reviewer).get(f"/admin/pledges/progressupdate/{row.update_id}/change/").content.decode()
    assert "by the portal: routine progress is published at once" in staff
