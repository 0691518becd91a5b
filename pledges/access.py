"""Which pledges a person reports on or shares in, and what the person may do there. Every page of /my/ asks here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts.access import WRITERS, focal_points_of, open_memberships, outranks
from accounts.models import Membership, Stakeholder, User
from pledges.content import Content, content_of, empty_content
from pledges.models import (
    Confirmation,
    Handover,
    Pledge,
    PledgeParty,
    PledgeVersion,
    ProgressUpdate,
    UpdateRound,
    UpdateWindow,
)
from pledges.models.pledge import REFERENCE_FORM
from pledges.windows import merges, open_windows, survivor

Role = Membership.Role


@dataclass(frozen=True)
class MyPledge:
    """A pledge as one person sees it who acts for one of its parties."""

    pledge: Pledge
    version: PledgeVersion
    stakeholder: Stakeholder
    reporter: Stakeholder
    role: Membership.Role
    last_accepted: ProgressUpdate | None

    @property
    def relation(self) -> Literal["reporter", "partner"]:
        """Whether the person's stakeholder reports, or shares in a pledge on which another reports."""
        return "reporter" if self.stakeholder == self.reporter else "partner"

    @property
    def open_update(self) -> ProgressUpdate | None:
        """The update that is being worked on."""
        return next((update for update in self.pledge.updates.all() if update.is_open), None)

    @property
    def last_round(self) -> UpdateRound | None:
        """The accepted round of the last accepted update: its frozen text."""
        rounds = self.last_accepted.rounds.all() if self.last_accepted else ()
        return next((each for each in rounds if each.decision == UpdateRound.Decision.ACCEPTED), None)

    @property
    def last_confirmation(self) -> Confirmation | None:
        """The newest "no significant change" since the last accepted round."""
        since = self.last_round
        return next(
            (each for each in self.pledge.confirmations.all() if since and each.since_round_id == since.pk), None
        )

    @property
    def revision(self) -> int:
        """What a form on this pledge carries: the highest revision of all its updates, 0 before the first."""
        return max((update.revision for update in self.pledge.updates.all()), default=0)

    @property
    def may_draft(self) -> bool:
        """Whether the person may write the update."""
        return self.relation == "reporter" and self.role in WRITERS

    @property
    def may_submit(self) -> bool:
        """Whether the person may send the update to the reviewers."""
        return self.relation == "reporter" and self.role == Role.FOCAL_POINT

    @property
    def may_confirm(self) -> bool:
        """Whether the person may say that nothing changed."""
        return self.may_submit

    @property
    def is_joint(self) -> bool:
        """Whether other entities stand behind the pledge beside the lead."""
        return sum(1 for party in self.version.parties.all() if party.stakeholder_id) > 1

    @property
    def lead(self) -> Stakeholder:
        """Who leads the pledge, whoever reports on it now; of a merged entry the row that the version names."""
        return next(party.stakeholder for party in self.version.parties.all() if party.stakeholder)

    @property
    def is_handed_over(self) -> bool:
        """Whether another than the lead reports now."""
        return self.reporter.pk not in (self.lead.pk, self.lead.merged_into_id)

    def require_draft(self) -> None:
        """Raises PermissionDenied, saying who can, unless the person may write."""
        if not self.may_draft:
            raise PermissionDenied(self.why_not())

    def require_submit(self, at: datetime) -> None:
        """Raises PermissionDenied, saying who can, unless the person may submit and confirm."""
        if self.may_submit:
            return
        if self.relation == "partner" or self.role == Role.READER:
            raise PermissionDenied(self.why_not())
        people = [user.name or user.email for user in focal_points_of(self.reporter, at=at)]
        raise PermissionDenied(
            _("As a contributor you can save drafts. A focal point of %(stakeholder)s submits: %(people)s.")
            % {"stakeholder": self.reporter, "people": get_text_list(people, _("or")) or _("none is named yet")}
        )

    def why_not(self) -> str:
        """Why the person reads but does not write here, empty for those who write."""
        if self.relation == "partner":
            return _("%(stakeholder)s reports on this joint pledge. You can read the update here.") % {
                "stakeholder": self.reporter
            }
        if self.role == Role.READER:
            return _("As a reader you see the update. A focal point or a contributor of %(stakeholder)s writes it.") % {
                "stakeholder": self.reporter
            }
        return ""


def content_now(mine: MyPledge) -> Content:
    """What the form of an update shows when it is opened: the draft, or the stage and language of the last update."""
    if mine.open_update:
        return content_of(mine.open_update)
    last = mine.last_round.content if mine.last_round else {}
    return empty_content(**{name: last[name] for name in ("stage", "language") if name in last})


def my_pledges(user: User | AnonymousUser, *, at: datetime) -> list[MyPledge]:
    """All pledges to which a person's stakeholders are parties at ``at``, by stakeholder and reference.

    Published or not: the parties of a pledge see it. The number of queries does not depend on the number of
    pledges.
    """
    return _find(user, at=at)


def get_my_pledge(user: User | AnonymousUser, reference: str, *, at: datetime) -> MyPledge:
    """One of them by its reference. Raises Http404 for everybody else, staff included."""
    if not REFERENCE_FORM.fullmatch(reference):
        raise Http404
    found = _find(user, at=at, reference=reference)
    if not found:
        raise Http404
    return found[0]


