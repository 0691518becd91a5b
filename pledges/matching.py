"""Offers of support to policy pledges of host countries, one function a verb. Who may call what, the callers know."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts.models import Stakeholder, User
from foundation import history
from pledges import match_mail
from pledges.models import Pledge, PledgeMatch, PledgeVersion
from pledges.models.pledge import PledgeQuerySet
from pledges.refusals import AlreadyDecided, Refused
from pledges.windows import reporter_of, surviving_stakeholders

State = PledgeMatch.State


def asking(pledges: PledgeQuerySet) -> PledgeQuerySet:
    """Those whose open version says what support they ask for."""
    versions = PledgeVersion.objects.filter(pledge=OuterRef("pk"), valid_until=None).exclude(support_asked="")
    return pledges.filter(Exists(versions))


def host_of(match: PledgeMatch) -> Stakeholder:
    """Who leads the policy pledge today, and so answers."""
    return reporter_of(match.pledge, None)


def offerer_of(match: PledgeMatch) -> Stakeholder:
    """Who offers, as it stands today."""
    return surviving_stakeholders([match.stakeholder_id])[match.stakeholder_id]


@transaction.atomic
def offer(
    *,
    at: datetime,
    actor: User | None,
    pledge: Pledge,
    stakeholder: Stakeholder,
    own_pledge: Pledge | None = None,
    text: str = "",
    language: str = "en",
) -> PledgeMatch:
    """Offers support: in words, with a pledge that ``stakeholder`` leads, or both. Tells the host's focal points.

    The same offer again while it waits is the one that is there. Raises Refused with a sentence for the person.
    """
    _lock(pledge.pk)
    _refuse_impossible(pledge, stakeholder, own_pledge, text, at=at)
    found = PledgeMatch.objects.filter(pledge=pledge, stakeholder=stakeholder, own_pledge=own_pledge)
    there = found.filter(state=State.OFFERED).first()
    if there is not None and (there.text, there.language) == (text, language):
        return there
    try:
        with transaction.atomic():
            match = PledgeMatch.objects.create(
                pledge=pledge,
                stakeholder=stakeholder,
                own_pledge=own_pledge,
                text=text,
                language=language,
                offered_at=at,
                offered_by=actor,
            )
    except IntegrityError as error:
        raise Refused(_("This was offered already. You find the offer under “Matching”.")) from error
    changes = {"pledge": pledge.reference, "own_pledge": own_pledge.reference if own_pledge else "–"}
    history.record(at=at, actor=actor, verb="match.offered", subject=match, changes=changes)
    match_mail.send_offered(match, host=host_of(match), at=at)
    return match


@transaction.atomic
def accept(*, at: datetime, actor: User, match: PledgeMatch, on_request_of: str = "") -> PledgeMatch:
    """Matches the two, and introduces the focal points of both sides to each other by mail; again changes nothing.

    ``on_request_of`` is who asked staff to act, in their words; that side is told. Raises AlreadyDecided when it was
    declined or withdrawn meanwhile, Refused while the policy pledge is not public.
    """
    if not _lock(match.pledge_id).is_published_by(at):
        raise Refused(_("This pledge is not public now. Support is matched once it is public again."))
    if not _move(match, State.ACCEPTED, answered_at=at, answered_by=actor):
        return match
    history.record(at=at, actor=actor, verb="match.accepted", subject=match, changes=_request(on_request_of))
    match_mail.send_introductions(match, host=host_of(match), offerer=offerer_of(match), at=at)
    match_mail.send_done_for(match, side=host_of(match), on_request_of=on_request_of, at=at)
    return match


@transaction.atomic
def decline(*, at: datetime, actor: User, match: PledgeMatch, reason: str, on_request_of: str = "") -> PledgeMatch:
    """Says no with a reason that the one who offered reads; again changes nothing.

    Raises Refused without a reason, AlreadyDecided when it was accepted or withdrawn meanwhile.
    """
    if not reason.strip():
        raise Refused(_("Please say in a sentence why; the other side reads it."))
    if not _move(match, State.DECLINED, answered_at=at, answered_by=actor, reason=reason):
        return match
    history.record(at=at, actor=actor, verb="match.declined", subject=match, changes=_request(on_request_of))
    match_mail.send_declined(match, offerer=offerer_of(match), at=at)
    match_mail.send_done_for(match, side=host_of(match), on_request_of=on_request_of, at=at)
    return match


@transaction.atomic
def withdraw(*, at: datetime, actor: User, match: PledgeMatch, on_request_of: str = "") -> PledgeMatch:
    """Takes an offer back, also one that was accepted: the match ends. Tells the host; again changes nothing.

    Raises AlreadyDecided when it was declined meanwhile.
    """
    if not _move(match, State.WITHDRAWN, of=PledgeMatch.STANDING, withdrawn_at=at):
        return match
    history.record(at=at, actor=actor, verb="match.withdrawn", subject=match, changes=_request(on_request_of))
    match_mail.send_withdrawn(match, host=host_of(match), at=at)
    match_mail.send_done_for(match, side=offerer_of(match), on_request_of=on_request_of, at=at)
    return match


@transaction.atomic
def note(*, at: datetime, actor: User, match: PledgeMatch, text: str, seen: str) -> None:
    """Keeps what staff tell each other of a match; ``seen`` is the note that it takes the place of.

    The history says that it changed, never what it says. Raises AlreadyDecided when another note stands there now.
    """
    won = PledgeMatch.objects.filter(pk=match.pk, staff_note=seen).update(staff_note=text)
    match.refresh_from_db()
    if match.staff_note != text:
        raise AlreadyDecided(
            _("A colleague has changed the note meanwhile. Both stand here; please put them together.")
        )
    if won and text != seen:
        history.record(at=at, actor=actor, verb="match.noted", subject=match)


def _lock(key: int) -> Pledge:
    """The policy pledge as it stays until the end: two clicks, and whoever takes it back, wait for each other here.

    SQLite lets only one write anyway.
    """
    return Pledge.objects.select_for_update(no_key=True).get(pk=key)


def _request(on_request_of: str) -> dict[str, str]:
    return {"on_request_of": on_request_of} if on_request_of else {}


def _move(
    match: PledgeMatch, to: PledgeMatch.State, *, of: tuple[PledgeMatch.State, ...] = (State.OFFERED,), **values: Any
) -> bool:
    """One conditional UPDATE decides between two people. False when it stands there already."""
    won = PledgeMatch.objects.filter(pk=match.pk, state__in=of).update(state=to, **values)
    match.refresh_from_db()
    if not won and match.state != to:
        words = match.get_state_display()
        raise AlreadyDecided(_("Somebody was faster. The offer stands like this now: %(state)s.") % {"state": words})
    return bool(won)


def _refuse_impossible(
    pledge: Pledge, stakeholder: Stakeholder, own_pledge: Pledge | None, text: str, *, at: datetime
) -> None:
    if not asking(Pledge.objects.published_by(at)).filter(pk=pledge.pk).exists():
        raise Refused(_("This pledge does not ask for support now."))
    if reporter_of(pledge, None) == stakeholder:
        raise Refused(_("This is your own pledge. Others offer support to it."))
    if pledge.is_sample != stakeholder.is_sample:
        raise Refused(_("Samples and real pledges are not matched with each other."))
    if own_pledge is None and not text.strip():
        raise Refused(_("Say what you offer, or choose one of your pledges."))
    if own_pledge is not None and reporter_of(own_pledge, None) != stakeholder:
        raise Refused(_("You can link a pledge that you lead."))
