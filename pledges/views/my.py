"""What a person reports for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import WRITERS
from accounts.models import Membership, Stakeholder
from foundation.http import PortalRequest
from pledges.access import MyPledge, my_pledges, roles_by_stakeholder
from pledges.match_access import waiting_for
from pledges.models import PledgeParty, PledgeProposal, ProgressUpdate, UpdateWindow
from pledges.proposal_access import proposals_by_stakeholder
from pledges.quality import hints_for_version, lacking_words
from pledges.windows import asked_in, has_responded, is_closed, open_windows

State = ProgressUpdate.State
# The others stand under "Matching".
OFFERS_SHOWN = 5


@dataclass(frozen=True)
class Row:
    """One pledge of the overview, with the windows that ask for it now and have no answer yet."""

    mine: MyPledge
    at: datetime
    owed: tuple[UpdateWindow, ...]
    answered: tuple[UpdateWindow, ...]

    @property
    def update(self) -> ProgressUpdate | None:
        """The update that is being worked on."""
        return self.mine.open_update

    @property
    def is_with_reviewers(self) -> bool:
        """Whether the next step is the reviewers', so that the person can do nothing now."""
        return self.update is not None and self.update.state == State.SUBMITTED

    @property
    def can_confirm(self) -> bool:
        """Whether "no significant change" can be said now: there is something that has not changed."""
        in_review = self.update is not None and self.update.state != State.DRAFT
        accepted = self.mine.last_accepted
        return self.mine.may_confirm and accepted is not None and not is_closed(accepted) and not in_review

    @property
    def why_not_confirmed(self) -> str:
        """Why "no significant change" cannot be said, for the list of all; empty where it can."""
        if self.can_confirm:
            return ""
        if self.mine.last_accepted is None:
            return _("There is no published update yet. Please write the first one.")
        if is_closed(self.mine.last_accepted):
            return _("It was reported as fulfilled or withdrawn; nothing more is asked.")
        return _("An update is in review, or was returned to you: there is news already.")

    @property
    def hints(self) -> list[str]:
        """What the pledge's text does not name; a correction can add it."""
        return lacking_words(hints_for_version(self.mine.version))

    @property
    def may_correct(self) -> bool:
        """Whether the person may propose another text of the pledge: its lead's writers, once it is published."""
        leads = any(
            party.role == "lead" and party.stakeholder_id == self.mine.stakeholder.pk for party in self._parties
        )
        return leads and self.mine.role in WRITERS and self.mine.pledge.is_published_by(self.at)

    @property
    def _parties(self) -> list[PledgeParty]:
        return list(self.mine.version.parties.all())

    @property
    def last_news_at(self) -> datetime | None:
        """The moment of the last word: the last published update, or the confirmation after it."""
        if self.mine.last_confirmation:
            return self.mine.last_confirmation.at
        return self.mine.last_accepted.first_submitted_at if self.mine.last_accepted else None


@dataclass(frozen=True)
class Group:
    """What a person sees of one stakeholder."""

    stakeholder: Stakeholder
    role: Membership.Role
    reported: list[Row]
    shared: list[Row]
    proposals: list[PledgeProposal] = field(default_factory=list)

    @property
    def confirmable(self) -> list[Row]:
        """Of which "no significant change" can be said now."""
        return [row for row in self.reported if row.can_confirm]

    @property
    def may_propose(self) -> bool:
        """Whether the person may begin a new pledge."""
        return self.role in WRITERS

    @property
    def owed(self) -> int:
        """How many pledges wait for this stakeholder in an open window; what the reviewers have is not counted."""
        return sum(1 for row in self.reported if row.owed and not row.is_with_reviewers)


@login_required
@require_safe
def overview(request: PortalRequest) -> HttpResponse:
    """Each stakeholder's pledges, what is asked now, and what the person may do. 404 for people without a role."""
    roles = roles_by_stakeholder(request.user, at=request.at)
    if not roles:
        raise Http404
    windows = open_windows(request.at)
    context = {
        "groups": groups_of(request, roles, windows),
        "windows": windows,
        "offers": list(waiting_for(roles).select_related("pledge", "stakeholder", "own_pledge")),
        "offers_shown": OFFERS_SHOWN,
        "zone": getattr(request.user, "zone", "UTC"),
    }
    return render(request, "pledges/my.html", context)


def groups_of(
    request: PortalRequest, roles: dict[Stakeholder, Membership.Role], windows: list[UpdateWindow]
) -> list[Group]:
    """A person's pledges by stakeholder, as they stand at ``request.at``, for the stakeholders of ``roles``."""
    return list(_groups(roles, _rows(request, windows)))


def _rows(request: PortalRequest, windows: list[UpdateWindow]) -> list[Row]:
    asked = {window.pk: set(asked_in(window, before=request.at).values_list("pk", flat=True)) for window in windows}
    rows = []
    for mine in my_pledges(request.user, at=request.at):
        asking = [window for window in windows if mine.pledge.pk in asked[window.pk]]
        answered = [window for window in asking if has_responded(mine.pledge, window, as_of=request.at)]
        owed = tuple(window for window in asking if window not in answered)
        rows.append(Row(mine=mine, at=request.at, owed=owed, answered=tuple(answered)))
    return rows


def _groups(roles: dict[Stakeholder, Membership.Role], rows: list[Row]) -> Iterator[Group]:
    proposals = proposals_by_stakeholder(roles)
    by_stakeholder = {key: list(group) for key, group in groupby(rows, key=lambda row: row.mine.stakeholder.pk)}
    for stakeholder, role in roles.items():
        own = by_stakeholder.get(stakeholder.pk, [])
        reported = [row for row in own if row.mine.relation == "reporter"]
        # What is owed comes first; the sort keeps the order of references otherwise.
        reported.sort(key=lambda row: not row.owed or row.is_with_reviewers)
        shared = [row for row in own if row.mine.relation == "partner"]
        yield Group(stakeholder, role, reported, shared, proposals.get(stakeholder.pk, []))
