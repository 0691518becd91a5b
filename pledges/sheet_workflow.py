"""Saving what a stakeholder filled in offline: drafts, and submissions of what is marked so."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from pledges import workflow
from pledges.my_sheet import SheetRow
from pledges.refusals import Refused


@dataclass
class Saved:
    """By reference what became of the rows; of those that were not saved the sentence that says why."""

    drafts: list[str] = field(default_factory=list)
    submitted: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def save_sheet(*, at: datetime, actor: User, rows: Iterable[SheetRow]) -> Saved:
    """Saves the rows that say something new, each by the verb of the page; one refusal does not hold up the others."""
    saved = Saved()
    # In one order, so that two people with the same file wait for each other instead of locking up.
    for row in sorted(rows, key=lambda row: row.mine.pledge.pk):
        if row.is_unchanged:
            continue
        if row.why_held:
            saved.refused[row.reference] = row.why_held
            continue
        try:
            _save(row, at=at, actor=actor)
        except Refused as refusal:
            saved.refused[row.reference] = str(refusal)
        except ValidationError as error:
            saved.refused[row.reference] = " ".join(error.messages)
        else:
            (saved.submitted if row.submits else saved.drafts).append(row.reference)
    return saved


def _save(row: SheetRow, *, at: datetime, actor: User) -> None:
    verb = workflow.submit if row.submits else workflow.save_draft
    verb(
        at=at,
        actor=actor,
        pledge=row.mine.pledge,
        stakeholder=row.mine.reporter,
        revision=row.revision,
        fields=row.content,
    )
