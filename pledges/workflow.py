"""What stakeholders do with an update, one function a verb.

What reviewers do stands in ``pledges.review``, "no significant change" in ``pledges.confirmations``.

Pages, the administration and loaders all call these. Each changes the row only if it still stands as the caller
saw it: one conditional UPDATE decides between two people, and the slower one is told. Who may call what is the
callers' question (``pledges.access``, permissions).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Case, F, Max, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import Stakeholder, User
from foundation import history
from foundation.text import clean_line
from pledges import evidence, mails
from pledges.content import Content, content_of, labels_of, missing
from pledges.evidence import Offered, without_files
from pledges.models import Pledge, ProgressUpdate, UpdateRound
from pledges.partners import labels_of_partners
from pledges.refusals import Refused, StaleRevision
from pledges.review_policy import accept_if_routine, lets_pass_until_this_is_done

State = ProgressUpdate.State
Channel = UpdateRound.Channel
Decision = UpdateRound.Decision


@transaction.atomic
def save_draft(
    *,
    at: datetime,
    actor: User,
    pledge: Pledge,
    stakeholder: Stakeholder,
    revision: int,
    fields: Content,
    by_itself: bool = False,
    files: Sequence[Offered] = (),
) -> ProgressUpdate:
    """Keeps a draft, complete or not, for ``stakeholder``, which becomes its owner, and attaches ``files`` to it.

    ``revision`` is the one that the form showed (``MyPledge.revision``). Raises StaleRevision for whoever comes
    second; the same text sent twice by the same person counts once. What a page saves ``by_itself``, every few
    seconds, is not noted in the history; the row says who saved it last, and when. Raises Refused, and keeps nothing,
    when the files are too many or too large.
    """
    try:
        update = _write(at=at, actor=actor, pledge=pledge, stakeholder=stakeholder, revision=revision, fields=fields)
    except StaleRevision as stale:
        if stale.current and stale.current.is_editable and _is_repeat(stale.current, actor, revision, fields):
            evidence.attach(at=at, actor=actor, update=stale.current, offered=files)
            return stale.current
        raise
    if files:
        evidence.attach(at=at, actor=actor, update=update, offered=files)
    if not by_itself:
        history.record(at=at, actor=actor, verb="draft saved", subject=update, changes={"revision": update.revision})
    return update


@transaction.atomic
def submit(
    *,
    at: datetime,
    actor: User,
    pledge: Pledge,
    stakeholder: Stakeholder,
    revision: int,
    fields: Content,
    channel: str = Channel.WEB,
    files: Sequence[Offered] = (),
) -> UpdateRound:
    """Hands the update to the reviewers as a new round, frozen with its files and the labels of today; mails a receipt.

    ``files`` are attached first; ``pledges.review_policy`` may publish at once. Raises ValidationError by field when
    something is missing, StaleRevision for whoever comes second, Refused when the files are too many or too large.
    The same text sent again by the same person (a double click) gives the same round and no second receipt.
    """
    _refuse_incomplete(fields)
    # What is published at once is not open any more when a second click looks, so they come one by one.
    lets_pass_until_this_is_done()
    try:
        update = _write(
            at=at,
            actor=actor,
            pledge=pledge,
            stakeholder=stakeholder,
            revision=revision,
            fields=fields,
            submits=True,
        )
    except StaleRevision:
        earlier = _same_round(actor, pledge, revision, fields)
        if earlier is None:
            raise
        return earlier
    evidence.attach_to_locked(at=at, actor=actor, update=update, offered=files)
    attached = evidence.frozen(update)
    _refuse_incomplete(fields, asks_evidence=True, has_files=bool(attached))
    row = _add_round(update, at=at, actor=actor, channel=channel, attached=attached)
    history.record(at=at, actor=actor, verb="submitted", subject=update, changes={"round": row.number})
    accept_if_routine(row, at=at)
    mails.send_receipt(row, at=at)
    return row


@transaction.atomic
def enter_on_behalf(
    *,
    at: datetime,
    actor: User,
    pledge: Pledge,
    stakeholder: Stakeholder,
    content: Content,
    channel: str,
    received_at: datetime,
    source_note: str,
    files: Sequence[Offered] = (),
) -> UpdateRound:
    """Puts what a stakeholder sent by other ways before the reviewers; it counts for the day it was received.

    Raises Refused while another update of the pledge is open, for a day to come and for too many or too large
    ``files``, ValidationError when something is missing.
    """
    _refuse_incomplete(content)
    if received_at > at:
        raise Refused(_("The day of receipt cannot lie in the future."))
    try:
        with transaction.atomic():
            update = ProgressUpdate.objects.create(
                pledge=pledge,
                stakeholder=stakeholder,
                state=State.SUBMITTED,
                revision=_highest_revision(pledge) + 1,
                saved_at=at,
                saved_by=actor,
                first_submitted_at=received_at,
                **content,
            )
    except IntegrityError as error:
        raise Refused(_still_open(pledge)) from error
    evidence.attach_to_locked(at=at, actor=actor, update=update, offered=files)
    attached = evidence.frozen(update)
    row = _add_round(update, at=received_at, actor=actor, channel=channel, source_note=source_note, attached=attached)
    history.record(at=at, actor=actor, verb="entered on behalf", subject=update, changes={"channel": channel})
    return row


@transaction.atomic
def add_past_update(
    *,
    at: datetime,
    actor: User | None,
    pledge: Pledge,
    stakeholder: Stakeholder,
    content: Content,
    moment: datetime,
    source: str,
) -> ProgressUpdate:
    """Adds an update of the past as published then: it was submitted and accepted at ``moment``."""
    _refuse_incomplete(content)
    update = ProgressUpdate.objects.create(
        pledge=pledge,
        stakeholder=stakeholder,
        state=State.ACCEPTED,
        saved_at=at,
        saved_by=actor,
        first_submitted_at=moment,
        accepted_at=moment,
        **content,
    )
    row = _add_round(update, at=moment, actor=actor, channel=Channel.IMPORT, source_note=source)
    UpdateRound.objects.filter(pk=row.pk).update(decision=Decision.ACCEPTED, decided_at=moment, decided_by=actor)
    history.record(at=at, actor=actor, verb="imported", subject=update, changes={"moment": moment.isoformat()})
    return update


def _write(
    *,
    at: datetime,
    actor: User,
    pledge: Pledge,
    stakeholder: Stakeholder,
    revision: int,
    fields: Content,
    submits: bool = False,
) -> ProgressUpdate:
    """Writes into the open update if it still has this revision, or opens one if the pledge has none."""
    values: dict[str, Any] = {**fields, "stakeholder": stakeholder, "saved_at": at, "saved_by": actor}
    values["revision"] = revision + 1
    first = {"first_submitted_at": Coalesce(F("first_submitted_at"), Value(at))}
    state = {"state": State.SUBMITTED} if submits else {}
    unchanged = ProgressUpdate.objects.filter(pledge=pledge, state__in=ProgressUpdate.EDITABLE, revision=revision)
    if unchanged.update(**values | {"stage": _stage_to_keep(fields)}, **state, **(first if submits else {})) == 1:
        return ProgressUpdate.objects.open().get(pledge=pledge)
    if ProgressUpdate.objects.open().filter(pledge=pledge).exists() or _highest_revision(pledge) != revision:
        raise StaleRevision(_open_update(pledge))
    try:
        with transaction.atomic():
            moment = at if submits else None
            return ProgressUpdate.objects.create(pledge=pledge, first_submitted_at=moment, **values, **state)
    except IntegrityError as error:
        raise StaleRevision(_open_update(pledge)) from error


def _stage_to_keep(fields: Content) -> str | Case:
    """What was submitted once has a stage: a draft of its correction that names none keeps it."""
    if fields["stage"]:
        return fields["stage"]
    return Case(When(state=State.RETURNED, then=F("stage")), default=Value(""))


def _add_round(
    update: ProgressUpdate,
    *,
    at: datetime,
    actor: User | None,
    channel: str,
    source_note: str = "",
    attached: Sequence[dict[str, Any]] = (),
) -> UpdateRound:
    content = content_of(update)
    return UpdateRound.objects.create(
        update=update,
        number=update.rounds.count() + 1,
        content=content | ({evidence.IN_ROUND: list(attached)} if attached else {}),
        labels=labels_of(content, stakeholder=update.stakeholder, version=update.pledge.current)
        | labels_of_partners(update),
        submitted_at=at,
        submitted_by=actor,
        channel=channel,
        source_note=clean_line(source_note, at_most=500),
    )


def _refuse_incomplete(content: Content, *, asks_evidence: bool = False, has_files: bool = False) -> None:
    sentences = missing(content, asks_evidence=asks_evidence, has_files=has_files)
    if sentences:
        raise ValidationError(dict(sentences))


def _highest_revision(pledge: Pledge) -> int:
    """Revisions rise over all updates of a pledge, so an old form never fits a newer update by chance."""
    found: int | None = ProgressUpdate.objects.filter(pledge=pledge).aggregate(highest=Max("revision"))["highest"]
    return found or 0


def _open_update(pledge: Pledge) -> ProgressUpdate | None:
    return ProgressUpdate.objects.open().filter(pledge=pledge).select_related("saved_by", "stakeholder").first()


def _is_repeat(update: ProgressUpdate, actor: User, revision: int, fields: Content) -> bool:
    return update.revision == revision + 1 and update.saved_by_id == actor.pk and content_of(update) == fields


def _same_round(actor: User, pledge: Pledge, revision: int, fields: Content) -> UpdateRound | None:
    rounds = UpdateRound.objects.filter(
        update__pledge=pledge, update__revision=revision + 1, submitted_by=actor, update__saved_by=actor
    )
    row = rounds.order_by("-number").first()
    return row if row and without_files(row.content) == fields else None


def _still_open(pledge: Pledge) -> str:
    update = _open_update(pledge)
    if update and update.state == State.SUBMITTED:
        return _("An update of this pledge is waiting for review already. Decide on that one first.")
    return _(
        "The stakeholder has an update of this pledge in work. It must be submitted or the stakeholder asked first."
    )
