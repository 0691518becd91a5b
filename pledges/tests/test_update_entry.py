"""Updates that staff enter on a stakeholder's behalf."""

from datetime import UTC, datetime

import pytest
import time_machine

from pledges.models import ProgressUpdate, UpdateRound
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
