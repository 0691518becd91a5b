"""What reviewers do with an update, one function a verb; what stakeholders do stands in ``pledges.workflow``.

Of two reviewers at once the first one decides; the other one is told what was decided.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from foundation import history
from foundation.text import clean_line, clean_text
from pledges import mails
from pledges.models import ProgressUpdate, UpdateRound
from pledges.refusals import AlreadyDecided, Refused
from pledges.round_text import names_in

State = ProgressUpdate.State
Decision = UpdateRound.Decision
REVOKE_NOTE_AT_MOST = 300
FIELD_COMMENT_AT_MOST = 1000
SAY_WHAT = gettext_lazy("Say in a few words what should be changed; the stakeholder reads it.")


@transaction.atomic
def return_with_comment(
    *,
    at: datetime,
    actor: User,
    update: ProgressUpdate,
    number: int,
    comment: str = "",
    field_comments: Mapping[str, str] | None = None,
) -> UpdateRound:
    """Gives round ``number`` back to the stakeholder and tells its focal points why.

    ``comment`` is on the whole, ``field_comments`` on single fields by their names; one of them must say something.
    Raises AlreadyDecided, Refused.
    """
    comment, on_fields = clean_text(comment), _cleaned(field_comments or {}, update, number)
    if not (comment or on_fields):
        raise Refused(SAY_WHAT)
    row = _decide(
        at=at,
        actor=actor,
        update=update,
        number=number,
        decision=Decision.RETURNED,
        comment=comment,
        field_comments=on_fields,
    )
    changes = {"round": number} | ({"fields": ", ".join(on_fields)} if on_fields else {})
    history.record(at=at, actor=actor, verb="returned", subject=update, changes=changes)
    mails.send_returned(row, at=at)
    return row


@transaction.atomic
def accept(*, at: datetime, actor: User, update: ProgressUpdate, number: int) -> UpdateRound:
    """Publishes round ``number`` as it stands, for good, and tells the focal points. Raises AlreadyDecided."""
    row = _decide(at=at, actor=actor, update=update, number=number, decision=Decision.ACCEPTED)
    history.record(at=at, actor=actor, verb="accepted", subject=update, changes={"round": number})
    mails.send_accepted(row, at=at)
    return row


@transaction.atomic
def revoke(*, at: datetime, actor: User, update: ProgressUpdate, note: str) -> None:
    """Takes a published update away from the public, leaving a public note; staff keep the text. Raises Refused."""
    note = clean_line(note)
    if not note or len(note) > REVOKE_NOTE_AT_MOST:
        raise Refused(
            _("Write a public note of 1 to %(most)d characters: why the update was withdrawn.")
            % {"most": REVOKE_NOTE_AT_MOST}
        )
    published = ProgressUpdate.objects.filter(pk=update.pk, state=State.ACCEPTED)
    if published.update(state=State.REVOKED, revoked_at=at, revoke_note=note) != 1:
        raise AlreadyDecided(_("This update is not published, or somebody has just withdrawn it."))
    update.refresh_from_db()
    history.record(at=at, actor=actor, verb="revoked", subject=update, changes={"note": note})
    mails.send_revoked(update, at=at)


def _decide(
    *, at: datetime, actor: User, update: ProgressUpdate, number: int, decision: UpdateRound.Decision, **said: Any
) -> UpdateRound:
    undecided = UpdateRound.objects.filter(update=update, number=number, decision="")
    # Nobody approves what they say themselves; what staff only typed in for others has another author.
    of_others = undecided.exclude(submitted_by=actor, channel=UpdateRound.Channel.WEB)
    if of_others.update(decision=decision, decided_at=at, decided_by=actor, **said) != 1:
        raise AlreadyDecided(_decided_by_another(update, number))
    accepted = decision == Decision.ACCEPTED
    ProgressUpdate.objects.filter(pk=update.pk, state=State.SUBMITTED).update(
        state=State.ACCEPTED if accepted else State.RETURNED, accepted_at=at if accepted else None
    )
    update.refresh_from_db()
    return update.rounds.get(number=number)


def _cleaned(field_comments: Mapping[str, str], update: ProgressUpdate, number: int) -> dict[str, str]:
    """In the order of the form, without empty ones."""
    cleaned = {name: clean_text(text) for name, text in field_comments.items()}
    content = update.rounds.filter(number=number).values_list("content", flat=True).first() or {}
    names = names_in(content)
    if unknown := set(cleaned) - set(names):
        raise Refused(_("An update has no field “%(name)s”.") % {"name": clean_line(min(unknown), at_most=40)})
    if any(len(text) > FIELD_COMMENT_AT_MOST for text in cleaned.values()):
        raise Refused(_("A comment on a field may have %(most)d characters at most.") % {"most": FIELD_COMMENT_AT_MOST})
    return {name: cleaned[name] for name in names if cleaned.get(name)}


def _decided_by_another(update: ProgressUpdate, number: int) -> str:
    row = update.rounds.select_related("decided_by").filter(number=number).exclude(decision="").first()
    if row is None:
        return _not_yours_to_decide(update, number)
    return _("%(who)s has already decided on this round: it was %(decision)s. Nothing was changed now.") % {
        "who": row.decided_by or _("The portal"),
        "decision": row.get_decision_display(),
    }


def _not_yours_to_decide(update: ProgressUpdate, number: int) -> str:
    if update.rounds.filter(number=number).exists():
        return _("You sent this round yourself. Please let another reviewer decide on it.")
    return _("This round is not waiting for a decision.")
