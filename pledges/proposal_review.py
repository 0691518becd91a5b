"""What staff do with a proposal of a pledge, one function a verb; what stakeholders do stands in ``pledges.proposals``.

Of two people at once the first one decides; the other one is told. A stakeholder's words are never edited: staff
choose the reference, what the pledge belongs to, and which entities the named partners are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Stakeholder, User
from foundation import history
from foundation.text import clean_text
from pledges import proposal_mails
from pledges.facts import facts_of, versions_with_facts
from pledges.models import Pledge, PledgeParty, PledgeProposal, PledgeVersion
from pledges.pledge_workflow import create_pledge, publish_pledge, revise_pledge
from pledges.proposal_content import ProposalContent, content_of_version, empty_proposal, facts_of_content, said_facts
from pledges.refusals import AlreadyDecided, Refused
from pledges.windows import surviving_stakeholders

State = PledgeProposal.State


@dataclass(frozen=True)
class Parties:
    """Who stands behind a pledge beside its lead: entities, and names of those that are none here."""

    partners: tuple[Stakeholder, ...] = ()
    labels: tuple[str, ...] = ()


def sent_content(proposal: PledgeProposal, *, published: ProposalContent | None = None) -> ProposalContent:
    """What was submitted last; fields that the form did not have then are as ``published``, else empty."""
    return empty_proposal(**{**(published or {}), **proposal.sent})


def parties_named(names: Sequence[str], proposal: PledgeProposal) -> Parties:
    """Which of the names are entities here, by their exact names; those of the corrected pledge go first."""
    rows = Stakeholder.objects.filter(merged_into=None, name__in=names)
    known = {row.name.casefold(): row for row in rows}
    known |= {row.name.casefold(): row for row in _partners_of(proposal.corrects)}
    found = [known.get(name.casefold()) for name in names]
    labels = tuple(name for name, row in zip(names, found, strict=True) if row is None)
    return Parties(tuple(dict.fromkeys(row for row in found if row)), labels)


@transaction.atomic
def return_proposal(*, at: datetime, actor: User, proposal: PledgeProposal, revision: int, comment: str) -> None:
    """Gives the text back and tells the focal points why. Raises AlreadyDecided, Refused."""
    _answer(State.RETURNED, at=at, actor=actor, proposal=proposal, revision=revision, comment=comment)


@transaction.atomic
def decline_proposal(*, at: datetime, actor: User, proposal: PledgeProposal, revision: int, comment: str) -> None:
    """Says no for good, and tells the focal points why. Raises AlreadyDecided, Refused."""
    _answer(State.DECLINED, at=at, actor=actor, proposal=proposal, revision=revision, comment=comment)


@transaction.atomic
def publish_new(
    *,
    at: datetime,
    actor: User,
    proposal: PledgeProposal,
    revision: int,
    reference: str,
    parties: Parties,
    kind: str = Pledge.Kind.SINGLE,
    parent: Pledge | None = None,
) -> Pledge:
    """Makes the text a public pledge, word for word, and tells the focal points. Raises AlreadyDecided, Refused."""
    locked = _locked(proposal, revision)
    lead = surviving_stakeholders([locked.stakeholder_id])[locked.stakeholder_id]
    facts = facts_of_content(sent_content(locked), lead=lead.slug, **_named(parties))
    try:
        with transaction.atomic():
            pledge = create_pledge(
                reference=reference,
                occasion=locked.occasion,
                facts=facts,
                at=at,
                actor=actor,
                kind=kind,
                parent=parent,
                is_sample=lead.is_sample,
            )
    except IntegrityError as error:
        raise Refused(_("The reference %(reference)s is taken.") % {"reference": reference}) from error
    except ObjectDoesNotExist as error:
        raise Refused(_no_longer_offered()) from error
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    publish_pledge(pledge=pledge, at=at, actor=actor)
    _decide(State.PUBLISHED, at=at, actor=actor, proposal=proposal, revision=revision, published_as=pledge)
    return pledge


@transaction.atomic
def publish_correction(
    *,
    at: datetime,
    actor: User,
    proposal: PledgeProposal,
    revision: int,
    seen_version: int,
    parties: Parties,
    parent: Pledge | None = None,
) -> Pledge:
    """Makes the text the pledge's next version, and tells the focal points; the one before is kept.

    ``seen_version`` is the number of the version with which it was compared. Raises AlreadyDecided, Refused.
    """
    locked = _locked(proposal, revision)
    pledge = Pledge.objects.select_for_update(of=("self",)).get(corrections=locked)
    current = versions_with_facts().get(pledge=pledge, valid_until=None)
    stored = facts_of(current)
    _refuse_if_it_moved(locked, current, stored.lead, seen_version)
    said = said_facts(sent_content(locked, published=content_of_version(current)))
    facts = replace(stored, **(said | _named(parties)))
    try:
        with transaction.atomic():
            changes = revise_pledge(pledge=pledge, facts=facts, at=at, actor=actor, parent=parent)
    except ObjectDoesNotExist as error:
        raise Refused(_no_longer_offered()) from error
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    if not changes:
        raise Refused(_("This text says what is published already. Return or decline it."))
    _decide(State.PUBLISHED, at=at, actor=actor, proposal=proposal, revision=revision, published_as=pledge)
    return pledge


def _answer(
    state: PledgeProposal.State, *, at: datetime, actor: User, proposal: PledgeProposal, revision: int, comment: str
) -> None:
    comment = clean_text(comment)
    if not comment:
        raise Refused(_("Say why in a few words; the stakeholder reads it."))
    _decide(state, at=at, actor=actor, proposal=proposal, revision=revision, comment=comment)


def _decide(
    state: PledgeProposal.State, *, at: datetime, actor: User, proposal: PledgeProposal, revision: int, **more: Any
) -> None:
    """The one conditional UPDATE of all decisions, with its history entry and its mails."""
    waiting = PledgeProposal.objects.filter(pk=proposal.pk, state=State.SUBMITTED, revision=revision)
    if waiting.update(state=state, decided_at=at, decided_by=actor, **{"comment": "", **more}) != 1:
        raise AlreadyDecided(_decided_by_another(proposal))
    proposal.refresh_from_db()
    history.record(
        at=at,
        actor=actor,
        verb=f"proposal {state}",
        subject=proposal,
        changes={"published_as": proposal.published_as.reference} if proposal.published_as else {},
    )
    proposal_mails.send_decision(proposal, at=at)


def _locked(proposal: PledgeProposal, revision: int) -> PledgeProposal:
    """The row as it is now, held until the end; whoever decides second waits here and is told."""
    rows = PledgeProposal.objects.select_for_update(of=("self",)).select_related("occasion", "corrects")
    locked = rows.filter(pk=proposal.pk, state=State.SUBMITTED, revision=revision).first()
    if locked is None:
        raise AlreadyDecided(_decided_by_another(proposal))
    return locked


def _decided_by_another(proposal: PledgeProposal) -> str:
    row = PledgeProposal.objects.select_related("decided_by").get(pk=proposal.pk)
    if row.decided_by is None:
        return _("This text is not waiting for a decision any more, or was submitted anew. Please look again.")
    return _("%(who)s has already decided on this proposal: %(decision)s. Nothing was changed now.") % {
        "who": row.decided_by,
        "decision": row.get_state_display(),
    }


def _refuse_if_it_moved(proposal: PledgeProposal, current: PledgeVersion, lead: str, seen_version: int) -> None:
    if current.number != seen_version:
        raise Refused(_("The pledge itself was changed since you opened this page. Please compare once more."))
    leads = surviving_stakeholders([proposal.stakeholder_id])[proposal.stakeholder_id]
    if leads.slug != lead:
        raise Refused(_("%(name)s no longer leads this pledge. Decline the correction.") % {"name": leads})


def _named(parties: Parties) -> dict[str, Any]:
    return {"partners": tuple(partner.slug for partner in parties.partners), "labels": parties.labels}


def _partners_of(pledge: Pledge | None) -> Sequence[Stakeholder]:
    if pledge is None:
        return ()
    parties = PledgeParty.objects.filter(version__pledge=pledge, version__valid_until=None, stakeholder__isnull=False)
    return [party.stakeholder for party in parties.select_related("stakeholder") if party.stakeholder]


def _no_longer_offered() -> str:
    return _("An area, a type or a country that the text names is no longer on the list. Return it with a comment.")
