"""Mails from one template each: the text is written, the HTML is made from it, so both always say the same."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from foundation.mail import Content
from foundation.text import clean_line

_LINK = re.compile(r"(https?://[^\s<>\"]+[^\s<>\".,;:!?)])")
_BLANK_LINES = re.compile(r"\n{3,}")
_WORDS = re.compile(r"[^ \t]+")


def render_mail(template: str, context: dict[str, Any], *, language: str = "en") -> Content:
    """Renders ``mail/<template>.txt`` in the reader's language.

    Its first line is the subject. Paragraphs stand between blank lines, a line that begins with "- " is an
    item of a list, addresses become links. The lines of the text fit into 72 columns. Templates of plain text
    switch autoescaping off; the HTML is escaped here.
    """
    with translation.override(language):
        subject, _newline, body = render_to_string(f"mail/{template}.txt", context).strip().partition("\n")
        text = _BLANK_LINES.sub("\n\n", body.strip()) + "\n"
        html = render_to_string(
            "mail/frame.html", {"subject": clean_line(subject), "blocks": list(html_blocks(text)), "language": language}
        )
    return Content(subject=clean_line(subject), text=wrapped(text), html=html)


def wrapped(text: str, columns: int = 72) -> str:
    """The text with lines of at most ``columns`` columns; addresses stay whole, further lines of an item are set in.

    Writing without spaces is cut, and a Chinese or Japanese sign takes two columns.
    """
    return "\n".join(wrapped_line for line in text.split("\n") for wrapped_line in _wrapped_line(line, columns))


def _wrapped_line(line: str, columns: int) -> list[str]:
    set_in = "  " if line.startswith("- ") else ""
    lines, current, used = [], "", 0
    # Not at a space that must not break.
    for word in _WORDS.findall(line):
        width = _width(word)
        if used and used + 1 + width > columns:
            lines.append(current)
            current, used = set_in, 0
        if used:
            current, used = f"{current} {word}", used + 1 + width
            continue
        *full, current = _cut(current + word, columns, set_in)
        lines += full
        used = _width(current)
    return [*lines, current]


def _cut(text: str, columns: int, set_in: str) -> list[str]:
    """The text in as many lines as it needs, without a look at spaces; whole if it holds an address."""
    if "://" in text or _width(text) <= columns:
        return [text]
    lines, current, used = [], "", 0
    for sign in text:
        width = _width(sign)
        if used + width > columns:
            lines.append(current)
            current, used = set_in, len(set_in)
        current, used = current + sign, used + width
    return [*lines, current]


def _width(text: str) -> int:
    """How many columns the text takes where every sign is as wide as another."""
    return len(text) if text.isascii() else sum(_columns_of(sign) for sign in text)


@lru_cache(maxsize=4096)
def _columns_of(sign: str) -> int:
    # A mark that stands on the sign before it (a vowel, an accent) takes none.
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in ("W", "F") else 1


def html_blocks(text: str) -> Iterator[SafeString]:
    """The paragraphs and lists of a plain text as HTML, escaped, with its addresses as links."""
    for block in text.strip().split("\n\n"):
        lines = block.splitlines()
        items = [line[2:] for line in lines if line.startswith("- ")]
        said_before = [line for line in lines if not line.startswith("- ")]
        if said_before:
            yield format_html(
                "<p>{}</p>", format_html_join(SafeString("<br>"), "{}", ((_linked(line),) for line in said_before))
            )
        if items:
            yield format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((_linked(item),) for item in items)))


def _linked(line: str) -> SafeString:
    parts = _LINK.split(line)
    return format_html_join(
        "", "{}", ((format_html('<a href="{0}">{0}</a>', part) if _LINK.fullmatch(part) else part,) for part in parts)
    )
