"""Markdown of staff as HTML that can do no harm."""

import re
import time

import pytest

from foundation.markdown import MOST_CHARACTERS, plain_words, render


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One **bold** and *soft* word.", "<p>One <strong>bold</strong> and <em>soft</em> word.</p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        (
            "[x](https://a.example/?b=1&c=2)",
            '<p><a href="https://a.example/?b=1&amp;c=2" rel="noopener noreferrer">x</a></p>\n',
        ),
        (
            "<mailto:a@b.example>",
            '<p><a href="mailto:a@b.example" rel="noopener noreferrer">mailto:a@b.example</a></p>\n',
        ),
        ("[x](/calendar/)", '<p><a href="/calendar/" rel="noopener noreferrer">x</a></p>\n'),
        ("", ""),
    ],
)
def test_plain_marks_become_html(text, html):
    assert render(text) == html


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("# a\n\n## b\n\n# c", ["h3", "h4", "h3"]),
        ("### a\n\n##### b\n\n# c", ["h3", "h4", "h3"]),
        ("###### a\n\nb\n===", ["h3", "h3"]),
        ("# a\n## b\n### c\n#### d\n##### e\n###### f", ["h3", "h4", "h5", "h6", "h6", "h6"]),
    ],
)
def test_headings_stand_below_those_of_the_page_and_skip_no_level(text, levels):
    assert re.findall(r"<(h\d)>", render(text, top_heading=3)) == levels


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="https://a.example" onclick="alert(1)">x</a>',
    "<svg/onload=alert(1)>",
    "<iframe src=https://evil.example></iframe>",
    "<style>body{display:none}</style>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "[x](//evil.example)",
    "[x](\\\\evil.example)",
    '[x](https://a.example "a\\" onmouseover=alert(1) b=\\"")',
    "![x](https://evil.example/pixel.png)",
    "[x]: javascript:alert(1)\n\n[x]",
    "```html\n<script>alert(1)</script>\n```",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]
ALLOWED_TAG = re.compile(r"</?(p|br|hr|strong|em|code|pre|blockquote|ul|ol|li|h[2-6])>")
ALLOWED_LINK = re.compile(
    r'<a(?: href="(?:https?://|mailto:|/(?!/)|#)[^"<>]*")?(?: title="[^"<>]*")? rel="noopener noreferrer">|</a>'
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_leaves_only_harmless_tags(text):
    rest = ALLOWED_LINK.sub("", ALLOWED_TAG.sub("", render(text)))

    assert "<" not in rest


@pytest.mark.parametrize(
    "text",
    [
        ">" * 30_000,
        "[" * 30_000,
        "- " * 15_000,
        "*" * 30_000,
        "[](" * 10_000,
        "`" * 30_000,
        "<" * 30_000,
        "a_" * 15_000,
    ],
)
def test_texts_made_to_overwhelm_end_soon(text):
    begin = time.monotonic()

    html = render(text)

    assert time.monotonic() - begin < 10
    assert len(html) < 10 * MOST_CHARACTERS


def test_what_is_longer_than_allowed_is_cut():
    assert render("a" * (MOST_CHARACTERS + 10)) == f"<p>{'a' * MOST_CHARACTERS}</p>\n"


def test_plain_words_have_no_marks():
    assert (
        plain_words("# Title\n\nOne **bold** [link](https://a.example) & more <b>") == "Title One bold link & more <b>"
    )
