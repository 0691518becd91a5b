"""What a reviewer said of single fields of a round, and which of it has been acted on since."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from pledges.models import UpdateRound
from pledges.round_text import label_of, names_in


@dataclass(frozen=True)
class FieldComment:
    """A comment on one field. It counts as answered once the field says something else than the round did."""

    name: str
    label: str | Promise
    text: str
    is_answered: bool


def comments_on(row: UpdateRound, *, now: Mapping[str, Any]) -> list[FieldComment]:
    """The comments on the fields of ``row``, in the order of the form; ``now`` is what the update says today."""
    was = row.content
    # PostgreSQL keeps the keys of a JSON object in an order of its own.
    order = [name for name in names_in(row.field_comments) if name in row.field_comments]
    return [
        # A round that names no file may lack the key.
        FieldComment(name, label_of(name), row.field_comments[name], (now.get(name) or "") != (was.get(name) or ""))
        for name in order
    ]


def asks_single_fields_only(row: UpdateRound) -> bool:
    """Whether nothing was said of the whole, so that the other fields may stay as they are."""
    return bool(row.field_comments) and not row.comment
