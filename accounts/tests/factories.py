"""Rows for tests, made plainly: what is not named gets a harmless default."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from accounts.models import Country, Membership, Stakeholder, User

_numbers = count(1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def make_user(email: str = "", **fields: Any) -> User:
    """A person who can log in by code (with the verified address that allauth asks for)."""
    from allauth.account.models import EmailAddress

    user = User.objects.create_user(email or f"person-{next(_numbers)}@example.org", **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def make_stakeholder(name: str = "", **fields: Any) -> Stakeholder:
    """A public NGO unless said otherwise."""
    number = next(_numbers)
    fields.setdefault("slug", f"stakeholder-{number}")
    fields.setdefault("kind", Stakeholder.Kind.CIVIL_SOCIETY)
    return Stakeholder.objects.create(name=name or f"Stakeholder {number}", **fields)


def make_membership(
    user: User, stakeholder: Stakeholder, role: str = Membership.Role.FOCAL_POINT, **fields: Any
) -> Membership:
    """An open membership since 2020."""
    fields.setdefault("begins_at", LONG_AGO)
    return Membership.objects.create(user=user, stakeholder=stakeholder, role=role, **fields)


def make_member(stakeholder: Stakeholder, role: str = Membership.Role.FOCAL_POINT, **fields: Any) -> User:
    """A new person with a role for a stakeholder."""
    user = make_user(**fields)
    make_membership(user, stakeholder, role)
    return user


def make_country(code: str = "CH") -> Country:
    """A country from the data migration."""
    return Country.objects.get(code=code)
