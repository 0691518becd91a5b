"""Cells that no spreadsheet program executes, and the texts that they stand for."""

import re

# What a spreadsheet program may take for a formula when a cell begins with it (ASVS 5.0, 1.2.10), also after spaces
# and in its full-width form; an apostrophe before it says that it is text.
_ACTIVE = r"\s*[=+\-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20]"
_NEEDS_APOSTROPHE = re.compile(rf"'*{_ACTIVE}")
_HAS_APOSTROPHE = re.compile(rf"'+{_ACTIVE}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def as_text_cell(text: str) -> str:
    """The text as a cell that no spreadsheet program executes: an apostrophe before what begins like a formula."""
    return f"'{text}" if _NEEDS_APOSTROPHE.match(text) and not _NUMBER.fullmatch(text) else text


def as_meant(cell: str) -> str:
    """The text that ``as_text_cell`` was given."""
    return cell[1:] if _HAS_APOSTROPHE.match(cell) and not _NUMBER.fullmatch(cell[1:]) else cell