def get_my_round(user: User | AnonymousUser, uuid: UUID, *, at: datetime) -> tuple[UpdateRound, MyPledge]:
    """A submitted round of one of a person's pledges. Raises Http404 for everybody else."""
    rounds = UpdateRound.objects.select_related("update__pledge", "update__stakeholder", "submitted_by")
    found = rounds.filter(uuid=uuid).first()
    if found is None:
        raise Http404
    return found, get_my_pledge(user, found.update.pledge.reference, at=at)


def roles_by_stakeholder(user: User | AnonymousUser, *, at: datetime) -> dict[Stakeholder, Membership.Role]:
    """A person's highest role for each stakeholder; roles for a merged one count for what it was merged into."""
    return _roles(user, at=at, merged=merges())


def reporter_at(pledge: Pledge, *, at: datetime) -> Stakeholder:
    """Who reports on a pledge at ``at``. The pledge must have a party that is an entity."""
    merged = merges()
    return Stakeholder.objects.get(pk=_reporter_key(pledge, _handed_over(open_windows(at)), merged))


def _roles(user: User | AnonymousUser, *, at: datetime, merged: dict[int, int]) -> dict[Stakeholder, Membership.Role]:
    roles: dict[int, Membership.Role] = {}
    for membership in open_memberships(user, at=at):
        key, role = survivor(membership.stakeholder_id, merged), Role(membership.role)
        if key not in roles or outranks(role, roles[key]):
            roles[key] = role
    stakeholders = Stakeholder.objects.filter(pk__in=roles).order_by("name", "pk")
    return {stakeholder: roles[stakeholder.pk] for stakeholder in stakeholders}


def _find(user: User | AnonymousUser, *, at: datetime, reference: str | None = None) -> list[MyPledge]:
    merged = merges()
    roles = {each.pk: (each, role) for each, role in _roles(user, at=at, merged=merged).items()}
    if not roles:
        return []
    handed_over = _handed_over(open_windows(at))
    own = [key for key in {*roles, *merged} if survivor(key, merged) in roles]
    pledges = _with_all_that_is_shown(own, [key for key, to in handed_over.items() if to in own])
    if reference is not None:
        pledges = pledges.filter(reference=reference)
    reporters = {pledge.pk: _reporter_key(pledge, handed_over, merged) for pledge in pledges}
    names = Stakeholder.objects.in_bulk(set(reporters.values()))
    found = [_as_mine(pledge, roles, names[reporters[pledge.pk]], merged, at) for pledge in pledges]
    return sorted(found, key=lambda each: (each.stakeholder.name, each.stakeholder.pk, each.pledge.reference))


def _handed_over(windows: list[UpdateWindow]) -> dict[int, int]:
    """Stakeholders to whom pledges are handed over; of several open windows the one that closes first counts."""
    rows = Handover.objects.filter(window__in=windows).values_list("window_id", "pledge_id", "stakeholder_id")
    order = {window.pk: place for place, window in enumerate(windows)}
    return {pledge: to for _window, pledge, to in sorted(rows, key=lambda row: order[row[0]], reverse=True)}


def _with_all_that_is_shown(stakeholders: list[int], handed_over: list[int]) -> QuerySet[Pledge]:
    as_party = PledgeParty.objects.filter(stakeholder__in=stakeholders, version__valid_until=None)
    open_versions = PledgeVersion.objects.filter(valid_until=None).prefetch_related(
        "parties__stakeholder", "host_countries"
    )
    updates = ProgressUpdate.objects.latest_first().select_related("saved_by").prefetch_related("rounds")
    return (
        Pledge.objects.filter(Q(pk__in=as_party.values("version__pledge")) | Q(pk__in=handed_over))
        .select_related("occasion")
        .prefetch_related(
            Prefetch("versions", queryset=open_versions),
            Prefetch("updates", queryset=updates),
            "confirmations",
        )
    )


def _reporter_key(pledge: Pledge, handed_over: dict[int, int], merged: dict[int, int]) -> int:
    """Who reports: whoever has submitted the open update, else the holder of the hand-over, else the lead."""
    # Parties come with the lead first.
    entities = [party.stakeholder_id for party in pledge.current.parties.all() if party.stakeholder_id]
    in_review = next((each for each in pledge.updates.all() if each.is_open and each.first_submitted_at), None)
    if in_review and in_review.stakeholder_id in entities:
        return survivor(in_review.stakeholder_id, merged)
    return survivor(handed_over.get(pledge.pk) or entities[0], merged)


def _as_mine(
    pledge: Pledge,
    roles: dict[int, tuple[Stakeholder, Membership.Role]],
    reporter: Stakeholder,
    merged: dict[int, int],
    at: datetime,
) -> MyPledge:
    """Seen through the reporting stakeholder if that is one of the person's, else through the first partner."""
    parties = [survivor(each.stakeholder_id, merged) for each in pledge.current.parties.all() if each.stakeholder_id]
    key = next(key for key in (reporter.pk, *parties) if key in roles)
    stakeholder, role = roles[key]
    accepted = (each for each in pledge.updates.all() if _counts(each, at))
    return MyPledge(
        pledge=pledge,
        version=pledge.current,
        stakeholder=stakeholder,
        reporter=reporter,
        role=role,
        last_accepted=next(accepted, None),
    )


def _counts(update: ProgressUpdate, at: datetime) -> bool:
    """Whether an update is published at ``at``: the same rule as ``accepted_as_of``."""
    accepted, revoked = update.accepted_at, update.revoked_at
    return accepted is not None and accepted <= at and (revoked is None or revoked > at)
