"""Cleaning of text that comes from people and goes into headers, feeds, file names and logs."""

import re
import unicodedata

# C0 and C1 controls, DEL, the line and paragraph separators, bidi overrides, isolates and marks, zero-width
# characters and the byte-order mark. In an ASCII mail subject VT, FF, FS and RS split the message on CPython
# before the fix of CVE-2026-1299, so nothing that a terminal or a parser may read as a line end survives.
_UNSAFE_IN_LINE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff\ufff9-\ufffb]+"
)
# The same for a text of several lines: line feeds and tabs stay, and so do the marks that right-to-left
# writing needs; overrides, which can show a text in another order than it has, go.
_UNSAFE_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\ufeff\ufff9-\ufffb]+")
# What XML 1.0 (2.2, Char) cannot hold even escaped.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPACES = re.compile(r"\s+")
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean_line(text: str, *, at_most: int | None = None) -> str:
    """One line that can break no header: controls become spaces, runs of spaces one, NFC, cut to ``at_most``."""
    without_controls = _UNSAFE_IN_LINE.sub(" ", _SURROGATES.sub("", text))
    line = _SPACES.sub(" ", unicodedata.normalize("NFC", without_controls)).strip()
    return line if at_most is None or len(line) <= at_most else line[: at_most - 1].rstrip() + "…"


def clean_text(text: str) -> str:
    """Several lines with "\\n" ends and no control characters; the reading direction cannot be overridden.

    Empty if nothing of it can be seen.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    cleaned = unicodedata.normalize("NFC", _UNSAFE_IN_TEXT.sub("", _SURROGATES.sub("", lines))).strip()
    # Marks and zero-width characters alone show nothing, so they say nothing.
    return cleaned if clean_line(cleaned) else ""


def xml_text(text: str) -> str:
    """The text without the characters that no XML document can hold."""
    return _NOT_IN_XML.sub("", text)
