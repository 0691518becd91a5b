"""Files that show what an update says: attached to a draft, frozen by its round, taken out again.

A draft's files are for the parties of its pledge. A round names them (``frozen``), and from then on staff see what it
names; the public sees what the accepted round names.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from foundation import history
from foundation.kept_files import removed_on_failure
from foundation.uploads import Taken
from pledges.models import EvidenceFile, ProgressUpdate, UpdateRound
from pledges.refusals import Refused

# About as long as from one update window to the next.
_QUOTA_SPAN = timedelta(days=183)
_MEGABYTE = 1024 * 1024
# Under which key the content of a round names its files.
IN_ROUND = "evidence"


@dataclass(frozen=True)
class Offered:
    """A file that was looked at already, and what its sender says that it shows."""

    taken: Taken
    caption: str = ""


@dataclass(frozen=True)
class FileLine:
    """A file as pages list it; the size is in bytes."""

    uuid: UUID
    name: str
    caption: str
    size: int

    @property
    def ending(self) -> str:
        """PDF, DOCX …"""
        return self.name.rpartition(".")[2].upper()


@transaction.atomic
def attach(*, at: datetime, actor: User, update: ProgressUpdate, offered: Iterable[Offered]) -> list[EvidenceFile]:
    """Adds files to an update that its stakeholder may still write; a file that it has already counts once.

    Raises Refused when the update is with the reviewers or decided, and when there would be too many or too large
    files. Two updates of one stakeholder at once may pass its limit by one file.
    """
    _lock(update)
    return attach_to_locked(at=at, actor=actor, update=update, offered=offered)


def attach_to_locked(
    *, at: datetime, actor: User, update: ProgressUpdate, offered: Iterable[Offered]
) -> list[EvidenceFile]:
    """The same for a caller who has just written into the row of the update, in the same transaction."""
    return [_attach_one(at=at, actor=actor, update=update, one=one) for one in offered]


@transaction.atomic
def take_out(*, at: datetime, actor: User, update: ProgressUpdate, uuid: UUID) -> bool:
    """Takes a file out of an update that may still be written; returns whether it was there. Raises Refused."""
    _lock(update)
    found = update.evidence.attached().filter(uuid=uuid).first()
    if found is None:
        return False
    if is_in_a_round(found):
        EvidenceFile.objects.filter(pk=found.pk).update(removed_at=at)
    else:
        found.delete()
        transaction.on_commit(partial(found.file.storage.delete, found.file.name))
    # Staff read the history, so it tells nothing of what a draft holds.
    history.record(at=at, actor=actor, verb="evidence taken out", subject=update, changes={"evidence": str(uuid)})
    return True


def _lock(update: ProgressUpdate) -> None:
    """Waits for whoever submits or attaches just now, then refuses unless the update may be written."""
    # "no key": rows that point to the update may be added meanwhile.
    writable = ProgressUpdate.objects.filter(pk=update.pk, state__in=ProgressUpdate.EDITABLE)
    if writable.select_for_update(no_key=True).first() is None:
        raise Refused(_("This update has been submitted, so its files stay as they are."))


def _attach_one(*, at: datetime, actor: User, update: ProgressUpdate, one: Offered) -> EvidenceFile:
    known = update.evidence.filter(sha256=one.taken.sha256).first()
    if known is not None and known.removed_at is None:
        return known
    _refuse_too_much(at=at, update=update, size=len(one.taken.content))
    found = _put_back(known, one, at) if known else _keep_new(at=at, actor=actor, update=update, one=one)
    history.record(at=at, actor=actor, verb="evidence attached", subject=update, changes={"evidence": str(found.uuid)})
    return found


def _put_back(known: EvidenceFile, one: Offered, at: datetime) -> EvidenceFile:
    known.removed_at, known.added_at, known.caption = None, at, one.caption
    known.save(update_fields=["removed_at", "added_at", "caption"])
    return known


def _keep_new(*, at: datetime, actor: User, update: ProgressUpdate, one: Offered) -> EvidenceFile:
    new = EvidenceFile(
        update=update,
        file_name=one.taken.name,
        caption=one.caption,
        content_type=one.taken.kind.content_type,
        size=len(one.taken.content),
        sha256=one.taken.sha256,
        added_at=at,
        added_by=actor,
    )
    with removed_on_failure() as keep:
        keep(new.file, one.taken.content)
        new.save()
    return new


def _refuse_too_much(*, at: datetime, update: ProgressUpdate, size: int) -> None:
    most = settings.EVIDENCE_MOST_FILES
    if update.evidence.attached().count() >= most:
        raise Refused(
            ngettext(
                "An update takes %(most)d file. Take it out before you attach another.",
                "An update takes %(most)d files. Take one out before you attach another.",
                most,
            )
            % {"most": most}
        )
    lately = EvidenceFile.objects.filter(update__stakeholder=update.stakeholder, added_at__gt=at - _QUOTA_SPAN)
    so_far = lately.aggregate(total=Sum("size"))["total"] or 0
    if so_far + size > settings.EVIDENCE_MOST_BYTES_OF_STAKEHOLDER:
        raise Refused(
            _(
                "%(name)s has attached files of %(so_far)d MB in the last six months; there is room for %(most)d MB. "
                "A link to a page that holds the file does as well, or take out a file that is no longer needed."
            )
            % {
                "name": update.stakeholder,
                "so_far": so_far // _MEGABYTE,
                "most": settings.EVIDENCE_MOST_BYTES_OF_STAKEHOLDER // _MEGABYTE,
            }
        )


def frozen(update: ProgressUpdate) -> list[dict[str, Any]]:
    """The attached files as a round names them for good."""
    return [
        {"uuid": str(one.uuid), "name": one.file_name, "caption": one.caption, "size": one.size, "sha256": one.sha256}
        for one in update.evidence.attached()
    ]


def is_in_a_round(found: EvidenceFile, *, accepted_only: bool = False) -> bool:
    """Whether a round of its update names the file, or the accepted one does."""
    rounds = found.update.rounds.all()
    if accepted_only:
        rounds = rounds.filter(decision=UpdateRound.Decision.ACCEPTED)
    named = chain.from_iterable(lines_of(content) for content in rounds.values_list("content", flat=True))
    return any(line.uuid == found.uuid for line in named)


def without_files(content: dict[str, Any]) -> dict[str, Any]:
    """What of a round's content a person filled in."""
    return {name: value for name, value in content.items() if name != IN_ROUND}


def lines_of_draft(update: ProgressUpdate | None) -> list[FileLine]:
    """The files that are attached now."""
    files = update.evidence.attached() if update else ()
    return [FileLine(one.uuid, one.file_name, one.caption, one.size) for one in files]


def lines_of(content: Any) -> list[FileLine]:
    """The files that the content of a round names; what is not as it should be is left out."""
    named = content.get(IN_ROUND) if isinstance(content, dict) else None
    lines = [_line(one) for one in named] if isinstance(named, list) else []
    return [line for line in lines if line]


def _line(one: Any) -> FileLine | None:
    try:
        return FileLine(UUID(one["uuid"]), str(one["name"]), str(one["caption"]), int(one["size"]))
    except (TypeError, KeyError, ValueError, AttributeError):
        return None
