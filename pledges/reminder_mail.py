"""What a reminder says, written when it goes out, and whether it may still go out then."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from foundation.delivery import Refusal
from foundation.mail import Content, absolute_reverse
from foundation.mail_text import render_mail
from foundation.models import OutgoingMail
from foundation.resend import first_of
from foundation.text import clean_line
from pledges import not_me
from pledges.models import PledgeVersion, ProgressUpdate, Reminder, Stage
from pledges.reminder_wording import Wording, filled, tell_staff, wording_for
from pledges.reminders import Case, Why, due_rules, is_due, judge, superseding_rule
from pledges.stop_link import address_for

State = OutgoingMail.State
# A digest stays short; all of them stand on the reader's own page.
LINES_AT_MOST = 20
# Nobody wants these; the other reasons mean that the mail is no longer asked for.
_UNWANTED = (Why.STOPPED, Why.ADDRESS_FAILED)


@dataclass(frozen=True)
class Line:
    """A pledge as the mail names it."""

    reference: str
    title: str
    stage: str
    updated_at: datetime | None
    # An update from before the window may still wait for review: nothing can be done about it then.
    is_in_review: bool


def prepare(mail: OutgoingMail, at: datetime) -> Content | Refusal:
    """The text of a reminder that is about to go out at ``at``, or why it must not go out any more."""
    reminder = _reminder_of(mail)
    if reminder is None:
        # Made for a mailbox that had the reminder already under another person's name.
        return Refusal(State.SKIPPED, _("this mailbox was reminded already"))
    reason = _too_late(reminder, mail, at)
    if reason:
        return Refusal(State.SKIPPED, reason)
    case = next(iter(judge(reminder.rule, at=at, only=reminder.user)), None)
    if case is None:
        return Refusal(State.SKIPPED, _("no pledge of this person is asked for any more"))
    if case.why != Why.MAIL:
        return Refusal(State.SUPPRESSED if case.why in _UNWANTED else State.SKIPPED, str(case.why.label))
    wording = wording_for(reminder.rule, case.user.language)
    tell_staff(wording, reminder.rule, at=at)
    return write(case, at=at, wording=wording)


def objection_to_resend(mail: OutgoingMail) -> str:
    """Why a reminder is not to be sent again: its reader wants none, or has another. Else staff decide."""
    reminder = _reminder_of(mail)
    if reminder is None:
        return _("Another reminder was made in its place.")
    return _("This person asked for no more reminders.") if reminder.user.reminders_stopped_at else ""


def write(case: Case, *, at: datetime, language: str = "", wording: Wording | None = None) -> Content:
    """The reminder about the case's pledges as they stand at ``at``, in the reader's language unless told otherwise.

    ``wording`` takes the place of the saved one.
    """
    language = language or case.user.language
    with translation.override(language):
        stop_address = address_for(case.user)
        context = _context(case, at=at, stop_address=stop_address)
        context |= _own_words(wording or wording_for(case.rule, language), context)
    content = render_mail("reminder", context, language=language)
    return Content(
        subject=content.subject,
        text=content.text,
        html=content.html,
        headers={"List-Unsubscribe": f"<{stop_address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )


def _reminder_of(mail: OutgoingMail) -> Reminder | None:
    """What the mail, or the one that it is a resend of, was made for."""
    return Reminder.objects.filter(mail=first_of(mail)).select_related("rule__window__cycle", "user").first()


def _too_late(reminder: Reminder, mail: OutgoingMail, at: datetime) -> str:
    rule = reminder.rule
    if not is_due(rule, at):
        return _("the reminder rule or its window was switched off, moved or is over")
    if superseding_rule(rule, due_rules(at)) is not None:
        return str(Why.SUPERSEDED.label)
    if clean_line(reminder.user.email).lower() != mail.address.lower():
        return _("the person has another address now")
    return ""


def _own_words(wording: Wording, context: dict[str, Any]) -> dict[str, str]:
    values = {
        "cycle": str(context["cycle"]),
        "first_day": date_format(context["opens_on"], "j F"),
        "last_day": date_format(context["closes_on"], "j F Y"),
        "zone": context["zone"],
        "days_left": str(context["days_left"]),
        "number": str(context["number"]),
        "name": context["name"],
    }
    return {"own_subject": clean_line(filled(wording.subject, values)), "own_intro": filled(wording.intro, values)}


def _context(case: Case, *, at: datetime, stop_address: str) -> dict[str, Any]:
    window = case.rule.window
    return {
        "name": clean_line(case.user.name),
        "cycle": window.cycle,
        "opens_on": window.opens_on,
        "closes_on": window.closes_on,
        "zone": window.cycle.zone,
        "days_left": (window.closes_on - at.astimezone(window.cycle.zoneinfo).date()).days,
        "number": len(case.pledges),
        "lines": lines_of(case.pledges[:LINES_AT_MOST], at=at),
        "more": max(0, len(case.pledges) - LINES_AT_MOST),
        "my_address": absolute_reverse("pledges:my"),
        "not_me_address": not_me.address_for(case.user),
        "stop_address": stop_address,
        "at": at,
    }


def lines_of(references: tuple[str, ...], *, at: datetime) -> list[Line]:
    """The pledges with their latest accepted update at ``at``, by reference, in two queries."""
    in_review = ProgressUpdate.objects.filter(pledge=OuterRef("pledge"), state=ProgressUpdate.State.SUBMITTED)
    versions = PledgeVersion.objects.filter(valid_until=None, pledge__reference__in=references)
    versions = versions.annotate(is_in_review=Exists(in_review))
    updates = ProgressUpdate.objects.accepted_as_of(at).filter(pledge__reference__in=references)
    latest: dict[str, ProgressUpdate] = {}
    for update in updates.latest_first().select_related("pledge"):
        latest.setdefault(update.pledge.reference, update)
    return [
        _line(version, latest.get(version.pledge.reference))
        for version in versions.select_related("pledge").order_by("pledge__reference")
    ]


def _line(version: Any, update: ProgressUpdate | None) -> Line:
    return Line(
        reference=version.pledge.reference,
        title=clean_line(version.title),
        stage=str(Stage(update.stage).label) if update else "",
        updated_at=update.first_submitted_at if update else None,
        is_in_review=version.is_in_review,
    )
