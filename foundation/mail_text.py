"""Mails from one template each: the text is written, the HTML is made from it, so both always say the same."""

import re
import textwrap
from collections.abc import Iterator
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from foundation.mail import Content
from foundation.text import clean_line

_LINK = re.compile(r"(https?://[^\s<>\"]+[^\s<>\".,;:!?)])")
_BLANK_LINES = re.compile(r"\n{3,}")


def render_mail(template: str, context: dict[str, Any], *, language: str = "en") -> Content:
    """Renders ``mail/<template>.txt`` in the reader's language.

    Its first line is the subject. Paragraphs stand between blank lines, a line that begins with "- " is an
    item of a list, addresses become links. Templates of plain text switch autoescaping off; the HTML is
    escaped here.
    """
    with translation.override(language):
        subject, _newline, body = render_to_string(f"mail/{template}.txt", context).strip().partition("\n")
        text = _BLANK_LINES.sub("\n\n", body.strip()) + "\n"
        html = render_to_string(
            "mail/frame.html", {"subject": clean_line(subject), "blocks": list(html_blocks(text)), "language": language}
        )
    return Content(subject=clean_line(subject), text=text, html=html)


def wrapped(text: str, columns: int = 72) -> str:
    """The text with lines of at most ``columns`` signs; addresses stay whole, further lines of an item are set in."""
    lines = (_wrapped_line(line, columns) for line in text.split("\n"))
    return "\n".join(lines)


def _wrapped_line(line: str, columns: int) -> str:
    set_in = "  " if line.startswith("- ") else ""
    return textwrap.fill(
        line, columns, subsequent_indent=set_in, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )


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
