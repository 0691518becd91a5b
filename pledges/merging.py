"""What this room does when two stakeholders become one. Registered with ``accounts.merging``."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Stakeholder
from pledges import words
from pledges.models import Confirmation, Handover, PledgeMatch, PledgeParty, PledgeProposal, ProgressUpdate


def count(stakeholder: Stakeholder) -> dict[str, int]:
    """How much would move."""
    return {
        _("parts in pledges"): PledgeParty.objects.filter(stakeholder=stakeholder).count(),
        _("progress updates"): ProgressUpdate.objects.filter(stakeholder=stakeholder).count(),
        _("confirmations"): Confirmation.objects.filter(stakeholder=stakeholder).count(),
        _("offers of support"): PledgeMatch.objects.filter(stakeholder=stakeholder).count(),
        _("hand-overs"): Handover.objects.filter(stakeholder=stakeholder).count(),
        _("proposed pledges"): PledgeProposal.objects.filter(stakeholder=stakeholder).count(),
    }


def move(*, at: datetime, duplicate: Stakeholder, into: Stakeholder) -> None:
    """Moves the parts in pledges, of past versions too, and all that was reported."""
    _move_parties(duplicate, into)
    for model in (ProgressUpdate, Confirmation, Handover, PledgeProposal):
        model.objects.filter(stakeholder=duplicate).update(stakeholder=into)
    _move_offers(duplicate, into, at=at)
    words.stakeholder_changed(into)


def _move_offers(duplicate: Stakeholder, into: Stakeholder, *, at: datetime) -> None:
    """Where both wait with the same offer, the older one of the duplicate is taken back; all stay on record."""
    there = set(_open_offers(into).values_list("pledge", "own_pledge"))
    doubles = [row.pk for row in _open_offers(duplicate) if (row.pledge_id, row.own_pledge_id) in there]
    withdrawn = PledgeMatch.State.WITHDRAWN
    PledgeMatch.objects.filter(pk__in=doubles).update(state=withdrawn, withdrawn_at=at)
    PledgeMatch.objects.filter(stakeholder=duplicate).update(stakeholder=into)


def _open_offers(stakeholder: Stakeholder) -> QuerySet[PledgeMatch]:
    """Those of which there can be one only: waiting ones, and matched ones with a pledge."""
    one_only = Q(state=PledgeMatch.State.OFFERED) | Q(state=PledgeMatch.State.ACCEPTED, own_pledge__isnull=False)
    return PledgeMatch.objects.filter(one_only, stakeholder=stakeholder)


def _move_parties(duplicate: Stakeholder, into: Stakeholder) -> None:
    """Where both stand behind one version, one part is enough: the lead's, if one of them led."""
    already = {party.version_id: party for party in PledgeParty.objects.filter(stakeholder=into)}
    for party in PledgeParty.objects.filter(stakeholder=duplicate):
        there = already.get(party.version_id)
        if there is None:
            continue
        if party.role == PledgeParty.Role.LEAD:
            there.delete()
        else:
            party.delete()
    PledgeParty.objects.filter(stakeholder=duplicate).update(stakeholder=into)
