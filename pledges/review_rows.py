"""Two rounds beside each other, field by field, as reviewers read them: what stood there, what stands now."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from foundation.text import clean_line, clean_text
from pledges.evidence import IN_ROUND, FileLine, lines_of
from pledges.models import UpdateRound
from pledges.round_text import FREE_TEXTS, Field, fields_of, label_of, names_in
from pledges.text_diff import Piece, Pieces, compare_lists, compare_texts
from pledges.wording import is_web_link


@dataclass(frozen=True)
class Line:
    """A text or one item of a list, in pieces; with an address where it is a link."""

    pieces: Pieces
    link: str = ""


@dataclass(frozen=True)
class ReviewRow:
    """One field in two rounds."""

    name: str
    label: str | Promise
    is_free_text: bool
    old: list[Line]
    new: list[Line]

    @property
    def differs(self) -> bool:
        """Whether anything in it is marked."""
        return any(piece.differs for line in (*self.old, *self.new) for piece in line.pieces)

    @property
    def is_empty(self) -> bool:
        """Whether neither round says anything here."""
        return not (self.old or self.new)


def review_rows(new: UpdateRound, *, beside: UpdateRound | None) -> list[ReviewRow]:
    """All fields of ``new``, the unknown ones at the end; nothing is marked where there is nothing ``beside``."""
    old_fields, new_fields = _by_name(beside), _by_name(new)
    names = dict.fromkeys([*new_fields, *old_fields])
    return [
        _row(name, _items(old_fields.get(name), beside), _items(new_fields.get(name), new), marks=beside is not None)
        for name in names
    ]


def shown_fields(row: UpdateRound) -> list[Field]:
    """All that a round says but its files; unknown fields as well."""
    return [field for field in _by_name(row).values() if field.text and field.name != IN_ROUND]


class Item(NamedTuple):
    """One item of a list, or a text as its only one. The same key is the same item, whatever is said of it."""

    key: str
    text: str
    link: str = ""


def _row(name: str, old: list[Item], new: list[Item], *, marks: bool) -> ReviewRow:
    was, now = _compared(name, old, new) if marks else (_unmarked(old), _unmarked(new))
    is_free_text = Field(name, "", "").is_free_text or name == IN_ROUND
    return ReviewRow(name, label_of(name), is_free_text, _lines(old, was), _lines(new, now))


def _compared(name: str, old: list[Item], new: list[Item]) -> tuple[list[Pieces], list[Pieces]]:
    # Results are the stakeholder's words as well, but a list of them.
    if name == "results" or name not in FREE_TEXTS:
        return compare_lists([(item.key, item.text) for item in old], [(item.key, item.text) for item in new])
    was, now = compare_texts("".join(item.text for item in old), "".join(item.text for item in new))
    return [was], [now]


def _unmarked(items: list[Item]) -> list[Pieces]:
    return [(Piece(item.text),) for item in items]


def _lines(items: list[Item], compared: list[Pieces]) -> list[Line]:
    return [Line(pieces, item.link) for item, pieces in zip(items, compared, strict=False) if pieces]


def _items(field: Field | None, row: UpdateRound | None) -> list[Item]:
    if field is None or row is None:
        return []
    stored = row.content.get(field.name)
    if field.name == IN_ROUND and isinstance(stored, list) and len(files := lines_of(row.content)) == len(stored):
        return [_file(each) for each in files]
    if not field.text:
        return []
    if not isinstance(stored, list):
        return [Item(field.text, field.text)]
    lines = field.text.split("\n")
    # A result is the same one under the same label.
    keys = [_key(item) for item in stored] if len(stored) == len(lines) else lines
    return [
        Item(key, line, line if field.name == "links" and is_web_link(line) else "")
        for key, line in zip(keys, lines, strict=True)
    ]


def _file(file: FileLine) -> Item:
    caption = f": {file.caption}" if file.caption else ""
    text = f"{file.name} ({filesizeformat(file.size)}){caption}"
    return Item(str(file.uuid), text, reverse("pledges:evidence", args=[file.uuid]))


def _key(item: Any) -> str:
    return str(item.get("label") or item.get("name") or item).casefold() if isinstance(item, dict) else str(item)


def _by_name(row: UpdateRound | None) -> dict[str, Field]:
    """In the order of ``names_in``."""
    if row is None:
        return {}
    known = {field.name: field for field in fields_of(row.content, row.labels)}
    return {
        name: known.get(name) or Field(name, label_of(name), _plain(row.content.get(name)))
        for name in names_in(row.content)
    }


def _plain(value: Any) -> str:
    """Any JSON as text that a person can read; only the first level is taken apart."""
    if isinstance(value, list):
        return "\n".join(_plain_line(item) for item in value)
    return clean_text(value) if isinstance(value, str) else _plain_line(value)


def _plain_line(value: Any) -> str:
    if isinstance(value, dict):
        return clean_line("; ".join(f"{key}: {item}" for key, item in value.items())) or _("(empty)")
    return "" if value is None else clean_line(str(value))
