"""The mails of this room: invitations, and news about who reports for a stakeholder."""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.models import ContactRequest, Invitation, Membership, Stakeholder, User
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
                "inviter": _colleague(invitation.invited_by),
                "url": absolute_reverse("invitation", invitation.uuid),
                "expires_at": invitation.expires_at,
            },
            language=invitation.language,
        ),
        at=at,
        lasts=invitation.expires_at - at,
    )
    send_soon(mail, at=at)


def tell_that_somebody_was_invited(invitation: Invitation, mailboxes: Mapping[str, str], *, at: datetime) -> None:
    """Tells the colleagues and the institutional mailbox, but not the one who invited."""
    inviter = invitation.invited_by
    told = {address: language for address, language in mailboxes.items() if inviter is None or address != inviter.email}
    context = {
        "person": _named(invitation.name, invitation.address),
        "by": _colleague(inviter),
        "leaving": str(invitation.hands_over.user) if invitation.hands_over else "",
    }
    _tell("member_invited", invitation.stakeholder, invitation.role, told, key=str(invitation.pk), at=at, **context)


def tell_that_somebody_joined(membership: Membership, mailboxes: Mapping[str, str], *, at: datetime) -> None:
    """Tells the colleagues and the institutional mailbox."""
    _tell_of("member_joined", membership, mailboxes, at=at)


def tell_that_somebody_left(
    membership: Membership, mailboxes: Mapping[str, str], *, actor: User | None, at: datetime
) -> None:
    """Tells those who stay and the institutional mailbox; the person as well, if somebody else ended the role."""
    by_themselves = actor == membership.user
    _tell_of("member_left", membership, mailboxes, at=at, by_themselves=by_themselves, by=_colleague(actor))
    if not by_themselves and membership.user.is_active:
        person = {membership.user.email: membership.user.language}
        _tell_of("role_ended", membership, person, at=at, by=_colleague(actor))


def tell_that_a_role_changed(
    membership: Membership, mailboxes: Mapping[str, str], *, actor: User, at: datetime
) -> None:
    """Tells the person, the colleagues and the institutional mailbox, but not the one who changed it."""
    person = {membership.user.email: membership.user.language}
    told = {address: language for address, language in {**mailboxes, **person}.items() if address != actor.email}
    _tell_of("member_role_changed", membership, told, at=at, by=_colleague(actor))


def tell_that_a_role_was_handed_over(
    membership: Membership, successor: str, mailboxes: Mapping[str, str], *, accepted: bool, at: datetime
) -> None:
    """Tells those who stay, the person and the institutional mailbox; whether the successor has ``accepted`` yet."""
    person = {membership.user.email: membership.user.language}
    context = {"successor": successor, "accepted": accepted}
    _tell_of("member_handed_over", membership, {**mailboxes, **person}, at=at, **context)


def tell_that_an_address_failed(membership: Membership, mailboxes: Mapping[str, str], *, at: datetime) -> None:
    """Tells the colleagues and the institutional mailbox; each failure once."""
    failed = User.objects.values_list("address_failed_at", flat=True).get(pk=membership.user_id)
    key = f"{membership.pk}-{failed:%Y%m%d%H%M%S}"
    context = {"person": str(membership.user)}
    _tell("address_failed", membership.stakeholder, membership.role, mailboxes, key=key, at=at, **context)


def tell_staff_of_a_contact_request(request: ContactRequest, *, at: datetime) -> None:
    """Tells the coordination team, whose list of open requests has it as well."""
    context = {
        "stakeholder": request.stakeholder.name,
        "person": str(request.user),
        "nobody_left": request.reason == ContactRequest.Reason.NOBODY_LEFT,
        "words": request.words,
        "url": absolute_reverse("admin:accounts_contactrequest_changelist"),
    }
    enqueue(
        dedupe_key=f"contact-request-{request.uuid}",
        purpose="contact-request",
        address=settings.CONTACT_EMAIL,
        language=settings.LANGUAGE_CODE,
        content=render_mail("contact_request", context, language=settings.LANGUAGE_CODE),
        at=at,
        lasts=NEWS_LASTS,
    )


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


def _tell_of(
    template: str, membership: Membership, mailboxes: Mapping[str, str], *, at: datetime, **context: Any
) -> None:
    context["person"] = str(membership.user)
    _tell(template, membership.stakeholder, membership.role, mailboxes, key=str(membership.pk), at=at, **context)


def _tell(
    template: str,
    stakeholder: Stakeholder,
    role: str,
    mailboxes: Mapping[str, str],
    *,
    key: str,
    at: datetime,
    **context: Any,
) -> None:
    """One mail to each; the same ``key`` again sends nothing."""
    for address, language in mailboxes.items():
        enqueue(
            dedupe_key=f"{template}-{key}-{_short(address)}",
            purpose=template.replace("_", "-"),
            address=address,
            language=language,
            content=render_mail(template, {**_names(stakeholder, role), **context}, language=language),
            at=at,
            lasts=NEWS_LASTS,
        )


def _colleague(actor: User | None) -> str:
    """Who did it, to be named to colleagues; empty for staff and for the portal itself, who sign as UNHCR."""
    return "" if actor is None or actor.is_staff else str(actor)


def _named(name: str, address: str) -> str:
    return f"{name} <{address}>" if name else address


def _names(stakeholder: Stakeholder, role: str) -> dict[str, Any]:
    return {
        "stakeholder": stakeholder.name,
        "role": Membership.Role(role).label,
        "contact_email": settings.CONTACT_EMAIL,
    }


def _short(address: str) -> str:
    """Stands for an address in a key, which has less room than an address may need."""
    return hashlib.sha256(address.lower().encode()).hexdigest()[:16]
