"""Who can be reached for a stakeholder: addresses that fail, and requests to staff to look for somebody."""

from datetime import datetime

from django.db import transaction

from accounts import mails
from accounts.access import mailboxes_of, open_memberships
from accounts.models import ContactRequest, Stakeholder, User
from foundation import history
from foundation.text import clean_text

WORDS_AT_MOST = 1000


@transaction.atomic
def ask(
    *, at: datetime, actor: User | None, user: User, stakeholder: Stakeholder, reason: str, words: str = ""
) -> ContactRequest:
    """Asks staff to look for somebody who reports for a stakeholder; asked again, the open request is returned.

    ``user`` is the person whom the request is about. Changes nothing but that; staff are told by mail.
    """
    request, is_new = ContactRequest.objects.get_or_create(
        stakeholder=stakeholder,
        user=user,
        reason=reason,
        closed_at=None,
        defaults={"created_at": at, "words": clean_text(words)[:WORDS_AT_MOST]},
    )
    if is_new:
        changes = {"person": user.email, "reason": reason}
        history.record(at=at, actor=actor, verb="contact asked for", subject=stakeholder, changes=changes)
        mails.tell_staff_of_a_contact_request(request, at=at)
    return request


@transaction.atomic
def close(*, at: datetime, actor: User, request: ContactRequest) -> bool:
    """Notes that a request is done; whether it was open."""
    done = ContactRequest.objects.filter(pk=request.pk, closed_at=None).update(
        closed_at=max(at, request.created_at), closed_by=actor
    )
    if done:
        changes = {"person": request.user.email, "reason": request.reason}
        history.record(at=at, actor=actor, verb="contact request done", subject=request.stakeholder, changes=changes)
    return bool(done)


def settle(
    stakeholder: Stakeholder, *, reason: str, at: datetime, user: User | None = None, by: User | None = None
) -> None:
    """Closes what a change of roles has answered, inside the caller's transaction, whose history says it."""
    answered = ContactRequest.objects.filter(stakeholder=stakeholder, reason=reason, closed_at=None, created_at__lte=at)
    if user is not None:
        answered = answered.filter(user=user)
    answered.update(closed_at=at, closed_by=by)


def note_refused_address(address: str, at: datetime) -> None:
    """Marks the person behind an address that a mail server refused for good; the first time counts."""
    for user in User.objects.filter(email=address.lower(), address_failed_at=None):
        mark_address_failed(at=at, actor=None, user=user)


@transaction.atomic
def mark_address_failed(*, at: datetime, actor: User | None, user: User) -> bool:
    """Notes that mail does not reach a person, and tells the colleagues and institutional mailboxes once.

    Whether it was not known.
    """
    if not User.objects.filter(pk=user.pk, address_failed_at=None).update(address_failed_at=at):
        return False
    history.record(at=at, actor=actor, verb="address failed", subject=user, changes={"address": user.email})
    for membership in open_memberships(user, at=at):
        told = mailboxes_of(membership.stakeholder, at=at)
        told.pop(user.email, None)
        mails.tell_that_an_address_failed(membership, told, at=at)
    return True


@transaction.atomic
def mark_address_working(*, at: datetime, actor: User | None, user: User) -> bool:
    """Notes that mail reaches a person again; whether it had failed."""
    if not User.objects.filter(pk=user.pk, address_failed_at__isnull=False).update(address_failed_at=None):
        return False
    history.record(at=at, actor=actor, verb="address works", subject=user, changes={"address": user.email})
    return True
