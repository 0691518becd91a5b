"""What the public is told of matches: references, titles and names, by an allow-list; never the words of an offer."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q

from pledges.models import Pledge, PledgeMatch, PledgeParty, PledgeVersion
from pledges.wording import party_name, public_name


@dataclass(frozen=True)
class PublicMatch:
    """The other side of an accepted match; without a pledge where support was matched in words only."""

    name: str
    pledge: Pledge | None = None


def public_matches(pledge: Pledge, *, at: datetime) -> list[PublicMatch]:
    """The accepted matches of a published pledge, in three queries at most."""
    lead = PledgeParty.objects.select_related("stakeholder__merged_into")
    versions = PledgeVersion.objects.filter(valid_until=None).prefetch_related(Prefetch("parties", queryset=lead))
    rows = PledgeMatch.objects.filter(Q(pledge=pledge) | Q(own_pledge=pledge), state=PledgeMatch.State.ACCEPTED)
    rows = rows.filter(answered_at__lte=at).select_related("pledge", "own_pledge", "stakeholder__merged_into")
    shown = rows.order_by("answered_at", "pk").prefetch_related(
        Prefetch("pledge__versions", queryset=versions), Prefetch("own_pledge__versions", queryset=versions)
    )
    found = [_of_host(row, at) if row.pledge_id == pledge.pk else _of_offerer(row, at) for row in shown]
    return [match for match in found if match]


def _of_host(row: PledgeMatch, at: datetime) -> PublicMatch:
    own = row.own_pledge
    return PublicMatch(public_name(row.stakeholder), own if own and own.is_published_by(at) else None)


def _of_offerer(row: PledgeMatch, at: datetime) -> PublicMatch | None:
    if not row.pledge.is_published_by(at):
        return None
    lead = next(party for party in row.pledge.current.parties.all() if party.role == PledgeParty.Role.LEAD)
    return PublicMatch(party_name(lead), row.pledge)
