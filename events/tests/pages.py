"""Reads our pages as a visitor would: visible text by element."""

from html.parser import HTMLParser

_VOID = {"meta", "link", "input", "br", "img", "hr"}


class _Reader(HTMLParser):
    def __init__(self, css_class: str) -> None:
        super().__init__()
        self.wanted = css_class
        self.depth = 0
        self.texts: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in _VOID:
            return
        if self.depth or self.wanted in (dict(attrs).get("class") or "").split():
            if not self.depth:
                self.texts.append("")
            self.depth += 1

    def handle_endtag(self, tag):
        if self.depth and tag not in _VOID:
            self.depth -= 1

    def handle_data(self, data):
        if self.depth:
            self.texts[-1] += data


def texts_of(html: str, css_class: str) -> list[str]:
    """The text of each element with that class, spaces made single."""
    reader = _Reader(css_class)
    reader.feed(html)
    return [" ".join(text.split()) for text in reader.texts]
