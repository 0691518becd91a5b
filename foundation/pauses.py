"""What people hold on purpose: all mail that can wait, or the mail of one campaign. Codes to log in always go out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from foundation import history, outbox_control
from foundation.models import OutgoingMail, Pause
from foundation.text import clean_line


@dataclass(frozen=True)
class Campaign:
    """The mails that are paused together: the name that they carry, and what people call it."""

    name: str
    title: str


@transaction.atomic
def pause(*, at: datetime, actor: AbstractBaseUser | None, reason: str, of: Campaign | None = None) -> bool:
    """Holds all mail that can wait, or that ``of`` one campaign, made and yet to be made; whether it was not held.

    Raises ValueError without a reason: whoever comes next must know why nothing goes out.
    """
    said = clean_line(reason, at_most=300)
    if not said:
        raise ValueError(_("Please say why the mail is paused."))
    facts = {"paused_at": at, "paused_by_id": actor.pk if actor else None, "reason": said}
    if of:
        facts["title"] = of.title
    _row, won = Pause.objects.get_or_create(campaign=_name(of), defaults=facts)
    if won:
        _record("campaign held" if of else "mail paused", of, at=at, actor=actor, reason=said)
    return won


@transaction.atomic
def pause_all_for(reason: str, *, at: datetime) -> None:
    """Holds all mail that can wait. If it is held already, whoever resumes reads of this reason first."""
    if pause(at=at, actor=None, reason=reason):
        return
    held = Pause.objects.select_for_update().get(campaign="")
    held.reason = clean_line(f"{reason} {held.reason}", at_most=300)
    held.save(update_fields=["reason"])
    _record("mail paused", None, at=at, actor=None, reason=held.reason)


@transaction.atomic
def resume(*, at: datetime, actor: AbstractBaseUser | None, of: Campaign | None = None) -> bool:
    """Lets mail go out again, all or that ``of`` one campaign; whether it was paused.

    With all mail, a mail server that had failed is tried at once, and with the mails that it had refused for now. That
    costs none of them a try: who wants to know whether the server works again may ask often.
    """
    won = Pause.objects.filter(campaign=_name(of)).delete()[0] == 1
    if not of:
        outbox_control.forget_failures()
        _refused_for_now(at).update(not_before=at, attempts=Greatest(F("attempts") - 1, 0))
    if won:
        _record("campaign released" if of else "mail resumed", of, at=at, actor=actor)
    return won


def paused(of: Campaign | None = None) -> Pause | None:
    """The pause of all mail, or ``of`` one campaign alone: who, since when and why. None when there is none."""
    return Pause.objects.filter(campaign=_name(of)).select_related("paused_by").first()


def held_among(mails: models.QuerySet[OutgoingMail]) -> models.QuerySet[OutgoingMail]:
    """Those of the mails that a pause holds, or would hold if they waited."""
    of_the_mail = Pause.objects.filter(campaign__in=["", models.OuterRef("campaign")])
    return mails.filter(models.Exists(of_the_mail)).exclude(priority=OutgoingMail.Priority.NOW)


def free_among(mails: models.QuerySet[OutgoingMail]) -> models.QuerySet[OutgoingMail]:
    """The others: those that wait for no person."""
    return mails.exclude(pk__in=held_among(mails).values("pk"))


def what_is_paused() -> list[str]:
    """A line for each pause, since when and why."""
    return [
        f"Paused since {one.paused_at:%Y-%m-%d %H:%M} UTC: {one} ({one.reason})."
        for one in Pause.objects.order_by("paused_at")
    ]


def _refused_for_now(at: datetime) -> models.QuerySet[OutgoingMail]:
    """Those that wait for a later try; without what may have arrived, for which there is a time to wait."""
    return OutgoingMail.objects.filter(
        state=OutgoingMail.State.DUE, not_before__gt=at, expires_at__gt=at, unknown_outcomes=0
    )


def _name(of: Campaign | None) -> str:
    return of.name if of else ""


def _record(verb: str, of: Campaign | None, *, at: datetime, actor: AbstractBaseUser | None, **facts: Any) -> None:
    changes = ({"campaign": of.title} if of else {}) | facts
    history.record(at=at, actor=actor, verb=verb, subject=outbox_control.control(), changes=changes)
