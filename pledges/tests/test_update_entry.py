"""Updates that staff enter on a stakeholder's behalf."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation import history
from foundation.tests.files import PDF
from pledges import evidence
from pledges.models import EvidenceFile, ProgressUpdate, UpdateRound
from pledges.tests.factories import make_update

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
URL = "/admin/pledges/progressupdate/on-behalf/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _october():
    with time_machine.travel(AT, tick=False):
        yield


def sent(cast, **fields):
    return {
        "pledge": cast.pledge.reference,
        "channel": "letter",
        "received_on": "2021-10-05",
        "source_note": "Note verbale 12/2021",
        "stage": "planning",
        "narrative": "The law is being drafted.",
        "language": "fr",
    } | fields


def test_it_goes_before_the_reviewers_with_its_source(cast, log_in):
    response = log_in(cast.editor).post(URL, sent(cast), follow=True)
    row = UpdateRound.objects.get()
    assert f"the receipt number is {row.uuid}" in response.content.decode()
    assert (row.channel, row.source_note, row.submitted_by) == ("letter", "Note verbale 12/2021", cast.editor)
    noon_in_zurich = datetime(2021, 10, 5, 10, tzinfo=UTC)
    assert (row.submitted_at, row.update.first_submitted_at) == (noon_in_zurich, noon_in_zurich)
    assert (row.update.state, row.update.stakeholder, row.content["language"]) == ("submitted", cast.ngo, "fr")


def test_received_today_means_now_at_the_latest(cast, log_in):
    log_in(cast.editor).post(URL, sent(cast, received_on="2021-10-20"))
    assert UpdateRound.objects.get().submitted_at == AT


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("pledge", "XYZ-1", "This pledge is not on the list."),
        ("pledge", "\x00", "Null characters are not allowed."),
        ("channel", "web", "not one of the available choices"),
        ("received_on", "2021-10-21", "cannot lie in the future"),
        ("received_on", "yesterday", "Enter a valid date."),
        ("received_on", "0001-01-01", "Check the year."),
        ("source_note", "", "Say where the text comes from"),
        ("stage", "", "Please choose the stage"),
        ("narrative", "", "Please say in a few words"),
        ("narrative", "\u200b\u200f", "Please say in a few words"),
        ("narrative", "x" * 4001, "1 more than the 4000"),
        ("challenges", "nul\x00", "invisible control character"),
    ],
)
def test_bad_input_is_named_and_kept(cast, log_in, field, text, words):
    response = log_in(cast.editor).post(URL, sent(cast, support_needed="Kept words") | {field: text})
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    assert "Kept words" in html
    assert not ProgressUpdate.objects.exists()


@pytest.mark.parametrize(("state", "words"), [("draft", "in work"), ("submitted", "waiting for review already")])
def test_an_open_update_goes_first(cast, log_in, state, words):
    make_update(cast.pledge, state)
    response = log_in(cast.editor).post(URL, sent(cast))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert UpdateRound.objects.filter(channel="letter").count() == 0


@pytest.mark.parametrize(("who", "status"), [("reviewer", 403), ("focal_point", 302), ("stranger", 302)])
def test_others_may_not(cast, log_in, who, status):
    client = log_in(getattr(cast, who))
    assert client.get(URL).status_code in (status, 403)
    assert client.post(URL, sent(cast)).status_code in (status, 403)
    assert not ProgressUpdate.objects.exists()


def test_the_address_can_name_the_pledge(cast, log_in):
    html = log_in(cast.editor).get(f"{URL}?pledge={cast.pledge.reference}").content.decode()
    assert f'<option value="{cast.pledge.reference}" selected>' in html


def test_of_a_fulfilled_pledge_no_link_is_asked_that_the_letter_did_not_have(cast, log_in):
    assert log_in(cast.editor).post(URL, sent(cast, stage="fulfilled")).status_code == 302
    assert UpdateRound.objects.get().content["stage"] == "fulfilled"


def upload(content=PDF):
    return SimpleUploadedFile("Annex to the note.pdf", content)


def test_a_file_that_came_with_the_letter_goes_before_the_reviewers_too(cast, log_in, client):
    said = sent(cast, evidence=upload(), caption="The two new schools")
    assert log_in(cast.editor).post(URL, said).status_code == 302

    row, file = UpdateRound.objects.get(), EvidenceFile.objects.get()
    (line,) = evidence.lines_of(row.content)
    assert (line.uuid, line.name, line.caption) == (file.uuid, "annex-to-the-note.pdf", "The two new schools")
    assert (file.added_by, file.added_at) == (cast.editor, AT)
    assert set(history.of(row.update).values_list("verb", flat=True)) == {"evidence attached", "entered on behalf"}
    reviewer = log_in(cast.reviewer)
    page = reviewer.get(f"/admin/pledges/progressupdate/{row.update.pk}/change/").content.decode()
    assert f'href="/evidence/{file.uuid}/"' in page
    assert b"".join(reviewer.get(f"/evidence/{file.uuid}/").streaming_content) == PDF
    assert client.get(f"/evidence/{file.uuid}/").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"evidence": upload(b"<html><script>")}, "inside is something else"),
        ({"evidence": upload(), "narrative": ""}, "Please choose your file once more."),
        ({"caption": "The two new schools"}, "Please choose the file that you described"),
    ],
)
def test_a_file_that_cannot_be_taken_loses_nothing_typed(cast, log_in, wrong, words):
    response = log_in(cast.editor).post(URL, sent(cast, support_needed="Kept words") | wrong)

    html = response.content.decode()
    assert (response.status_code, words in html, "Kept words" in html) == (422, True, True)
    assert (ProgressUpdate.objects.count(), EvidenceFile.objects.count()) == (0, 0)


def test_a_stakeholder_without_room_for_the_file_is_named_and_nothing_is_entered(cast, log_in, settings):
    settings.EVIDENCE_MOST_BYTES_OF_STAKEHOLDER = len(PDF) - 1
    response = log_in(cast.editor).post(URL, sent(cast, evidence=upload()))

    html = response.content.decode()
    assert (response.status_code, "Example Relief has attached files" in html) == (422, True)
    assert "Please choose your file once more." in html
    assert (ProgressUpdate.objects.count(), EvidenceFile.objects.count()) == (0, 0)
