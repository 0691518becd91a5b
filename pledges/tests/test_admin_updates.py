"""Staff review updates in the administration, and never edit a stakeholder's words."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from conftest import Cast, LogIn
from foundation.models import OutgoingMail
from pledges.models import ProgressUpdate
from pledges.tests.factories import make_pledge, make_update

pytestmark = pytest.mark.django_db
QUEUE = "/admin/pledges/progressupdate/"
State = ProgressUpdate.State
Assertions = Callable[..., Any]


@pytest.fixture
def waiting(cast: Cast) -> ProgressUpdate:
    make_update(cast.pledge, narrative="Two schools have opened.", at=datetime(2020, 9, 1, tzinfo=UTC))
    return make_update(cast.pledge, State.SUBMITTED, narrative="Three schools have opened.")


@pytest.fixture
def reviewer(cast: Cast, log_in: LogIn) -> Client:
    return log_in(cast.reviewer)


def state_of(update: ProgressUpdate) -> str:
    update.refresh_from_db()
    return update.state


def test_the_queue_opens_on_what_waits(waiting: ProgressUpdate, reviewer: Client) -> None:
    response = reviewer.get(QUEUE)

    assert [row.pk for row in response.context["cl"].result_list] == [waiting.pk]


def test_a_draft_is_not_shown_to_staff(cast: Cast, reviewer: Client) -> None:
    draft = make_update(cast.pledge, State.DRAFT, narrative="Nobody but us reads this")

    assert b"Nobody but us" not in reviewer.get(f"{QUEUE}?review=all").content
    assert reviewer.get(f"{QUEUE}{draft.pk}/change/").status_code == 404


def test_the_page_shows_the_new_text_beside_the_published_one(waiting: ProgressUpdate, reviewer: Client) -> None:
    page = reviewer.get(f"{QUEUE}{waiting.pk}/change/").content.decode()

    assert "Two schools have opened." in page
    assert "Three schools have opened." in page
    assert page.count("● changed") == 1


def test_accepting_publishes_and_tells_the_focal_points(waiting: ProgressUpdate, reviewer: Client) -> None:
    response = reviewer.post(f"{QUEUE}{waiting.pk}/accept/", {"number": 1})

    assert (response.status_code, state_of(waiting)) == (302, State.ACCEPTED)
    told = OutgoingMail.objects.values_list("address", flat=True)
    assert sorted(told) == ["colleague@example.org", "focal@example.org"]


def test_a_get_of_a_decision_changes_nothing(waiting: ProgressUpdate, reviewer: Client) -> None:
    for verb in ("accept", "return", "revoke"):
        assert reviewer.get(f"{QUEUE}{waiting.pk}/{verb}/").status_code == 200

    assert state_of(waiting) == State.SUBMITTED


def test_a_return_asks_for_a_comment(waiting: ProgressUpdate, reviewer: Client) -> None:
    response = reviewer.post(f"{QUEUE}{waiting.pk}/return/", {"number": 1, "comment": " "})

    assert (response.status_code, state_of(waiting)) == (200, State.SUBMITTED)


def test_a_return_keeps_the_comment_for_the_stakeholder(waiting: ProgressUpdate, reviewer: Client) -> None:
    reviewer.post(f"{QUEUE}{waiting.pk}/return/", {"number": 1, "comment": "Please say how many."})

    assert state_of(waiting) == State.RETURNED
    assert waiting.rounds.get().comment == "Please say how many."


def test_the_second_of_two_decisions_is_told_of_the_first(waiting: ProgressUpdate, reviewer: Client) -> None:
    reviewer.post(f"{QUEUE}{waiting.pk}/accept/", {"number": 1})

    response = reviewer.post(f"{QUEUE}{waiting.pk}/return/", {"number": 1, "comment": "Too late"}, follow=True)

    assert state_of(waiting) == State.ACCEPTED
    assert "already decided" in " ".join(str(message) for message in response.context["messages"])


def test_revoking_leaves_a_public_note(cast: Cast, reviewer: Client) -> None:
    update = make_update(cast.pledge)

    reviewer.post(f"{QUEUE}{update.pk}/revoke/", {"number": 1, "note": "Named a person."})

    assert (state_of(update), update.revoke_note) == (State.REVOKED, "Named a person.")


def test_an_editor_reads_but_does_not_decide(waiting: ProgressUpdate, cast: Cast, log_in: LogIn) -> None:
    editor = log_in(cast.editor)

    assert editor.get(f"{QUEUE}{waiting.pk}/change/").status_code == 200
    assert editor.post(f"{QUEUE}{waiting.pk}/accept/", {"number": 1}).status_code == 403
    assert state_of(waiting) == State.SUBMITTED


def test_nobody_edits_the_words(waiting: ProgressUpdate, reviewer: Client) -> None:
    response = reviewer.post(f"{QUEUE}{waiting.pk}/change/", {"narrative": "Ours"})

    waiting.refresh_from_db()
    assert (response.status_code, waiting.narrative) == (403, "Three schools have opened.")


def _letter(cast: Cast, **changes: str) -> dict[str, str]:
    return {
        "pledge": str(cast.pledge.pk),
        "channel": "letter",
        "received_on": "2021-10-05",
        "source_note": "Note verbale 12",
        "stage": "in-progress",
        "narrative": "Work has begun.",
        "language": "en",
    } | changes


def test_an_editor_enters_a_letter_and_it_waits_for_review(cast: Cast, log_in: LogIn) -> None:
    response = log_in(cast.editor).post(f"{QUEUE}add/", _letter(cast))

    update = ProgressUpdate.objects.get()
    row = update.rounds.get()
    assert (response.status_code, update.state, update.stakeholder) == (302, State.SUBMITTED, cast.ngo)
    assert (row.channel, row.source_note, row.submitted_by) == ("letter", "Note verbale 12", cast.editor)


@pytest.mark.parametrize(
    "changes",
    [{"received_on": "2999-01-01"}, {"narrative": ""}, {"channel": "web"}, {"pledge": "0"}, {"received_on": "soon"}],
    ids=["a day to come", "no text", "a channel of others", "no such pledge", "no date"],
)
def test_a_letter_with_something_wrong_is_shown_again(cast: Cast, log_in: LogIn, changes: dict[str, str]) -> None:
    response = log_in(cast.editor).post(f"{QUEUE}add/", _letter(cast, **changes))

    assert (response.status_code, ProgressUpdate.objects.count()) == (200, 0)
    assert response.context["form"].errors


def test_a_reviewer_does_not_enter_letters(cast: Cast, reviewer: Client) -> None:
    assert reviewer.post(f"{QUEUE}add/", _letter(cast)).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_costs_the_same_for_any_number(
    count: int, cast: Cast, reviewer: Client, django_assert_num_queries: Assertions
) -> None:
    for _number in range(count):
        make_update(make_pledge(cast.ngo), State.SUBMITTED)

    with django_assert_num_queries(11):
        response = reviewer.get(QUEUE)

    assert len(response.context["cl"].result_list) == count
