"""The mails of this room: invitations, and news about who reports for a stakeholder."""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.models import Invitation, Membership, Stakeholder, User
from foundation.mail import absolute_reverse, enqueue
from foundation.mail_text import render_mail
from foundation.outbox import send_soon

NEWS_LASTS = timedelta(days=7)


def send_invitation(invitation: Invitation, *, at: datetime, copy: int = 0) -> None:
    """Mails the link; each ``copy`` is a mail of its own. Useless once the invitation has expired."""
    mail = enqueue(
        dedupe_key=f"invitation-{invitation.uuid}-{copy}",
        purpose="invitation",
        address=invitation.address,
        language=invitation.language,
        content=render_mail(
            "invitation",
            {
                **_names(invitation.stakeholder, invitation.role),
                "name": invitation.name,
                "url": absolute_reverse("invitation", invitation.uuid),
                "expires_at": invitation.expires_at,
            },
            language=invitation.language,
        ),
        at=at,
        lasts=invitation.expires_at - at,
    )
    send_soon(mail, at=at)


def tell_that_somebody_joined(membership: Membership, mailboxes: Mapping[str, str], *, at: datetime) -> None:
    """Tells the colleagues and the institutional mailbox."""
    _tell("member_joined", membership, mailboxes, at=at)


def tell_that_somebody_left(membership: Membership, mailboxes: Mapping[str, str], *, at: datetime) -> None:
    """Tells those who stay and the institutional mailbox."""
    _tell("member_left", membership, mailboxes, at=at)


def tell_that_the_address_changed(*, old: str, new: str, language: str, key: str, at: datetime) -> None:
    """Tells the old address, so that a change that nobody asked for is noticed."""
    content = render_mail("address_changed", {"new": new, "contact_email": settings.CONTACT_EMAIL}, language=language)
    enqueue(
        dedupe_key=f"address-changed-{key}",
        purpose="address-changed",
        address=old,
        language=language,
        content=content,
        at=at,
        lasts=NEWS_LASTS,
    )


def tell_that_the_second_factor_is_gone(user: User, *, at: datetime) -> None:
    """Tells the person whose second factor a colleague took away."""
    template = "second_factor_deactivated"
    content = render_mail(template, {"at": at, "contact_email": settings.CONTACT_EMAIL}, language=user.language)
    enqueue(
        dedupe_key=f"{template}-{uuid.uuid4()}",
        purpose=template.replace("_", "-"),
        address=user.email,
        language=user.language,
        content=content,
        at=at,
        lasts=NEWS_LASTS,
    )


def _tell(template: str, membership: Membership, mailboxes: Mapping[str, str], *, at: datetime) -> None:
    for address, language in mailboxes.items():
        context = {**_names(membership.stakeholder, membership.role), "person": str(membership.user)}
        enqueue(
            dedupe_key=f"{template}-{membership.pk}-{_short(address)}",
            purpose=template.replace("_", "-"),
            address=address,
            language=language,
            content=render_mail(template, context, language=language),
            at=at,
            lasts=NEWS_LASTS,
        )


def _names(stakeholder: Stakeholder, role: str) -> dict[str, Any]:
    return {
        "stakeholder": stakeholder.name,
        "role": Membership.Role(role).label,
        "contact_email": settings.CONTACT_EMAIL,
    }


def _short(address: str) -> str:
    """Stands for an address in a key, which has less room than an address may need."""
    return hashlib.sha256(address.lower().encode()).hexdigest()[:16]
