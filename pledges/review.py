"""What reviewers do with an update, one function a verb; what stakeholders do stands in ``pledges.workflow``.

Of two reviewers at once the first one decides; the other one is told what was decided.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from foundation import history
from foundation.text import clean_line, clean_text
from pledges import mails
from pledges.models import ProgressUpdate, UpdateRound
from pledges.refusals import AlreadyDecided, Refused

State = ProgressUpdate.State
Decision = UpdateRound.Decision
REVOKE_NOTE_AT_MOST = 300


@transaction.atomic
def return_with_comment(*, at: datetime, actor: User, update: ProgressUpdate, number: int, comment: str) -> UpdateRound:
    """Gives round ``number`` back to the stakeholder and tells its focal points why. Raises AlreadyDecided, Refused."""
    comment = clean_text(comment)
    if not comment:
        raise Refused(_("Say in a few words what should be changed; the stakeholder reads it."))
    row = _decide(at=at, actor=actor, update=update, number=number, decision=Decision.RETURNED, comment=comment)
    history.record(at=at, actor=actor, verb="returned", subject=update, changes={"round": number})
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
    *, at: datetime, actor: User, update: ProgressUpdate, number: int, decision: UpdateRound.Decision, comment: str = ""
) -> UpdateRound:
    undecided = UpdateRound.objects.filter(update=update, number=number, decision="")
    if undecided.update(decision=decision, decided_at=at, decided_by=actor, comment=comment) != 1:
        raise AlreadyDecided(_decided_by_another(update, number))
    accepted = decision == Decision.ACCEPTED
    ProgressUpdate.objects.filter(pk=update.pk, state=State.SUBMITTED).update(
        state=State.ACCEPTED if accepted else State.RETURNED, accepted_at=at if accepted else None
    )
    update.refresh_from_db()
    return update.rounds.get(number=number)


def _decided_by_another(update: ProgressUpdate, number: int) -> str:
    row = update.rounds.select_related("decided_by").filter(number=number).exclude(decision="").first()
    if row is None:
        return _("This round is not waiting for a decision.")
    return _("%(who)s has already decided on this round: it was %(decision)s. Nothing was changed now.") % {
        "who": row.decided_by or _("The portal"),
        "decision": row.get_decision_display(),
    }
