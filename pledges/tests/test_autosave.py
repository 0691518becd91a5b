"""What the form saves by itself: the same draft, no history of its own, and a sentence for whoever is refused."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from foundation.models import HistoryEntry
from pledges.models import ProgressUpdate
from pledges.tests.factories import make_update

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _october():
    with time_machine.travel(AT, tick=False):
        yield


def url(pledge):
    return f"/my/pledges/{pledge.reference}/update/"


def typed(revision=0, **fields):
    return {"revision": revision, "action": "autosave", "narrative": "Half a sen", "language": "en", **fields}


def test_an_incomplete_text_is_kept_and_the_next_revision_comes_back(cast, log_in):
    client = log_in(cast.contributor)

    first = client.post(url(cast.pledge), typed())
    second = client.post(url(cast.pledge), typed(revision=1, narrative="Half a sentence."))

    assert (first.status_code, first.json()) == (
        200,
        {"sentence": "Saved by itself, 20 October 2021, 10:00 (Europe/Zurich).", "revision": 1},
    )
    assert second.json()["revision"] == 2
    update = ProgressUpdate.objects.get()
    assert (update.narrative, update.saved_by, update.state) == ("Half a sentence.", cast.contributor, "draft")
    assert not HistoryEntry.objects.filter(verb="draft saved").exists()


def test_the_same_text_twice_counts_once(cast, log_in):
    client = log_in(cast.focal_point)

    answers = [client.post(url(cast.pledge), typed()).json()["revision"] for _time in range(2)]

    assert answers == [1, 1]


def test_it_never_submits_even_when_all_is_there(cast, log_in):
    log_in(cast.focal_point).post(url(cast.pledge), typed(stage="fulfilled"))

    assert ProgressUpdate.objects.get().state == "draft"


def test_who_is_logged_out_is_told_so_and_loses_nothing(client, cast):
    response = client.post(url(cast.pledge), typed())

    assert response.status_code == 403
    assert response.json()["sentence"].startswith("Not saved: you are logged out. Your text is still here:")
    assert not ProgressUpdate.objects.exists()


def test_an_old_form_is_answered_alike(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.focal_point)

    response = client.post(url(cast.pledge), typed())

    assert (response.status_code, response["Content-Type"]) == (403, "application/json")
    assert not ProgressUpdate.objects.exists()


def test_what_changed_elsewhere_is_not_overwritten_nor_told(cast, log_in):
    make_update(cast.pledge, "draft", narrative="Of a colleague", revision=3)

    response = log_in(cast.colleague).post(url(cast.pledge), typed(revision=2))

    assert response.status_code == 409
    assert response.json() == {
        "sentence": "Not saved: this update was changed elsewhere. Press “Save draft” to see both texts and to choose."
    }
    assert ProgressUpdate.objects.get().narrative == "Of a colleague"


def test_what_cannot_be_read_is_named_and_the_draft_stays(cast, log_in):
    make_update(cast.pledge, "draft", narrative="Before", revision=1)

    response = log_in(cast.focal_point).post(url(cast.pledge), typed(revision=1, links="no address", narrative="a\x07"))

    assert (response.status_code, response.json()) == (
        422,
        {"sentence": "Not saved yet: “What has happened”, “Links” cannot be read."},
    )
    assert ProgressUpdate.objects.get().narrative == "Before"


@pytest.mark.parametrize("who", ["reader", "partner"])
def test_who_only_reads_is_refused(cast, log_in, who):
    make_update(cast.pledge, "draft", narrative="Before")

    response = log_in(getattr(cast, who)).post(url(cast.pledge), typed())

    assert response.status_code == 403
    assert response.json()["sentence"].startswith("Not saved: ")
    assert ProgressUpdate.objects.get().narrative == "Before"


@pytest.mark.parametrize("who", ["stranger", "editor", "reviewer", "superuser"])
def test_others_find_nothing(cast, log_in, who):
    response = log_in(getattr(cast, who)).post(url(cast.pledge), typed())

    assert response.status_code == 404
    assert not ProgressUpdate.objects.exists()


@pytest.mark.parametrize("state", ["submitted", "returned"])
def test_a_submitted_text_stays_as_it_is_and_a_returned_one_can_be_worked_on(cast, log_in, state):
    make_update(cast.pledge, state, revision=1)

    status = log_in(cast.focal_point).post(url(cast.pledge), typed(revision=1)).status_code

    assert (status, ProgressUpdate.objects.get().narrative) == {
        "submitted": (409, "Work has begun."),
        "returned": (200, "Half a sen"),
    }[state]
