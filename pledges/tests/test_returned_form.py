"""What the stakeholder sees of a returned update: what was asked, where, and what may stay as it is."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from pledges import review
from pledges.content import empty_content
from pledges.models import ProgressUpdate, UpdateRound
from pledges.tests.factories import make_evidence, make_update

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _october():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def returned(cast):
    """An update on which a reviewer commented three fields."""
    update = make_update(cast.pledge, "submitted", at=AT - timedelta(days=3), narrative="Some schools.")
    give_back(cast, update, {"stage": "Is it?", "narrative": "How <many>?", "results": "Which numbers?"})
    return update


def give_back(cast, update, field_comments, comment="", number=1):
    review.return_with_comment(
        at=AT, actor=cast.reviewer, update=update, number=number, comment=comment, field_comments=field_comments
    )


def address(cast):
    return f"/my/pledges/{cast.pledge.reference}/update/"


def read(client, cast):
    return client.get(address(cast)).content.decode()


def names(rows):
    return [row.name for row in rows]


def sent(**fields):
    content = {
        "revision": 0,
        "action": "submit",
        "stage": "in-progress",
        "narrative": "Some schools.",
        "language": "en",
    }
    return content | fields


def test_commented_fields_come_first_and_the_others_are_folded_up(cast, log_in, returned):
    context = log_in(cast.focal_point).get(address(cast)).context
    assert names(context["rows"]) == ["stage", "narrative", "results"]
    assert names(context["folded"]) == [
        "challenges",
        "support_needed",
        "refugees_involved",
        "links",
        "evidence",
        "no_evidence_reason",
        "scope_change",
        "language",
    ]
    html = read(log_in(cast.focal_point), cast)
    assert '<details class="folded-fields">' in html
    assert "The other 8 fields, as you sent them" in html
    assert "Only what is named here needs another look." in html


def test_a_comment_on_the_whole_leaves_all_fields_open(cast, log_in):
    update = make_update(cast.pledge, "submitted", at=AT)
    give_back(cast, update, {"narrative": "How many?"}, comment="Please say more.")
    context = log_in(cast.focal_point).get(address(cast)).context
    assert (len(context["rows"]), context["folded"]) == (11, [])
    assert "folded" not in read(log_in(cast.focal_point), cast)


def test_each_comment_is_listed_with_a_way_to_its_field_and_describes_it(cast, log_in, returned):
    html = read(log_in(cast.focal_point), cast)
    assert re.findall(r'<li><a href="#(\w+)">', html) == ["id_stage_0", "id_narrative", "id_result_label_1"]
    for place in ("id_stage_0", "id_narrative", "id_result_label_1"):
        assert f'id="{place}"' in html
    assert html.count("How &lt;many&gt;?") == 2
    assert '<div class="field-comment" id="comment-narrative">' in html
    described = re.search(r'<textarea name="narrative"[^>]*aria-describedby="([^"]*)"', html)[1]
    assert described == "comment-narrative id_narrative_helptext"
    assert html.count('aria-describedby="comment-stage"') == 3
    assert 'aria-describedby="comment-results results-help"' in html


def test_an_error_is_named_beside_the_comment(cast, log_in, returned):
    html = log_in(cast.focal_point).post(address(cast), sent(narrative="")).content.decode()
    described = re.search(r'<textarea name="narrative"[^>]*aria-describedby="([^"]*)"', html)[1]
    assert described == "comment-narrative id_narrative_helptext id_narrative_error"


def test_what_is_sent_back_with_an_error_is_unfolded(cast, log_in, returned):
    html = log_in(cast.focal_point).post(address(cast), sent(links="no link")).content.decode()
    assert '<details class="folded-fields" open>' in html
    assert "no link" in html


def test_a_comment_counts_as_answered_when_the_field_has_changed(cast, log_in, returned):
    client = log_in(cast.focal_point)
    assert read(client, cast).count("not changed yet") == 6
    client.post(address(cast), sent(action="save", narrative="Four schools."))
    context = client.get(address(cast)).context
    assert {comment.name: comment.is_answered for _place, comment in context["asked"]} == {
        "stage": False,
        "narrative": True,
        "results": False,
    }


def test_folded_fields_are_kept_and_sent_again(cast, log_in):
    update = make_update(cast.pledge, "submitted", at=AT, challenges="Rain.", links=["https://example.org/a"])
    give_back(cast, update, {"narrative": "How many?"})
    client = log_in(cast.focal_point)
    html = read(client, cast)
    assert "Rain." in html
    fields = {"narrative": "Four schools.", "challenges": "Rain.", "links": "https://example.org/a"}
    assert client.post(address(cast), sent(**fields)).status_code == 302
    first, second = UpdateRound.objects.order_by("number")
    assert second.content == first.content | {"narrative": "Four schools."}
    assert (first.decision, first.field_comments, second.decision) == ("returned", {"narrative": "How many?"}, "")


def test_a_second_return_shows_only_its_own_comments(cast, log_in, returned):
    client = log_in(cast.focal_point)
    client.post(address(cast), sent(narrative="Four schools."))
    give_back(cast, ProgressUpdate.objects.get(), {"challenges": "None?"}, number=2)
    html = read(client, cast)
    assert "None?" in html
    assert "How &lt;many&gt;?" not in html


@pytest.mark.parametrize(
    ("who", "sees"), [("reader", True), ("partner", True), ("stranger", False), ("superuser", False)]
)
def test_those_who_only_read_see_the_comments(cast, log_in, returned, who, sees):
    assert ("How &lt;many&gt;?" in read(log_in(getattr(cast, who)), cast)) == sees


def test_the_public_never_sees_a_comment(cast, client, returned):
    client.get(f"/pledges/{cast.pledge.reference}/")
    for path in (f"/pledges/{cast.pledge.reference}/", f"/pledges/{cast.pledge.reference}/updates.atom"):
        assert b"many" not in client.get(path).content


def test_the_receipt_of_the_round_keeps_the_comments(cast, log_in, returned):
    row = UpdateRound.objects.get()
    html = log_in(cast.focal_point).get(f"/my/receipts/{row.uuid}/").content.decode()
    assert "The reviewer on “What has happened”" in html
    assert "How &lt;many&gt;?" in html


@pytest.mark.parametrize("name", ["old_field", "evidence"])
def test_a_comment_on_a_field_that_the_form_does_not_have_is_listed(cast, log_in, name):
    update = make_update(cast.pledge, "submitted", at=AT)
    update.rounds.update(content=empty_content(stage="planning", narrative="x") | {name: ["x"]})
    give_back(cast, update, {name: "Why this?"})
    html = read(log_in(cast.focal_point), cast)
    assert "Why this?" in html


def test_a_comment_on_the_files_stands_with_them_and_is_answered_by_another_file(cast, log_in):
    update = make_update(cast.pledge, "submitted", at=AT)
    give_back(cast, update, {"evidence": "Is there a report?"})
    client = log_in(cast.focal_point)
    html = read(client, cast)
    assert '<li><a href="#evidence">Files</a>' in html
    assert html.count("not changed yet") == 2
    assert re.search(r'<input type="file"[^>]*aria-describedby="comment-evidence', html)
    content = update.rounds.get().content
    make_evidence(update)
    update.rounds.update(content=content)
    html = read(client, cast)
    assert (html.count("changed since"), html.count("not changed yet")) == (2, 0)
