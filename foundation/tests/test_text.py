"""No text of a stranger can break a header or a line."""

import email

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.text import clean_line, clean_text

DANGEROUS = [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]


@pytest.mark.parametrize("code", DANGEROUS)
def test_a_dangerous_character_becomes_a_space(code: int) -> None:
    assert clean_line(f"a{chr(code)}b") == "a b"


def test_a_long_line_is_cut_with_an_ellipsis() -> None:
    assert clean_line("abcdef", at_most=4) == "abc…"


@given(st.text())
def test_a_cleaned_line_is_one_line_and_stays_as_it_is(text: str) -> None:
    line = clean_line(text)

    assert len(line.splitlines()) <= 1
    assert clean_line(line) == line


@given(st.text(alphabet=st.characters(max_codepoint=0x2100)))
def test_a_cleaned_subject_adds_no_header(text: str) -> None:
    message = email.message_from_string(f"Subject: {clean_line(text)}\nTo: a@example.org\n\nbody")

    assert message.keys() == ["Subject", "To"]
    assert message.get_payload() == "body"


def test_a_text_keeps_its_lines_and_loses_overrides() -> None:
    assert clean_text("one\r\ntwo\rthree\x00\u202e") == "one\ntwo\nthree"


def test_a_text_that_shows_nothing_is_empty_and_marks_within_words_stay() -> None:
    assert clean_text("\u200b\n\u200f \u2066\u2069") == ""
    assert clean_text("\u2067\u05e9\u200f") == "\u2067\u05e9\u200f"
