"""The form of an update as the page shows it: row by row, each with what was published last."""

from dataclasses import dataclass

from django.forms import BoundField

from pledges.forms import FIELD_ORDER, UpdateForm
from pledges.models import UpdateRound
from pledges.round_text import Field, fields_of


@dataclass(frozen=True)
class FormRow:
    """One field of a content. ``field`` is None where several inputs make it up, as the results."""

    name: str
    field: BoundField | None
    last: Field | None


def form_rows(form: UpdateForm, *, last_round: UpdateRound | None) -> list[FormRow]:
    """All fields in the order of the page."""
    last = _fields_by_name(last_round)
    return [FormRow(name, form[name] if name in form.fields else None, last.get(name)) for name in FIELD_ORDER]


def _fields_by_name(row: UpdateRound | None) -> dict[str, Field]:
    """Without the language, which is taken over already."""
    fields = fields_of(row.content, row.labels) if row else []
    return {field.name: field for field in fields if field.name != "language"}
