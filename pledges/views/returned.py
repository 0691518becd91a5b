"""What the form of an update shows of a reviewer's comments: which, where, and what may stay folded up."""

from typing import Any

from pledges import evidence
from pledges.access import MyPledge
from pledges.content import content_of
from pledges.evidence_form import EvidenceForm
from pledges.field_comments import FieldComment, asks_single_fields_only, comments_on
from pledges.form_rows import describe, form_rows, with_places
from pledges.forms import UpdateForm
from pledges.models import ProgressUpdate, UpdateRound
from pledges.review_policy import routine_is_public_at_once


def round_of(mine: MyPledge) -> UpdateRound | None:
    """The round that a reviewer gave back, while the correction is awaited."""
    update = mine.open_update
    return list(update.rounds.all())[-1] if update and update.state == ProgressUpdate.State.RETURNED else None


def comments_of(mine: MyPledge) -> list[FieldComment]:
    """What the reviewer said of single fields, beside what the draft says now."""
    update, row = mine.open_update, round_of(mine)
    if update is None or row is None or not row.field_comments:
        return []
    return comments_on(row, now={**content_of(update), evidence.IN_ROUND: evidence.frozen(update)})


def context_of_form(mine: MyPledge, form: UpdateForm, evidence_form: EvidenceForm) -> dict[str, Any]:
    """The rows of the form, with the commented ones first if nothing was said of the whole."""
    row, comments = round_of(mine), comments_of(mine)
    rows = form_rows(form, last_round=mine.last_round, comments=comments)
    if any(comment.name == evidence.IN_ROUND for comment in comments):
        describe(evidence_form["evidence"], f"comment-{evidence.IN_ROUND}")
    folds = row is not None and asks_single_fields_only(row)
    return {
        "returned": row,
        "asked": with_places(form, comments),
        "single_fields_only": folds,
        "rows": [each for each in rows if each.comment or not folds],
        "folded": [each for each in rows if folds and not each.comment],
        # What the policy would do with this update if it is routine.
        "public_at_once": row is None and mine.last_round is not None and routine_is_public_at_once(),
    }
