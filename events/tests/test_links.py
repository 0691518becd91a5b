"""Links beside an event."""

import pytest
from django.core.exceptions import ValidationError

from events.links import as_lines, read_lines, safe_links


def test_lines_are_read_and_written_back():
    links = read_lines("\nConcept | note | https://a.example/x?y\n\nhttp://b.example/\n")

    assert links == [
        {"label": "Concept | note", "url": "https://a.example/x?y"},
        {"label": "http://b.example/", "url": "http://b.example/"},
    ]
    assert read_lines(as_lines(links)) == links


def test_every_bad_line_is_named():
    with pytest.raises(ValidationError) as refusal:
        read_lines("Good | https://a.example\nBad | javascript:alert(1)\nno address\nBad | ftp://a.example\n| ")

    assert refusal.value.messages == [
        f"Line {number}: write a label, a bar, and a web address (https://…)." for number in (2, 3, 4, 5)
    ]


def test_too_many_links_are_refused():
    with pytest.raises(ValidationError, match="At most 20"):
        read_lines("\n".join(["https://a.example"] * 21))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://",
        "http://[::1",
        "https://a b",
        "https://u:p@a.example",
        "https://a.example\n",
        "",
        1,
        None,
    ],
)
def test_unsafe_addresses_are_dropped(url):
    assert safe_links([{"label": "x", "url": url}, {"label": "y", "url": "https://a.example"}]) == [
        {"label": "y", "url": "https://a.example"}
    ]


def test_labels_are_cleaned_and_never_empty():
    stored = [
        {"label": "a\x00\n\u202eb" + "x" * 200, "url": "https://a.example"},
        {"label": " ", "url": "https://b.example"},
    ]

    assert [(link["label"][:4], len(link["label"])) for link in safe_links(stored)] == [("a bx", 120), ("http", 17)]
