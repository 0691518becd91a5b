"""Markdown that staff write, as HTML that can do no harm: a kept parser, then a sanitizer with a short list."""

import re
from html import unescape
from typing import Final

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

# Longer texts are refused by the forms; whatever is stored is shown up to here.
MOST_CHARACTERS: Final = 20_000
_LOWEST_HEADING = 6
_TAGS = {
    *("p", "br", "hr", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *(f"h{level}" for level in range(2, _LOWEST_HEADING + 1)),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}
# An address of this portal. Two slashes, or a slash and a backslash, lead to another host.
_OWN_ADDRESS = re.compile(r"/(?![/\\])|#")


def _parser() -> MarkdownIt:
    # Without HTML and pictures; nesting ends where the preset says, so no text can make the parser recurse far.
    return MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])


_PARSER = _parser()
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    url_schemes=_SCHEMES,
    link_rel="noopener noreferrer",
    url_relative=lambda url: url if _OWN_ADDRESS.match(url) else None,
    # Names of elements and forms reach scripts; nothing of the kind is let through.
    generic_attribute_prefixes=set(),
)


def render(text: str, *, top_heading: int = 3) -> SafeString:
    """The text as HTML: paragraphs, lists, quotes, links to http, https and mailto, and headings.

    The text's highest heading becomes ``top_heading``, so that it stands below those of the page, and no level
    is skipped on the way down.
    """
    tokens = _PARSER.parse(text[:MOST_CHARACTERS])
    _fit_headings(tokens, top_heading)
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    # The one place where text of people becomes markup: what the sanitizer lets through, and nothing else.
    return SafeString(_CLEANER.clean(html))


def _fit_headings(tokens: list[Token], top: int) -> None:
    open_levels: list[int] = []
    for token in tokens:
        if token.type not in ("heading_open", "heading_close"):
            continue
        if token.type == "heading_open":
            level = int(token.tag[1])
            while open_levels and open_levels[-1] >= level:
                open_levels.pop()
            open_levels.append(level)
        token.tag = f"h{min(top + len(open_levels) - 1, _LOWEST_HEADING)}"


def plain_words(text: str) -> str:
    """The words of a text without its marks, for searching and for short descriptions."""
    return " ".join(unescape(nh3.clean(str(render(text)), tags=set())).split())
