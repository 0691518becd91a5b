"""The link by which a person stops reminders without logging in, and what it does. Login codes never stop."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db import transaction

from accounts.models import User
from foundation import history
from foundation.mail import absolute_reverse

_signer = Signer(sep=".", salt="pledges.stop_link")


def token_for(user: User) -> str:
    """A token that names the person and can do nothing but stop and start reminders; it does not expire."""
    return _signer.sign(user.uuid.hex)


def user_of(token: str) -> User | None:
    """The person whom a token names, None for one that we did not make."""
    try:
        return User.objects.filter(uuid=_signer.unsign(token)).first()
    except (BadSignature, ValidationError):
        return None


def address_for(user: User) -> str:
    """The full address of the person's page for stopping reminders."""
    return absolute_reverse("pledges:stop_reminders", token_for(user))


@transaction.atomic
def stop(*, at: datetime, user: User) -> None:
    """The person gets no more reminders from now on, those in the outbox included; again changes nothing."""
    if User.objects.filter(pk=user.pk, reminders_stopped_at=None).update(reminders_stopped_at=at):
        history.record(at=at, actor=user, verb="reminders.stopped", subject=user)
    user.refresh_from_db(fields=["reminders_stopped_at"])


@transaction.atomic
def resume(*, at: datetime, user: User) -> None:
    """The person gets reminders again; again changes nothing."""
    if User.objects.filter(pk=user.pk, reminders_stopped_at__isnull=False).update(reminders_stopped_at=None):
        history.record(at=at, actor=user, verb="reminders.resumed", subject=user)
    user.refresh_from_db(fields=["reminders_stopped_at"])
