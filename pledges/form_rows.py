"""The form of an update as the page shows it: row by row, each with what was published last and what was asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from django.forms import BoundField, RadioSelect

from pledges.evidence import IN_ROUND
from pledges.field_comments import FieldComment
from pledges.forms import FIELD_ORDER, UpdateForm, form_names
from pledges.models import UpdateRound
from pledges.round_text import Field, fields_of

# Files stand with the links.
_ORDER = tuple(chain.from_iterable((name, IN_ROUND) if name == "links" else (name,) for name in FIELD_ORDER))


@dataclass(frozen=True)
class FormRow:
    """One field of a content. ``field`` is None where several inputs make it up: the results, and the files."""

    name: str
    field: BoundField | None
    last: Field | None
    comment: FieldComment | None = None


def form_rows(
    form: UpdateForm, *, last_round: UpdateRound | None, comments: Iterable[FieldComment] = ()
) -> list[FormRow]:
    """All fields in the order of the page; an input names the comment on it as its description."""
    last = _fields_by_name(last_round)
    asked = {comment.name: comment for comment in comments}
    for name in asked.keys() & form.fields.keys():
        describe(form[name], f"comment-{name}")
    return [
        FormRow(name, form[name] if name in form.fields else None, last.get(name), asked.get(name)) for name in _ORDER
    ]


def with_places(form: UpdateForm, comments: Iterable[FieldComment]) -> list[tuple[str, FieldComment]]:
    """Each comment with the id of the input to jump to; of a field that the form does not have that is empty."""
    return [(_place(form, comment.name), comment) for comment in comments]


def _place(form: UpdateForm, name: str) -> str:
    if name == IN_ROUND:
        return "evidence"
    first = form_names(name)[0]
    if first not in form.fields:
        return ""
    of_radios = isinstance(form.fields[first].widget, RadioSelect)
    return f"{form[first].auto_id}_0" if of_radios else str(form[first].auto_id)


def describe(field: BoundField, comment: str) -> None:
    """Names the element with the id ``comment`` as a description of an input."""
    # Once it is set by hand, Django adds nothing: help and errors are named here as well.
    field.field.widget.attrs["aria-describedby"] = f"{comment} {field.aria_describedby or ''}".strip()


def _fields_by_name(row: UpdateRound | None) -> dict[str, Field]:
    """Without the language, which is taken over already."""
    fields = fields_of(row.content, row.labels) if row else []
    return {field.name: field for field in fields if field.name != "language"}
