"""Joining two entries that mean one stakeholder. What lies in the rooms to the right is moved by handlers of theirs."""

from collections import Counter
from datetime import datetime
from typing import Protocol

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import outranks
from accounts.models import ContactRequest, Invitation, Membership, Stakeholder, User
from foundation import history


class MergeHandler(Protocol):
    """What a room does when two stakeholders become one: a module with these two functions is one."""

    def count(self, stakeholder: Stakeholder) -> dict[str, int]:
        """How much would move, by what it is called in the plural."""

    def move(self, *, at: datetime, duplicate: Stakeholder, into: Stakeholder) -> None:
        """Moves it, inside the caller's transaction."""


_handlers: list[MergeHandler] = []


def register_merge(handler: MergeHandler) -> None:
    """Lets a room to the right take part; once, however often it is called."""
    if handler not in _handlers:
        _handlers.append(handler)


def what_would_move(duplicate: Stakeholder) -> dict[str, int]:
    """How much hangs on an entry, by name, for the page that asks before it is merged."""
    counts = Counter(
        {
            _("roles of people"): duplicate.memberships.count(),
            _("invitations"): duplicate.invitations.count(),
            _("entries merged before"): duplicate.merged.count(),
        }
    )
    for handler in _handlers:
        counts.update(handler.count(duplicate))
    return dict(counts)


@transaction.atomic
def merge_stakeholders(*, at: datetime, actor: User | None, duplicate: Stakeholder, into: Stakeholder) -> None:
    """Moves all that hangs on ``duplicate`` to ``into``; the duplicate stays as a row that points there.

    Raises ValidationError with a sentence for the reader when the two cannot become one.
    """
    rows = {row.pk: row for row in _locked(duplicate, into)}
    duplicate, into = rows[duplicate.pk], rows[into.pk]
    _refuse_if_impossible(duplicate, into)
    _move_memberships(duplicate, into, at=at)
    _move_invitations(duplicate, into, at=at)
    _move_contact_requests(duplicate, into, at=at)
    for handler in _handlers:
        handler.move(at=at, duplicate=duplicate, into=into)
    duplicate.merged.update(merged_into=into)
    if not into.institutional_mailbox:
        into.institutional_mailbox = duplicate.institutional_mailbox
        into.save(update_fields=["institutional_mailbox"])
    duplicate.merged_into = into
    duplicate.save(update_fields=["merged_into"])
    history.record(at=at, actor=actor, verb="merged", subject=duplicate, changes={"into": into.slug})
    history.record(at=at, actor=actor, verb="took over", subject=into, changes={"duplicate": duplicate.slug})


def _locked(*stakeholders: Stakeholder) -> list[Stakeholder]:
    """The rows as they are now, locked in one order so that two merges cannot wait for each other."""
    pks = [stakeholder.pk for stakeholder in stakeholders]
    return list(Stakeholder.objects.select_for_update().filter(pk__in=pks).order_by("pk"))


def _refuse_if_impossible(duplicate: Stakeholder, into: Stakeholder) -> None:
    if duplicate == into:
        raise ValidationError(_("Choose two different entries."))
    if duplicate.merged_into_id or into.merged_into_id:
        raise ValidationError(_("One of the two was merged before. Reload the list and choose again."))
    if duplicate.is_sample != into.is_sample:
        raise ValidationError(_("A sample and a real entity cannot become one."))


def _move_memberships(duplicate: Stakeholder, into: Stakeholder, *, at: datetime) -> None:
    """Who has a role at both keeps the higher one; the other ends, and both stay on record."""
    held = {membership.user_id: membership for membership in into.memberships.filter(ends_at=None)}
    for moving in duplicate.memberships.filter(ends_at=None):
        there = held.get(moving.user_id)
        if there:
            lesser = there if outranks(moving.role, there.role) else moving
            Membership.objects.filter(pk=lesser.pk).update(ends_at=max(at, lesser.begins_at))
    duplicate.memberships.update(stakeholder=into)


def _move_invitations(duplicate: Stakeholder, into: Stakeholder, *, at: datetime) -> None:
    pending = {"accepted_at": None, "revoked_at": None}
    invited = {address.lower() for address in into.invitations.filter(**pending).values_list("address", flat=True)}
    doubles = [row.pk for row in duplicate.invitations.filter(**pending) if row.address.lower() in invited]
    Invitation.objects.filter(pk__in=doubles).update(revoked_at=at)
    duplicate.invitations.update(stakeholder=into)


def _move_contact_requests(duplicate: Stakeholder, into: Stakeholder, *, at: datetime) -> None:
    """Of two open requests that say the same, one is enough."""
    asked = set(into.contact_requests.filter(closed_at=None).values_list("user", "reason"))
    for request in duplicate.contact_requests.filter(closed_at=None):
        if (request.user_id, request.reason) in asked:
            ContactRequest.objects.filter(pk=request.pk).update(closed_at=max(at, request.created_at))
    duplicate.contact_requests.update(stakeholder=into)
