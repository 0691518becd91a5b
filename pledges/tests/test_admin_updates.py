"""What staff see of updates, and the buttons with which they decide."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from accounts.tests.factories import make_stakeholder
from foundation.models import OutgoingMail
from pledges.models import Confirmation, ProgressUpdate, UpdateRound
from pledges.review_queue import flags_of
from pledges.round_text import names_in
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


@pytest.fixture
def corrected_pledge(cast):
    """An update that was sent again, of a pledge with a published one."""
    pledge = make_pledge(cast.ngo)
    make_update(pledge, at=AT - timedelta(days=90))
    update = make_update(pledge, "submitted", at=AT - timedelta(days=9))
    update.rounds.update(decision="returned", decided_at=AT, comment="x")
    UpdateRound.objects.create(update=update, number=2, content={}, submitted_at=AT - timedelta(days=1))
    return update


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
    assert '<td class="field-age"><b>3 days</b> <span class="queue-day">17 October 2021</span></td>' in html
    assert '<td class="field-window">1 Oct 2021 – 31 Oct 2021, open now</td>' in html
    assert "<h1>Progress updates</h1>" in html


def flags(client, query=""):
    rows = client.get(LIST + query).context["cl"].result_list
    return {update.pk: flags_of(update) for update in rows}


def test_the_list_flags_what_deserves_a_closer_look(cast, log_in, waiting, corrected_pledge):
    ended = make_pledge(cast.ngo)
    make_update(ended, at=AT - timedelta(days=90))
    fulfilled = make_update(ended, "submitted", at=AT, stage="fulfilled", scope_change="withdrawn")
    again = make_pledge(cast.ngo)
    make_update(again, "revoked", at=AT - timedelta(days=90))
    after_revoked = make_update(again, "submitted", at=AT)
    client = log_in(cast.reviewer)
    expected = {
        waiting.pk: ["first update"],
        corrected_pledge.pk: ["corrected"],
        fulfilled.pk: ["fulfilled", "withdrawn"],
        after_revoked.pk: ["first update"],
    }
    assert flags(client) == expected
    # The search looks into all versions and must not count anything twice.
    assert flags(client, "?q=Pledge") == {key: said for key, said in expected.items() if key != waiting.pk}


def test_of_what_is_not_submitted_neither_stage_nor_flag_is_told(cast, log_in):
    for state in ("draft", "returned"):
        make_update(make_pledge(cast.ngo), state, stage="fulfilled", scope_change="withdrawn")
    client = log_in(cast.reviewer)
    assert list(flags(client, "?stand=stakeholder").values()) == [[], []]
    html = client.get(f"{LIST}?stand=stakeholder").content.decode()
    assert html.count('<td class="field-stage_in_words">–</td>') == 2


def test_the_window_is_that_of_the_first_submission_and_of_the_pledges_occasion(cast, log_in, waiting):
    make_window(date(2021, 5, 1), date(2021, 6, 30))
    make_window(date(2021, 10, 1), date(2021, 10, 31)).occasions.clear()
    may = make_update(make_pledge(cast.ngo), "submitted", at=datetime(2021, 6, 30, 21, 59, tzinfo=UTC))
    july = make_update(make_pledge(cast.ngo), "submitted", at=datetime(2021, 6, 30, 22, tzinfo=UTC))
    rows = log_in(cast.reviewer).get(LIST).context["cl"].result_list
    assert {row.pk: row.window_name for row in rows} == {
        may.pk: "1 May 2021 – 30 Jun 2021",
        july.pk: "",
        waiting.pk: "",
    }


@pytest.mark.parametrize("who", ["editor", "reviewer", "superuser"])
def test_the_first_page_tells_those_who_decide_how_many_wait(cast, log_in, waiting, who):
    html = log_in(getattr(cast, who)).get("/admin/").content.decode()
    told = "1 update waits for review</a>, the oldest for 3 days." in html
    assert told == (who != "editor")


def test_the_first_page_says_nothing_when_nothing_waits(cast, log_in):
    assert "for review</a>" not in log_in(cast.reviewer).get("/admin/").content.decode()


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
    assert [row.name for row in response.context["changed"]] == ["narrative"]
    assert [row.name for row, _input, _asked in response.context["rows"]] == names_in({})
    html = response.content.decode()
    assert html.count("◆ changed") == 1
    assert '<del><span class="visually-hidden">[no longer there: </span>Two<span class="visually-hidden">]' in html
    assert '<ins><span class="visually-hidden">[new: </span>Four<span class="visually-hidden">]</span></ins> ' in html
    assert "Accept and publish" in html


@pytest.fixture
def corrected(cast):
    """An update that was returned, corrected and sent again, beside a published one."""
    make_update(cast.pledge, at=AT - timedelta(days=90), narrative="Two schools.")
    update = make_update(cast.pledge, "returned", at=AT - timedelta(days=9), narrative="Some schools <b>are</b> open.")
    update.rounds.update(comment="", field_comments={"narrative": "How many?", "challenges": "None at all?"})
    content = update.rounds.get().content | {"narrative": "Four schools <b>are</b> open."}
    UpdateRound.objects.create(update=update, number=2, content=content, submitted_at=AT - timedelta(days=1))
    ProgressUpdate.objects.filter(pk=update.pk).update(state="submitted", narrative=content["narrative"])
    return update


def marks(response):
    """What the page marks: of the old round, and of the new one."""
    sides = [[], []]
    for row, _input, _asked in response.context["rows"]:
        for side, lines in zip(sides, (row.old, row.new), strict=True):
            side += [piece.text for line in lines for piece in line.pieces if piece.differs]
    return sides


@pytest.mark.parametrize("query", ["", "?beside=7", "?beside=x", "?beside=", "?beside=2"])
def test_the_round_stands_beside_what_was_published_last(cast, log_in, corrected, query):
    response = log_in(cast.reviewer).get(page(corrected) + query)
    assert marks(response) == [["Two"], ["Four", " <b>are</b> open"]]
    assert response.context["chosen"] is None


def test_the_round_can_stand_beside_the_one_that_was_returned(cast, log_in, corrected):
    response = log_in(cast.reviewer).get(page(corrected) + "?beside=1")
    assert marks(response) == [["Some"], ["Four"]]
    html = response.content.decode()
    assert "Round 1, returned" in html
    assert "<b>are</b>" not in html
    assert "&lt;b&gt;are&lt;/b&gt; open." in html


def test_what_was_asked_stands_beside_the_field_and_whether_it_changed(cast, log_in, corrected):
    response = log_in(cast.reviewer).get(page(corrected))
    asked = {row.name: asked.is_answered for row, _input, asked in response.context["rows"] if asked}
    assert asked == {"narrative": True, "challenges": False}
    html = response.content.decode()
    assert html.count("✓ changed since") == 1
    assert html.count("○ not changed since") == 1


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


def test_returning_with_comments_on_fields(cast, log_in, waiting):
    sent = {"number": 1, "comment": "", "on_narrative": "How many pupils?", "on_links": ""}
    assert log_in(cast.reviewer).post(page(waiting, "return/"), sent).status_code == 302
    row = UpdateRound.objects.get()
    assert (row.decision, row.comment, row.field_comments) == ("returned", "", {"narrative": "How many pupils?"})


@pytest.mark.parametrize("comment", ["x" * 1001, "nul \x00"])
@pytest.mark.parametrize("verb", ["accept/", "return/"])
def test_a_bad_comment_on_a_field_is_named_and_kept_open(cast, log_in, waiting, comment, verb):
    sent = {"number": 1, "on_stage": "Why?", "on_narrative": comment}
    response = log_in(cast.reviewer).post(page(waiting, verb), sent)
    html = response.content.decode()
    assert response.status_code == 422
    assert html.count('<details class="field-comment" open>') == 2
    assert html.count('class="errorlist"') >= 1
    assert ProgressUpdate.objects.get().state == "submitted"


def test_accepting_with_a_comment_asks_first_and_keeps_it(cast, log_in, waiting):
    response = log_in(cast.reviewer).post(page(waiting, "accept/"), {"number": 1, "on_narrative": "How many <pupils>?"})
    assert response.status_code == 422
    html = response.content.decode()
    assert "You wrote a comment." in html
    assert "How many &lt;pupils&gt;?" in html
    assert ProgressUpdate.objects.get().state == "submitted"


def test_a_comment_on_a_field_that_is_not_there_is_not_taken(cast, log_in, waiting):
    sent = {"number": 1, "on_password": "x"}
    assert log_in(cast.reviewer).post(page(waiting, "return/"), sent).status_code == 422
    assert ProgressUpdate.objects.get().state == "submitted"


def test_who_sent_it_is_not_offered_to_decide(cast, log_in, waiting):
    UpdateRound.objects.update(submitted_by=cast.superuser)
    client = log_in(cast.superuser)
    html = client.get(page(waiting)).content.decode()
    assert "Another reviewer decides on it." in html
    assert "Accept and publish" not in html
    client.post(page(waiting, "accept/"), {"number": 1})
    assert ProgressUpdate.objects.get().state == "submitted"
    assert "Accept and publish" in log_in(cast.reviewer).get(page(waiting)).content.decode()


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
