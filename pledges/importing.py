"""Takes over dated updates of the past: they are published under their own dates. All or nothing, and repeatable."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from foundation.spreadsheets import Trouble
from pledges.content import content_of
from pledges.models import Pledge, ProgressUpdate, UpdateRound
from pledges.update_file import Row, read_updates
from pledges.windows import reporters_of
from pledges.workflow import add_past_update

WEB_ROWS_AT_MOST = 5_000
ROWS_AT_MOST = 50_000
Key = tuple[int, datetime]


@dataclass
class Report:
    """What an import found and did. With ``troubles``, and after a mere check, nothing was saved."""

    troubles: list[Trouble] = field(default_factory=list)
    new: list[Row] = field(default_factory=list)
    unchanged: int = 0
    saved: bool = False


@transaction.atomic
def import_updates(
    content: bytes, *, at: datetime, actor: User | None, most_rows: int = ROWS_AT_MOST, save: bool = True
) -> Report:
    """Adds the file's updates that are not here yet; without ``save`` it only checks.

    An update is recognised by its pledge and day: the same text again changes nothing, another text is
    refused, since what was published stays. One that was withdrawn from the public does not come back.
    Raises ``UnreadableFileError`` when the file as a whole is no such table.
    """
    rows, troubles = read_updates(content, at=at, most_rows=most_rows)
    # One import at a time: two at once would both find the same rows missing.
    _lock([row.pledge for row in rows])
    here = _imported([row.pledge for row in rows])
    report = Report(troubles=troubles)
    for row in rows:
        _sort(row, here[row.pledge.pk, row.moment], report)
    if save and not report.troubles:
        _save(report, at=at, actor=actor)
    return report


def _lock(pledges: list[Pledge]) -> None:
    keys = {pledge.pk for pledge in pledges}
    list(Pledge.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk"))


def _imported(pledges: list[Pledge]) -> dict[Key, list[ProgressUpdate]]:
    found: dict[Key, list[ProgressUpdate]] = defaultdict(list)
    imported = ProgressUpdate.objects.filter(
        pledge__in={pledge.pk for pledge in pledges}, rounds__channel=UpdateRound.Channel.IMPORT
    )
    for update in imported:
        if update.first_submitted_at:
            found[update.pledge_id, update.first_submitted_at].append(update)
    return found


def _sort(row: Row, here: list[ProgressUpdate], report: Report) -> None:
    if any(content_of(update) == row.content for update in here):
        report.unchanged += 1
    elif any(update.state == ProgressUpdate.State.ACCEPTED for update in here):
        sentence = _("An update of this pledge and day is published with another text. It stays as it is.")
        report.troubles.append(Trouble(row.line, "narrative", sentence))
    else:
        report.new.append(row)


def _save(report: Report, *, at: datetime, actor: User | None) -> None:
    reporters = reporters_of([row.pledge for row in report.new], None)
    for row in report.new:
        add_past_update(
            at=at,
            actor=actor,
            pledge=row.pledge,
            stakeholder=reporters[row.pledge.pk],
            content=row.content,
            moment=row.moment,
            source=row.source,
        )
    report.saved = True
