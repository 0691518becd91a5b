"""What staff see of updates, and the buttons with which they decide."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.tests.factories import make_stakeholder
from foundation.models import OutgoingMail
from pledges.models import Confirmation, ProgressUpdate, UpdateRound
from pledges.tests.factories import make_pledge, make_update, make_window

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
LIST = "/admin/pledges/progressupdate/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _october():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def waiting(cast):
    """An update that waits for review for three days."""
    return make_update(cast.pledge, "submitted", at=AT - timedelta(days=3), narrative="Four schools are open.")


def page(update, verb=""):
    return f"{LIST}{update.pk}/{verb}" if verb else f"{LIST}{update.pk}/change/"


def listed(client, query=""):
    return [update.pk for update in client.get(LIST + query).context["cl"].result_list]


def test_the_list_begins_with_what_needs_review_the_oldest_first(cast, log_in, waiting):
    older = make_update(make_pledge(cast.ngo), "submitted", at=AT - timedelta(days=9))
    for state in ("draft", "returned", "accepted", "revoked"):
        make_update(make_pledge(cast.ngo), state)
    assert listed(log_in(cast.reviewer)) == [older.pk, waiting.pk]


@pytest.mark.parametrize(
    ("stand", "count"), [("review", 1), ("stakeholder", 2), ("published", 1), ("withdrawn", 1), ("all", 5), ("?", 5)]
)
def test_the_list_can_be_turned_to_other_stands(cast, log_in, waiting, stand, count):
    for state in ("draft", "returned", "accepted", "revoked"):
        make_update(make_pledge(cast.ngo), state)
    assert len(listed(log_in(cast.reviewer), f"?stand={stand}")) == count


def test_the_list_says_the_age_and_the_open_window(cast, log_in, waiting):
    make_window()
    html = log_in(cast.reviewer).get(LIST).content.decode()
    assert '<td class="field-age">3</td>' in html
    assert '<td class="field-for_open_window">yes</td>' in html
    assert "17 October 2021</td>" in html
    assert "<h1>Progress updates</h1>" in html


@pytest.mark.parametrize("state", ["draft", "returned"])
@pytest.mark.parametrize("address", ["list", "change", "history"])
def test_what_the_stakeholder_is_writing_is_never_shown(cast, log_in, state, address):
    update = make_update(cast.pledge, state)
    ProgressUpdate.objects.update(narrative="Private words", challenges="Private words")
    urls = {"list": f"{LIST}?stand=all", "change": page(update), "history": page(update, "history/")}
    response = log_in(cast.superuser).get(urls[address])
    assert response.status_code == 200
    assert b"Private words" not in response.content


def test_of_a_draft_it_is_only_said_that_there_is_one(cast, log_in):
    update = make_update(cast.pledge, "draft")
    assert "The stakeholder has a draft" in log_in(cast.reviewer).get(page(update)).content.decode()


@pytest.mark.parametrize("query", ["narrative__icontains=Private", "challenges__startswith=P", "stage=planning"])
def test_addresses_cannot_search_drafts(cast, log_in, query):
    make_update(cast.pledge, "draft", narrative="Private words")
    assert log_in(cast.superuser).get(f"{LIST}?stand=all&{query}").status_code == 400
    assert listed(log_in(cast.superuser), "?stand=all&q=Private") == []


def test_the_page_marks_what_changed_by_a_word(cast, log_in, waiting):
    make_update(cast.pledge, at=AT - timedelta(days=90), narrative="Two schools.", stage="in-progress")
    response = log_in(cast.reviewer).get(page(waiting))
    assert [(pair.new.name, pair.differs) for pair in response.context["pairs"]] == [
        ("stage", False),
        ("narrative", True),
        ("language", False),
    ]
    html = response.content.decode()
    assert html.count("◆ changed") == 1
    assert "Two schools." in html
    assert "Accept and publish" in html


def test_the_page_shows_the_frozen_labels(cast, log_in, waiting):
    UpdateRound.objects.update(labels={"stage": "As it was called then"})
    assert "As it was called then" in log_in(cast.reviewer).get(page(waiting)).content.decode()


def test_editors_read_but_do_not_decide(cast, log_in, waiting):
    client = log_in(cast.editor)
    html = client.get(page(waiting)).content.decode()
    assert "Four schools are open." in html
    assert "Accept and publish" not in html
    for verb in ("accept/", "return/", "revoke/"):
        assert client.post(page(waiting, verb), {"number": 1, "comment": "x", "note": "x"}).status_code == 403
    assert ProgressUpdate.objects.get().state == "submitted"


@pytest.mark.parametrize("who", ["focal_point", "stranger"])
@pytest.mark.parametrize("verb", ["", "accept/", "return/", "revoke/"])
def test_others_do_not_come_in(cast, log_in, waiting, who, verb):
    response = log_in(getattr(cast, who)).post(page(waiting, verb), {"number": 1, "comment": "x", "note": "x"})
    assert response.status_code in (302, 403, 404)
    assert b"Four schools" not in response.content
    assert ProgressUpdate.objects.get().state == "submitted"


@pytest.mark.parametrize("verb", ["accept/", "return/"])
def test_reading_the_address_decides_nothing(cast, log_in, waiting, verb):
    assert log_in(cast.reviewer).get(page(waiting, verb)).status_code == 405


def test_accepting_publishes(cast, log_in, waiting):
    response = log_in(cast.reviewer).post(page(waiting, "accept/"), {"number": 1}, follow=True)
    assert "Published. All focal points of Example Relief are told." in response.content.decode()
    update = ProgressUpdate.objects.get()
    assert (update.state, update.accepted_at, update.rounds.get().decided_by) == ("accepted", AT, cast.reviewer)


@pytest.mark.parametrize("number", ["", "x", "0", "99999999999", "2"])
def test_a_round_that_was_not_read_is_not_accepted(cast, log_in, waiting, number):
    assert log_in(cast.reviewer).post(page(waiting, "accept/"), {"number": number}).status_code == 302
    assert ProgressUpdate.objects.get().state == "submitted"


def test_returning_sends_the_comment(cast, log_in, waiting):
    sent = {"number": 1, "comment": "How many pupils?"}
    assert log_in(cast.reviewer).post(page(waiting, "return/"), sent).status_code == 302
    assert ProgressUpdate.objects.get().state == "returned"
    assert OutgoingMail.objects.filter(text__contains="How many pupils?").count() == 2


@pytest.mark.parametrize("comment", ["", "   ", "x" * 4001, "nul \x00"])
def test_a_bad_comment_is_named_and_kept(cast, log_in, waiting, comment):
    response = log_in(cast.reviewer).post(page(waiting, "return/"), {"number": 1, "comment": comment})
    assert response.status_code == 422
    assert 'class="errorlist"' in response.content.decode()
    assert comment.strip()[:10].replace("\x00", "") in response.content.decode()
    assert ProgressUpdate.objects.get().state == "submitted"


def test_the_slower_reviewer_is_told_and_keeps_the_comment(cast, log_in, waiting):
    log_in(cast.superuser).post(page(waiting, "accept/"), {"number": 1})
    client = log_in(cast.reviewer)
    html = client.post(page(waiting, "return/"), {"number": 1, "comment": "My long comment"}).content.decode()
    assert "superuser@example.org has already decided on this round: it was accepted." in html
    assert "My long comment" in html
    second = client.post(page(waiting, "accept/"), {"number": 1}, follow=True).content.decode()
    assert "has already decided on this round" in second


def test_withdrawing_asks_for_a_public_note_first(cast, log_in):
    update = make_update(cast.pledge)
    client = log_in(cast.reviewer)
    assert "your note takes its place" in client.get(page(update, "revoke/")).content.decode()
    assert client.post(page(update, "revoke/"), {"note": " "}).status_code == 200
    assert ProgressUpdate.objects.get().state == "accepted"
    client.post(page(update, "revoke/"), {"note": "It named a person."})
    assert (ProgressUpdate.objects.get().state, ProgressUpdate.objects.get().revoke_note) == (
        "revoked",
        "It named a person.",
    )


@pytest.mark.parametrize("pk", ["0", "999999999999999999999", "x", "1%00"])
def test_unknown_rows_are_not_found(cast, log_in, pk):
    assert log_in(cast.reviewer).get(f"{LIST}{pk}/change/").status_code == 404


@pytest.mark.parametrize("path", ["add/", "{pk}/delete/"])
def test_rows_are_neither_added_nor_deleted_by_hand(cast, log_in, waiting, path):
    assert log_in(cast.superuser).get(LIST + path.format(pk=waiting.pk)).status_code == 403


def test_confirmations_are_read_only(cast, log_in):
    row = make_update(cast.pledge).rounds.get()
    confirmation = Confirmation.objects.create(
        pledge=cast.pledge, stakeholder=cast.ngo, by=cast.focal_point, at=AT, since_round=row
    )
    client = log_in(cast.superuser)
    assert str(row.uuid) in client.get("/admin/pledges/confirmation/").content.decode()
    assert client.get(f"/admin/pledges/confirmation/{confirmation.pk}/change/").status_code == 200
    assert client.post(f"/admin/pledges/confirmation/{confirmation.pk}/change/", {}).status_code == 403
    assert client.get("/admin/pledges/confirmation/add/").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_and_many(cast, log_in, django_assert_num_queries, count):
    client = log_in(cast.reviewer)
    for _number in range(count):
        make_update(make_pledge(make_stakeholder()), "submitted", at=AT)
    make_window()
    client.get(LIST)
    with django_assert_num_queries(11):
        client.get(LIST)


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_one_and_many_rounds(cast, log_in, waiting, django_assert_num_queries, count):
    client = log_in(cast.reviewer)
    for number in range(2, count + 1):
        waiting.rounds.update(decision="returned", decided_at=AT, comment="x", decided_by=cast.reviewer)
        UpdateRound.objects.create(update=waiting, number=number, content={}, submitted_at=AT)
    client.get(page(waiting))
    with django_assert_num_queries(9):
        client.get(page(waiting))


def test_nobody_edits_the_words(cast, log_in, waiting):
    log_in(cast.superuser).post(page(waiting), {"narrative": "Other words", "stage": "fulfilled"})
    update = ProgressUpdate.objects.get()
    assert (update.narrative, update.stage, update.revision) == ("Four schools are open.", "in-progress", 0)
