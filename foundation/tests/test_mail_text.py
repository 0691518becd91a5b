"""Lines of plain text that every mail program shows whole."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.mail_text import render_mail, wrapped

ADDRESS = f"https://example.org/{'y' * 90}"


def columns_of(line):
    """By another count than the product's: wide signs twice, marks not at all."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in line)
    return len(line) + wide - sum(unicodedata.category(sign) in ("Mn", "Me", "Cf") for sign in line)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("one two three", ["one two", "three"]),
        ("one\u00a0two three", ["one\u00a0two", "three"]),
        ("- one two three", ["- one two", "  three"]),
        ("abcdefghijklmnop qr", ["abcdefghij", "klmnop qr"]),
        ("- abcdefghijklmnop", ["-", "  abcdefgh", "  ijklmnop"]),
        ("难民教育与就业机会", ["难民教育与", "就业机会"]),
        (f"see {ADDRESS} now", ["see", ADDRESS, "now"]),
        ("a\n\nb", ["a", "", "b"]),
    ],
)
def test_lines_end_at_spaces_and_within_writing_that_has_none(text, lines):
    assert wrapped(text, 10).split("\n") == lines


def test_a_mark_stays_with_its_sign():
    assert wrapped("e\u0301" * 11, 10).split("\n") == ["e\u0301" * 10, "e\u0301"]


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cf", "Mn", "Me")) | st.sampled_from(" -难ก")))
def test_nothing_is_lost_and_no_line_is_too_long(text):
    lines = wrapped(text, 12).split("\n")
    assert [line for line in lines if columns_of(line) > 12] == []
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_every_mail_fits_into_72_columns() -> None:
    text = render_mail("login_code", {"code": "ABCD-EFGH"}).text
    assert max(len(line) for line in text.splitlines() if "://" not in line) <= 72
