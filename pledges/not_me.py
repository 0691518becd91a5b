"""“I am no longer the focal point”: a signed link in each reminder. It changes nothing but that staff are asked."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db import transaction

from accounts import contacts
from accounts.access import open_memberships
from accounts.models import ContactRequest, Membership, Stakeholder, User
from foundation.mail import absolute_reverse

# Another salt than the stop link's: one can do nothing of the other.
_signer = Signer(sep=".", salt="pledges.not_me")
_REASON = ContactRequest.Reason.NOT_ME


def token_for(user: User) -> str:
    """A token that names the person and can do nothing but ask staff to look for somebody else."""
    return _signer.sign(user.uuid.hex)


def user_of(token: str) -> User | None:
    """The person whom a token names, None for one that we did not make."""
    try:
        return User.objects.filter(uuid=_signer.unsign(token)).first()
    except (BadSignature, ValidationError):
        return None


def address_for(user: User) -> str:
    """The full address of the person's page."""
    return absolute_reverse("pledges:not_me", token_for(user))


def reports_for(user: User, *, at: datetime) -> list[Stakeholder]:
    """The stakeholders for which the person is focal point at ``at``, by name."""
    roles = open_memberships(user, at=at).filter(role=Membership.Role.FOCAL_POINT)
    return [role.stakeholder for role in roles.order_by("stakeholder__name", "stakeholder")]


def said_already(user: User) -> set[int]:
    """The keys of the stakeholders of which the person has said so and staff have not answered yet."""
    open_requests = ContactRequest.objects.filter(user=user, reason=_REASON, closed_at=None)
    return set(open_requests.values_list("stakeholder", flat=True))


@transaction.atomic
def say_so(*, at: datetime, user: User, stakeholders: list[Stakeholder], words: str = "") -> None:
    """Asks staff once for each stakeholder; again changes nothing."""
    for stakeholder in stakeholders:
        contacts.ask(at=at, actor=user, user=user, stakeholder=stakeholder, reason=_REASON, words=words)
