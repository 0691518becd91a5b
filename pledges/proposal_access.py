"""Who may propose a pledge, or a correction, for whom, and see which proposals. Every page asks here."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts.access import WRITERS, focal_points_of
from accounts.models import Membership, Stakeholder, User
from pledges.access import get_my_pledge, roles_by_stakeholder
from pledges.facts import versions_with_facts
from pledges.models import Pledge, PledgeProposal, PledgeVersion
from pledges.proposal_content import ProposalContent, content_of_version, empty_proposal
from pledges.proposals import Place
from pledges.windows import merges, survivor

Role = Membership.Role


@dataclass(frozen=True)
class Desk:
    """A proposal, begun or not, as one person of its stakeholder sees it.

    ``version`` is what a correction would change, as it is published now.
    """

    stakeholder: Stakeholder
    role: Membership.Role
    uuid: UUID
    proposal: PledgeProposal | None = None
    corrects: Pledge | None = None
    version: PledgeVersion | None = None

    @property
    def revision(self) -> int:
        """What a form carries; 0 before the first save."""
        return self.proposal.revision if self.proposal else 0

    @property
    def place(self) -> Place:
        """Where its text is kept."""
        from_version = self.version.number if self.version else None
        return Place(self.uuid, self.stakeholder, self.corrects, from_version)

    @property
    def content(self) -> ProposalContent:
        """What stands on the portal: the draft, else the version that is to be corrected, else nothing."""
        if self.proposal and self.proposal.content:
            # What the form did not have yet when it was saved, a correction leaves as it is published.
            return empty_proposal(**{**(self.published or {}), **self.proposal.content})
        return self.published or empty_proposal(language=self.stakeholder.language)

    @property
    def published(self) -> ProposalContent | None:
        """What the pledge says now, None for a new one."""
        return content_of_version(self.version) if self.version else None

    @property
    def may_draft(self) -> bool:
        """Whether the person may write."""
        return self.role in WRITERS

    @property
    def may_submit(self) -> bool:
        """Whether the person may send the text to staff, or throw it away."""
        return self.role == Role.FOCAL_POINT

    @property
    def may_discard(self) -> bool:
        """Whether the person may throw the text away: a contributor what was never submitted."""
        proposal = self.proposal
        return (
            proposal is not None
            and self.may_draft
            and proposal.is_editable
            and (self.may_submit or proposal.state == PledgeProposal.State.DRAFT)
        )

    def require_draft(self) -> None:
        """Raises PermissionDenied, saying who can, unless the person may write."""
        if not self.may_draft:
            raise PermissionDenied(
                _("As a reader you see proposals. A focal point or a contributor of %(stakeholder)s writes them.")
                % {"stakeholder": self.stakeholder}
            )

    def require_submit(self, at: datetime) -> None:
        """Raises PermissionDenied, saying who can, unless the person may submit."""
        self.require_draft()
        if not self.may_submit:
            people = [user.name or user.email for user in focal_points_of(self.stakeholder, at=at)]
            raise PermissionDenied(
                _("As a contributor you can save drafts. A focal point of %(stakeholder)s submits: %(people)s.")
                % {"stakeholder": self.stakeholder, "people": get_text_list(people, _("or")) or _("none is named yet")}
            )


def new_proposal(user: User | AnonymousUser, slug: str, *, at: datetime) -> Desk:
    """An empty desk for a stakeholder. Raises Http404 for all but its people, PermissionDenied for readers."""
    found = next(((each, role) for each, role in roles_by_stakeholder(user, at=at).items() if each.slug == slug), None)
    if found is None:
        raise Http404
    desk = Desk(*found, uuid=uuid4())
    desk.require_draft()
    return desk


def correction(user: User | AnonymousUser, reference: str, *, at: datetime) -> Desk:
    """The open correction of a pledge, or a desk with what it says now.

    Raises Http404 for all but people of its parties, PermissionDenied for all but those of its lead, and while
    the pledge is not published.
    """
    mine = get_my_pledge(user, reference, at=at)
    lead = next(party.stakeholder_id for party in mine.version.parties.all() if party.role == "lead")
    roles = {each.pk: (each, role) for each, role in roles_by_stakeholder(user, at=at).items()}
    found = roles.get(survivor(lead or 0, merges()))
    if found is None:
        raise PermissionDenied(_("The stakeholder that leads this joint pledge proposes corrections to its text."))
    if not mine.pledge.is_published_by(at):
        raise PermissionDenied(_("This pledge is not published yet, so there is nothing to correct."))
    open_ones = PledgeProposal.objects.filter(corrects=mine.pledge, state__in=PledgeProposal.OPEN)
    if proposal := open_ones.select_related("saved_by", "occasion").first():
        return _desk(proposal, *found)
    desk = Desk(*found, uuid=uuid4(), corrects=mine.pledge, version=_open_version(mine.pledge))
    desk.require_draft()
    return desk


def get_my_proposal(user: User | AnonymousUser, uuid: UUID, *, at: datetime) -> Desk:
    """A proposal of one of a person's stakeholders. Raises Http404 for everybody else, staff included."""
    proposals = PledgeProposal.objects.select_related("saved_by", "occasion", "corrects__occasion", "published_as")
    proposal = proposals.filter(uuid=uuid).first()
    if proposal is None:
        raise Http404
    roles = {each.pk: (each, role) for each, role in roles_by_stakeholder(user, at=at).items()}
    found = roles.get(survivor(proposal.stakeholder_id, merges()))
    if found is None:
        raise Http404
    return _desk(proposal, *found)


def proposals_by_stakeholder(stakeholders: Iterable[Stakeholder]) -> dict[int, list[PledgeProposal]]:
    """What each has proposed and what was not thrown away, what is open first, in one query."""
    rows = PledgeProposal.objects.filter(stakeholder__in=stakeholders).exclude(state=PledgeProposal.State.DISCARDED)
    found: dict[int, list[PledgeProposal]] = defaultdict(list)
    for row in sorted(rows.select_related("corrects", "published_as", "occasion"), key=lambda row: not row.is_open):
        found[row.stakeholder_id].append(row)
    return found


def _desk(proposal: PledgeProposal, stakeholder: Stakeholder, role: Membership.Role) -> Desk:
    pledge = proposal.corrects
    version = _open_version(pledge) if pledge else None
    return Desk(stakeholder, role, proposal.uuid, proposal=proposal, corrects=pledge, version=version)


def _open_version(pledge: Pledge) -> PledgeVersion:
    return (
        versions_with_facts().select_related("pledge__occasion", "pledge__parent").get(pledge=pledge, valid_until=None)
    )
