"""Two texts in pieces: nothing lost, and the words that differ marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pledges.text_diff import WORDS_AT_MOST, Piece, compare_lists, compare_texts

texts = st.text(alphabet=st.sampled_from("ab1 .,\n学校é<&\u0301"), max_size=60)


def marked(pieces):
    return "".join(f"[{piece.text}]" if piece.differs else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Two schools.", "Two schools.", ("Two schools.", "Two schools.")),
        ("Two schools are open.", "Four schools are open.", ("[Two] schools are open.", "[Four] schools are open.")),
        ("Two schools.", "Four clinics.", ("[Two schools].", "[Four clinics].")),
        ("In 12.5 towns", "In 12.7 towns", ("In [12.5] towns", "In [12.7] towns")),
        ("Open", "Open, at last", ("Open", "Open[, at last]")),
        ("", "New", ("", "[New]")),
        ("Gone", "", ("[Gone]", "")),
        ("两所学校", "四所学校", ("[两]所学校", "[四]所学校")),
        ("a\nb", "a\n\nb", ("a[\n]b", "a[\n\n]b")),
    ],
)
def test_the_words_that_differ_are_marked(old, new, expected):
    assert tuple(marked(pieces) for pieces in compare_texts(old, new)) == expected


@given(texts, texts)
def test_the_pieces_joined_are_the_texts(old, new):
    was, now = compare_texts(old, new)
    assert ("".join(piece.text for piece in was), "".join(piece.text for piece in now)) == (old, new)
    assert any(piece.differs for piece in (*was, *now)) == (old != new)


def test_a_text_without_end_is_marked_whole_at_once():
    old, new = "a " * WORDS_AT_MOST, "b " * WORDS_AT_MOST
    assert compare_texts(old, new) == ((Piece(old, differs=True),), (Piece(new, differs=True),))


def test_items_of_lists_are_found_by_their_keys_whatever_their_place():
    old = [("schools", "Schools: 2"), ("wells", "Wells: 1")]
    new = [("pupils", "Pupils: 9"), ("schools", "Schools: 4")]
    was, now = compare_lists(old, new)
    assert [marked(pieces) for pieces in was] == ["Schools: [2]", "[Wells: 1]"]
    assert [marked(pieces) for pieces in now] == ["[Pupils: 9]", "Schools: [4]"]


def test_of_two_items_with_one_key_each_is_used_once():
    was, now = compare_lists([("a", "a 1")], [("a", "a 1"), ("a", "a 2")])
    assert [marked(pieces) for pieces in now] == ["a 1", "[a 2]"]
    assert [marked(pieces) for pieces in was] == ["a 1"]
