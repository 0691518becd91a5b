"""People, the stakeholders they report for, and the countries of the world."""

from accounts.models.invitations import ContactRequest, Invitation
from accounts.models.people import Country, User
from accounts.models.stakeholders import (
    Membership,
    MembershipQuerySet,
    Stakeholder,
    StakeholderQuerySet,
)

__all__ = [
    "ContactRequest",
    "Country",
    "Invitation",
    "Membership",
    "MembershipQuerySet",
    "Stakeholder",
    "StakeholderQuerySet",
    "User",
]
