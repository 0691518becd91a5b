"""Who may act for whom. Every room to the right asks here."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from accounts.models import Membership, MembershipQuerySet, Stakeholder, StakeholderQuerySet, User

# From the role that may least to the one that may most.
_RANK = {Membership.Role.READER: 0, Membership.Role.CONTRIBUTOR: 1, Membership.Role.FOCAL_POINT: 2}
WRITERS = (Membership.Role.FOCAL_POINT, Membership.Role.CONTRIBUTOR)


def open_memberships(user: User | AnonymousUser, *, at: datetime) -> MembershipQuerySet:
    """A person's roles that hold at ``at``, each with its stakeholder; none for strangers and the deactivated."""
    if not isinstance(user, User) or user.pk is None or not user.is_active:
        return Membership.objects.none()
    return Membership.objects.open_at(at).filter(user=user).select_related("stakeholder")


def stakeholders_of(user: User | AnonymousUser, *, at: datetime) -> StakeholderQuerySet:
    """The stakeholders for which a person has any role at ``at``, each once."""
    return Stakeholder.objects.filter(pk__in=open_memberships(user, at=at).values("stakeholder"))


def focal_points_of(stakeholder: Stakeholder, *, at: datetime) -> QuerySet[User]:
    """The active people who report for a stakeholder at ``at``, each once."""
    holders = Membership.objects.open_at(at).filter(stakeholder=stakeholder, role=Membership.Role.FOCAL_POINT)
    return User.objects.filter(pk__in=holders.values("user"), is_active=True)


def role_for(user: User | AnonymousUser, stakeholder: Stakeholder, *, at: datetime) -> Membership.Role | None:
    """What a person may do for a stakeholder at ``at``, None when nothing; of two roles the higher."""
    roles = open_memberships(user, at=at).filter(stakeholder=stakeholder).values_list("role", flat=True)
    return max((Membership.Role(role) for role in roles), key=_RANK.__getitem__, default=None)


def outranks(role: str, other: str) -> bool:
    """Whether ``role`` may more than ``other``."""
    return _RANK[Membership.Role(role)] > _RANK[Membership.Role(other)]


def mailboxes_of(stakeholder: Stakeholder, *, at: datetime) -> dict[str, str]:
    """Where news about a stakeholder's people goes, each address with the language of its mails.

    The focal points, and the institutional mailbox that outlives them.
    """
    mailboxes = dict(focal_points_of(stakeholder, at=at).values_list("email", "language"))
    if stakeholder.institutional_mailbox:
        mailboxes.setdefault(stakeholder.institutional_mailbox.lower(), stakeholder.language)
    return mailboxes
