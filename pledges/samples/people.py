"""Who plays in the samples."""

from datetime import UTC, datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group

from accounts.models import Membership, Stakeholder, User
from accounts.roles import EDITORS, REVIEWERS, set_up_roles

BEGINS_AT = datetime(2020, 1, 1, tzinfo=UTC)
DOMAIN = "sample.example"
NETWORK, REPUBLIC, CITY, TRUST = (
    "sample-relief-network",
    "sample-republic",
    "sample-city",
    "sample-partner-foundation",
)
_KINDS = Stakeholder.Kind
_STAKEHOLDERS = {
    NETWORK: ("Sample Relief Network", _KINDS.CIVIL_SOCIETY),
    REPUBLIC: ("Sample Republic", _KINDS.STATE),
    CITY: ("Sample City", _KINDS.CITY),
    TRUST: ("Sample Partner Foundation", _KINDS.FOUNDATION),
}
_ROLES = Membership.Role
# Sample City has nobody: that is how a pledge looks whose reminders reach no one.
_PEOPLE = {
    "focal.point": ("Sample Focal Point", {NETWORK: _ROLES.FOCAL_POINT, REPUBLIC: _ROLES.FOCAL_POINT}),
    "contributor": ("Sample Contributor", {NETWORK: _ROLES.CONTRIBUTOR}),
    "reader": ("Sample Reader", {NETWORK: _ROLES.READER}),
    "partner": ("Sample Partner", {TRUST: _ROLES.FOCAL_POINT}),
}
_STAFF = {"editor": ("Sample Editor", [EDITORS]), "reviewer": ("Sample Reviewer", [EDITORS, REVIEWERS])}


def add_stakeholders() -> int:
    """Adds those that are not here yet; how many."""
    added = 0
    for slug, (name, kind) in _STAKEHOLDERS.items():
        fields = {"name": name, "kind": kind, "is_sample": True, "institutional_mailbox": f"{slug}@{DOMAIN}"}
        added += Stakeholder.objects.get_or_create(slug=slug, defaults=fields)[1]
    return added


def add_people() -> int:
    """Adds those that are not here yet, with their roles; how many."""
    set_up_roles()
    reporters = [_add_person(local_part, name, roles=roles) for local_part, (name, roles) in _PEOPLE.items()]
    staff = [_add_person(local_part, name, groups=groups) for local_part, (name, groups) in _STAFF.items()]
    return sum([*reporters, *staff])


def _add_person(
    local_part: str, name: str, *, roles: dict[str, Membership.Role] | None = None, groups: list[str] | None = None
) -> bool:
    email = f"{local_part}@{DOMAIN}"
    if User.objects.filter(email=email).exists():
        return False
    user = User.objects.create_user(email, name=name, is_staff=bool(groups))
    user.groups.set(Group.objects.filter(name__in=groups or []))
    EmailAddress.objects.get_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    for slug, role in (roles or {}).items():
        stakeholder = Stakeholder.objects.get(slug=slug)
        Membership.objects.create(user=user, stakeholder=stakeholder, role=role, begins_at=BEGINS_AT)
    return True
