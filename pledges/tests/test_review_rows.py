"""Rounds beside each other, field by field; what an earlier or a later portal stored is shown as well."""

from datetime import UTC, datetime

import pytest

from pledges.content import empty_content
from pledges.models import UpdateRound
from pledges.review_rows import review_rows, shown_fields

AT = datetime(2021, 10, 20, tzinfo=UTC)


def make_round(**content):
    return UpdateRound(content={**empty_content(stage="planning", narrative="Old words"), **content}, submitted_at=AT)


def told(row):
    """Both sides of a row, with what differs in brackets."""
    return tuple(
        ["".join(f"[{piece.text}]" if piece.differs else piece.text for piece in line.pieces) for line in side]
        for side in (row.old, row.new)
    )


def rows_by_name(old, new):
    return {row.name: row for row in review_rows(new, beside=old)}


def test_all_fields_stand_in_the_order_of_the_form_and_nothing_is_marked_without_a_past():
    rows = review_rows(make_round(), beside=None)
    assert [row.name for row in rows] == [
        "stage",
        "scope_change",
        "narrative",
        "results",
        "challenges",
        "support_needed",
        "refugees_involved",
        "links",
        "evidence",
        "no_evidence_reason",
        "language",
    ]
    assert [row.name for row in rows if row.differs] == []
    assert [row.name for row in rows if not row.is_empty] == ["stage", "narrative", "language"]


def test_a_stage_is_marked_whole_a_text_by_words():
    rows = rows_by_name(make_round(), make_round(stage="in-progress", narrative="New words"))
    assert told(rows["stage"]) == (["[Planning stage]"], ["[In progress]"])
    assert told(rows["narrative"]) == (["[Old] words"], ["[New] words"])
    assert [name for name, row in rows.items() if row.differs] == ["stage", "narrative"]


def test_results_are_compared_row_by_row():
    old = [{"label": "Schools", "value": "2", "unit": ""}, {"label": "Wells", "value": "1", "unit": ""}]
    new = [{"label": "Pupils", "value": "9", "unit": ""}, {"label": "schools", "value": "4", "unit": ""}]
    row = rows_by_name(make_round(results=old), make_round(results=new))["results"]
    assert told(row) == (["[Schools]: [2]", "[Wells: 1]"], ["[Pupils: 9]", "[schools]: [4]"])


def test_links_are_links_only_where_that_is_safe():
    old, new = ["https://example.org/a"], ["https://example.org/a", "javascript:alert(1)", "https://example.org/b"]
    row = rows_by_name(make_round(links=old), make_round(links=new))["links"]
    assert told(row)[1] == ["https://example.org/a", "[javascript:alert(1)]", "[https://example.org/b]"]
    assert [line.link for line in row.new] == ["https://example.org/a", "", "https://example.org/b"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, []),
        ([], []),
        ("a\x00b", ["[ab]"]),
        (7, ["[7]"]),
        ({"name": "x.pdf", "size": 3}, ["[name: x.pdf; size: 3]"]),
        ([{"name": "x.pdf"}, "y", ["z"]], ["[name: x.pdf]", "[y]", "[['z']]"]),
    ],
)
def test_what_todays_form_does_not_know_is_shown_as_plain_text(value, text):
    row = rows_by_name(make_round(), make_round(files_of_old=value))["files_of_old"]
    assert (row.label, told(row)) == ("Files of old", ([], text))


def test_a_field_that_only_the_old_round_had_is_shown_as_gone():
    row = rows_by_name(make_round(files_of_old="x"), make_round())["files_of_old"]
    assert told(row) == (["[x]"], [])


def test_only_what_says_something_is_listed():
    assert [field.name for field in shown_fields(make_round(files_of_old="x"))] == [
        "stage",
        "narrative",
        "language",
        "files_of_old",
    ]


def named(number, caption=""):
    """A file as a round names it."""
    uuid = f"00000000-0000-4000-8000-{number:012d}"
    return {"uuid": uuid, "name": f"{number}.pdf", "caption": caption, "size": 2048, "sha256": ""}


def test_files_are_compared_by_what_they_are_and_lead_to_themselves():
    old, new = [named(1), named(2)], [named(2, "The new roof"), named(3)]
    row = rows_by_name(make_round(evidence=old), make_round(evidence=new))["evidence"]
    size = "2.0\u00a0KB"
    assert told(row) == (
        [f"[1.pdf ({size})]", f"2.pdf ({size})"],
        [f"2.pdf ({size})[: The new roof]", f"[3.pdf ({size})]"],
    )
    assert [line.link for line in row.new] == [f"/evidence/{each['uuid']}/" for each in new]


@pytest.mark.parametrize("value", ["x", [{"uuid": "no", "name": "x.pdf"}], [named(1), 7], {"a": 1}])
def test_files_that_are_not_as_they_should_be_are_plain_text(value):
    row = rows_by_name(make_round(), make_round(evidence=value))["evidence"]
    assert row.differs
    assert [line.link for line in row.new] == [""] * len(row.new)
