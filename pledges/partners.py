"""What partners of a joint pledge do with the update that the lead writes: add their part, and agree with the whole."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Stakeholder, User
from foundation import history
from pledges import mails
from pledges.content import content_of
from pledges.evidence import IN_ROUND, frozen
from pledges.models import PartnerNote, ProgressUpdate
from pledges.refusals import Refused, StaleRevision


@dataclass(frozen=True)
class Voice:
    """What one partner has said of an update as it stands."""

    note: PartnerNote
    agrees: bool

    @property
    def agreed_with_another_text(self) -> bool:
        """Whether the text has changed since the partner agreed."""
        return bool(self.note.agreed_with) and not self.agrees


def fingerprint(update: ProgressUpdate) -> str:
    """The same for two states of an update if and only if they say and show the same (SHA-256, hexadecimal)."""
    return fingerprint_of({**content_of(update), IN_ROUND: frozen(update)})


def fingerprint_of(content: dict[str, Any]) -> str:
    """The same of the content of a frozen round, in whichever order its files are named."""
    said: dict[str, Any] = {name: value for name, value in content.items() if name in ProgressUpdate.DRAFT_FIELDS}
    # Not by its number: the same file attached again is the same evidence. An old row may hold anything.
    files = content.get(IN_ROUND) or ()
    named = [[str(one.get(part)) for part in ("sha256", "name", "caption")] for one in files if isinstance(one, dict)]
    if named:
        said[IN_ROUND] = sorted(named)
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def voices_on(update: ProgressUpdate) -> list[Voice]:
    """What the partners have said, by name, in two queries at most."""
    notes = list(update.partner_notes.select_related("stakeholder", "saved_by"))
    now = fingerprint(update) if notes else ""
    return [Voice(note, agrees=note.agreed_with == now) for note in notes]


def labels_of_partners(update: ProgressUpdate) -> dict[str, str]:
    """The partners that agree with the text as it stands, to be frozen with a round; empty when none does."""
    names = "; ".join(voice.note.stakeholder.name for voice in voices_on(update) if voice.agrees)
    return {"agreed_partners": names} if names else {}


@transaction.atomic
def save_note(
    *, at: datetime, actor: User, update: ProgressUpdate, stakeholder: Stakeholder, text: str, language: str
) -> PartnerNote:
    """Keeps what ``stakeholder`` contributes to the update, and tells the lead's focal points once an hour at most.

    Raises Refused while the reviewers have the update and once it is published.
    """
    update = _locked_editable(update)
    note, is_new = PartnerNote.objects.get_or_create(
        update=update,
        stakeholder=stakeholder,
        defaults={"text": text, "language": language, "saved_at": at, "saved_by": actor},
    )
    if not is_new and (note.text, note.language) == (text, language):
        return note
    note.text, note.language, note.saved_at, note.saved_by = text, language, at, actor
    note.save(update_fields=["text", "language", "saved_at", "saved_by"])
    history.record(
        at=at, actor=actor, verb="partner's note saved", subject=update, changes={"partner": stakeholder.slug}
    )
    mails.send_partner_note(note, at=at)
    return note


@transaction.atomic
def agree(*, at: datetime, actor: User, update: ProgressUpdate, stakeholder: Stakeholder, seen: str) -> PartnerNote:
    """Notes that ``stakeholder`` agrees with the text and files whose fingerprint is ``seen``; again changes nothing.

    Raises StaleRevision when text or files have changed since they were shown, Refused while the reviewers have it.
    """
    update = _locked_editable(update)
    if fingerprint(update) != seen:
        raise StaleRevision(update)
    note, _is_new = PartnerNote.objects.get_or_create(
        update=update, stakeholder=stakeholder, defaults={"saved_at": at, "saved_by": actor}
    )
    if note.agreed_with == seen:
        return note
    note.agreed_with, note.saved_at, note.saved_by = seen, at, actor
    note.save(update_fields=["agreed_with", "saved_at", "saved_by"])
    history.record(at=at, actor=actor, verb="partner agreed", subject=update, changes={"partner": stakeholder.slug})
    mails.send_partner_note(note, at=at)
    return note


def _locked_editable(update: ProgressUpdate) -> ProgressUpdate:
    """The row as it is now; the lead's saving waits until the partner's word stands."""
    locked = ProgressUpdate.objects.select_for_update(of=("self",)).get(pk=update.pk)
    if not locked.is_editable:
        raise Refused(
            _("The update was submitted in the meantime. Write to the lead; a returned update can be changed again.")
        )
    return locked
