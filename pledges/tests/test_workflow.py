"""Drafts, submissions and confirmations."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from foundation import history
from foundation.models import OutgoingMail
from pledges import confirmations, review, workflow
from pledges.content import empty_content
from pledges.models import Confirmation, ProgressUpdate, Stage, UpdateRound
from pledges.refusals import Refused, StaleRevision
from pledges.tests.factories import make_update

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
FULL = empty_content(stage="in-progress", narrative="Four schools are open.", language="fr")

pytestmark = pytest.mark.django_db


def save(cast, revision=0, actor=None, at=AT, **fields):
    return workflow.save_draft(
        at=at,
        actor=actor or cast.focal_point,
        pledge=cast.pledge,
        stakeholder=cast.ngo,
        revision=revision,
        fields=empty_content(**fields),
    )


def submit(cast, revision=0, actor=None, at=AT, fields=FULL):
    return workflow.submit(
        at=at,
        actor=actor or cast.focal_point,
        pledge=cast.pledge,
        stakeholder=cast.ngo,
        revision=revision,
        fields=fields,
    )


def confirm(cast, at=AT):
    return confirmations.confirm_no_change(at=at, actor=cast.focal_point, pledge=cast.pledge, stakeholder=cast.ngo)


def test_a_draft_may_be_incomplete_and_is_noted_without_its_text(cast):
    update = save(cast, narrative="Only a beginning")
    assert (update.state, update.revision, update.narrative) == ("draft", 1, "Only a beginning")
    assert (update.saved_by, update.saved_at, update.stakeholder) == (cast.focal_point, AT, cast.ngo)
    entry = history.of(update).get()
    assert (entry.verb, entry.actor, entry.changes) == ("draft saved", cast.focal_point, {"revision": 1})
    assert not OutgoingMail.objects.exists()


def test_a_draft_grows_by_revisions(cast):
    save(cast, narrative="one")
    update = save(cast, 1, actor=cast.contributor, narrative="two")
    assert (update.revision, update.narrative, update.saved_by) == (2, "two", cast.contributor)
    assert ProgressUpdate.objects.count() == 1


def test_a_stale_revision_changes_nothing_and_shows_what_stands(cast):
    save(cast, narrative="mine")
    with pytest.raises(StaleRevision) as refused:
        save(cast, 0, actor=cast.colleague, narrative="theirs")
    assert (refused.value.current.narrative, refused.value.current.saved_by) == ("mine", cast.focal_point)
    assert ProgressUpdate.objects.get().narrative == "mine"


def test_the_same_draft_twice_by_one_person_is_one(cast):
    first = save(cast, narrative="mine")
    assert save(cast, 0, narrative="mine") == first
    assert ProgressUpdate.objects.get().revision == 1


def test_an_old_form_never_fits_a_newer_update(cast):
    save(cast, narrative="first")
    row = submit(cast, 1)
    review.accept(at=LATER, actor=cast.reviewer, update=row.update, number=1)
    with pytest.raises(StaleRevision) as refused:
        save(cast, 1, narrative="an old tab")
    assert refused.value.current is None
    assert save(cast, 2, narrative="a new tab").revision == 3


def test_submitting_freezes_content_and_labels(cast, monkeypatch):
    row = submit(cast)
    assert row.content == FULL
    assert row.labels == {
        "stage": "In progress",
        "scope_change": "No change of scope",
        "stakeholder": "Example Relief",
        "pledge_title": "Schools for 500 children",
    }
    cast.ngo.name = "Renamed"
    cast.ngo.save()
    cast.pledge.versions.update(title="Renamed")
    monkeypatch.setattr(Stage.IN_PROGRESS, "_label_", "Renamed")
    again = UpdateRound.objects.get()
    assert (again.content, again.labels) == (FULL, row.labels)


def test_submitting_sets_the_state_and_mails_a_receipt(cast):
    row = submit(cast)
    update = ProgressUpdate.objects.get()
    assert (update.state, update.first_submitted_at, update.accepted_at) == ("submitted", AT, None)
    assert (row.number, row.submitted_by, row.submitted_at, row.channel) == (1, cast.focal_point, AT, "web")
    mail = OutgoingMail.objects.get()
    assert (mail.address, mail.purpose) == ("focal@example.org", "update-receipt")
    assert str(row.uuid) in mail.text
    assert "Four schools are open." in mail.text
    assert f"http://testserver/my/receipts/{row.uuid}/" in mail.text


def test_the_first_submission_stays_the_first(cast):
    row = submit(cast)
    review.return_with_comment(at=AT, actor=cast.reviewer, update=row.update, number=1, comment="How many?")
    save(cast, 1, narrative="Five")
    second = submit(cast, 2, at=LATER)
    assert (second.number, second.submitted_at, second.update.first_submitted_at) == (2, LATER, AT)


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"stage": ""}, "stage"),
        ({"stage": "nearly-done"}, "stage"),
        ({"narrative": ""}, "narrative"),
        ({"results": [{"label": "Schools", "value": "", "unit": ""}]}, "results"),
    ],
)
def test_an_incomplete_text_is_not_submitted(cast, fields, missing):
    with pytest.raises(ValidationError) as refused:
        submit(cast, fields=empty_content(**(FULL | fields)))
    assert list(refused.value.message_dict) == [missing]
    assert not ProgressUpdate.objects.exists()


def test_the_same_submission_again_gives_the_same_round(cast):
    row = submit(cast)
    assert submit(cast) == row
    assert (UpdateRound.objects.count(), OutgoingMail.objects.count()) == (1, 1)


def test_another_text_or_person_is_not_a_repetition(cast):
    submit(cast)
    with pytest.raises(StaleRevision):
        submit(cast, fields=empty_content(**(FULL | {"narrative": "Other"})))
    with pytest.raises(StaleRevision):
        submit(cast, actor=cast.colleague)


def test_nobody_writes_while_the_reviewers_read(cast):
    submit(cast)
    with pytest.raises(StaleRevision):
        save(cast, 1, narrative="too late")


def test_confirming_needs_a_published_update(cast):
    with pytest.raises(Refused, match="no published update"):
        confirm(cast)
    make_update(cast.pledge, ProgressUpdate.State.REVOKED)
    with pytest.raises(Refused, match="no published update"):
        confirm(cast)


@pytest.mark.parametrize("state", ["submitted", "returned"])
def test_confirming_is_refused_while_an_update_is_in_review(cast, state):
    make_update(cast.pledge)
    make_update(cast.pledge, state, at=AT)
    with pytest.raises(Refused, match="in review"):
        confirm(cast)


@pytest.mark.parametrize("last_word", [{"stage": "fulfilled"}, {"scope_change": "withdrawn"}])
def test_nothing_is_asked_after_the_last_update_so_nothing_is_confirmed(cast, last_word):
    make_update(cast.pledge, **last_word)
    with pytest.raises(Refused, match="nothing more is asked"):
        confirm(cast)
    assert not Confirmation.objects.exists()


def test_a_confirmation_names_the_round_and_leaves_a_draft_alone(cast):
    row = make_update(cast.pledge).rounds.get()
    draft = make_update(cast.pledge, ProgressUpdate.State.DRAFT)
    confirmation = confirm(cast)
    assert (confirmation.since_round, confirmation.by, confirmation.at) == (row, cast.focal_point, AT)
    assert history.of(cast.pledge).get().verb == "confirmed no change"
    assert ProgressUpdate.objects.filter(pk=draft.pk, state="draft").exists()


def test_twice_within_a_minute_is_one_confirmation(cast):
    make_update(cast.pledge)
    assert confirm(cast, AT) == confirm(cast, AT + timedelta(seconds=59))
    confirm(cast, AT + timedelta(seconds=60))
    assert Confirmation.objects.count() == 2


def test_entered_on_behalf_it_counts_for_the_day_it_was_received(cast):
    received = AT - timedelta(days=5)
    facts = {"channel": "letter", "received_at": received, "source_note": "Note verbale 12/2021"}
    row = workflow.enter_on_behalf(
        at=AT, actor=cast.editor, pledge=cast.pledge, stakeholder=cast.ngo, content=FULL, **facts
    )
    assert (row.update.state, row.update.first_submitted_at, row.submitted_at) == ("submitted", received, received)
    assert (row.channel, row.source_note, row.submitted_by) == ("letter", "Note verbale 12/2021", cast.editor)
    assert not OutgoingMail.objects.exists()


def test_nothing_is_entered_over_an_open_draft_or_for_tomorrow(cast):
    def enter(received_at):
        workflow.enter_on_behalf(
            at=AT,
            actor=cast.editor,
            pledge=cast.pledge,
            stakeholder=cast.ngo,
            content=FULL,
            channel="email",
            received_at=received_at,
            source_note="",
        )

    with pytest.raises(Refused, match="future"):
        enter(LATER)
    save(cast, narrative="in work")
    with pytest.raises(Refused, match="in work"):
        enter(AT)
    assert ProgressUpdate.objects.get().narrative == "in work"
