"""What our content-security policy and our translators ask of every template."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = [file for file in TEMPLATES if "mail" not in file.parts]
FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle=|<style"),
    "an inline handler": re.compile(r"\son[a-z]+=\"", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/(?:ld\+)?json)", re.IGNORECASE),
    "unescaped output": re.compile(r"\|\s*safe\b|autoescape off"),
    "blocktranslate without trimmed": re.compile(r"{%\s*blocktrans(?:late)?\s(?![^%]*trimmed)"),
    "an address of another site": re.compile(r"(?:src|href)=\"(?:https?:)?//"),
}


@pytest.mark.parametrize("file", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_template_has_nothing_that_the_policy_forbids(file: Path) -> None:
    source = file.read_text()

    assert [name for name, pattern in FORBIDDEN.items() if pattern.search(source)] == []


def test_no_python_file_marks_text_as_safe() -> None:
    wrong = [
        str(file.relative_to(ROOT))
        for room in ("foundation", "accounts", "events", "pledges", "stocktaking", "hlom_portal")
        for file in (ROOT / room).rglob("*.py")
        if "tests" not in file.parts and "mark_safe(" in file.read_text()
    ]

    assert wrong == []
