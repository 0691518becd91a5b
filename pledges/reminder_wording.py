"""The words that staff give to reminders: plain text with names in braces from a closed list.

They are checked when they are saved and once more when a mail is written, for a row can come from elsewhere. What
cannot be used falls back to the wider wording and at last to the built-in text: no mail waits for it.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from foundation import history
from foundation.mail import absolute_reverse, enqueue
from foundation.mail_text import render_mail
from foundation.text import clean_line, clean_text
from pledges.models import ReminderRule, ReminderWording, UpdateWindow
from pledges.models.wording import INTRO_AT_MOST, SUBJECT_AT_MOST

logger = logging.getLogger(__name__)

_TOLD_FOR = timedelta(days=3)

PLACEHOLDERS = {
    "cycle": gettext_lazy("the meeting"),
    "first_day": gettext_lazy("first day of the window"),
    "last_day": gettext_lazy("last day of the window"),
    "zone": gettext_lazy("time zone of these days"),
    "days_left": gettext_lazy("days that are left, in numbers"),
    "number": gettext_lazy("number of pledges without an answer"),
    "name": gettext_lazy("name of the reader; may be empty"),
}
_IN_BRACES = re.compile(r"\{([a-z_]*)\}")
_ADDRESS = re.compile(r"://|\bwww\.|\bmailto:", re.IGNORECASE)


class WordingError(ValueError):
    """Why a wording cannot be used, as a sentence for staff."""


@dataclass(frozen=True)
class Wording:
    """Subject and opening as templates; what is empty is built in. ``problems`` says what had to be left out."""

    subject: str = ""
    intro: str = ""
    problems: dict[str, str] = field(default_factory=dict)


BUILT_IN = Wording()


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its names filled in. Raises WordingError for anything that is not on the list."""
    rest = _IN_BRACES.sub("", template)
    if "{" in rest or "}" in rest:
        raise WordingError(_("Write braces only around a name of the list, such as {last_day}."))
    unknown = [name for name in _IN_BRACES.findall(template) if name not in PLACEHOLDERS]
    if unknown:
        raise WordingError(_("“{%(name)s}” is not on the list of names.") % {"name": unknown[0]})
    if "<" in template or ">" in template:
        raise WordingError(_("Write plain text without < and >: the mail is made ready for reading by itself."))
    if _ADDRESS.search(template):
        raise WordingError(_("Leave links out: the mail has the right ones already."))
    return _IN_BRACES.sub(lambda found: clean_line(values[found[1]]), template)


def check(template: str) -> None:
    """Raises WordingError for a template that could not be filled."""
    filled(template, dict.fromkeys(PLACEHOLDERS, "x"))


def wording_for(rule: ReminderRule, language: str) -> Wording:
    """What a mail of the rule says in a language: the rule's wording before its window's before that of all."""
    rows = ReminderWording.objects.filter(
        Q(rule=rule) | Q(window=rule.window_id) | Q(window=None, rule=None), language=language
    )
    return _chosen(sorted(rows, key=lambda row: (row.rule_id is None, row.window_id is None)))


def with_draft(rule: ReminderRule, language: str, draft: ReminderWording) -> Wording:
    """The same as if ``draft``, which is not saved, stood in the place that it is meant for."""
    rows = ReminderWording.objects.filter(
        Q(rule=rule) | Q(window=rule.window_id) | Q(window=None, rule=None), language=language
    ).exclude(window=draft.window_id, rule=draft.rule_id)
    return _chosen(sorted([*rows, draft], key=lambda row: (row.rule_id is None, row.window_id is None)))


def _chosen(rows: list[ReminderWording]) -> Wording:
    chosen: dict[str, str] = {}
    problems: dict[str, str] = {}
    for row in rows:
        for name in ("subject", "intro"):
            template = as_kept(name, getattr(row, name))
            if not template or name in chosen:
                continue
            try:
                check(template)
            except WordingError as error:
                problems[f"{row.uuid}-{name}"] = f"{row}: {error}"
            else:
                chosen[name] = template
    return Wording(**chosen, problems=problems)


def as_kept(name: str, text: str) -> str:
    """A subject or an intro as it is stored and filled in; what is checked must be this, not what was typed."""
    return clean_line(text, at_most=SUBJECT_AT_MOST) if name == "subject" else clean_text(text)[:INTRO_AT_MOST]


@transaction.atomic
def save_wording(
    *,
    at: datetime,
    actor: User,
    language: str,
    window: UpdateWindow | None,
    rule: ReminderRule | None,
    subject: str,
    intro: str,
) -> ReminderWording:
    """Puts a wording in its place; empty texts bring the wider wording back.

    Raises WordingError for what cannot be used. What was said before stands in the history.
    """
    texts = {"subject": as_kept("subject", subject), "intro": as_kept("intro", intro)}
    for template in texts.values():
        check(template)
    row, _is_new = ReminderWording.objects.select_for_update().get_or_create(
        language=language, window=window, rule=rule, defaults={"changed_at": at, "changed_by": actor}
    )
    changes = {name: [getattr(row, name), text] for name, text in texts.items() if getattr(row, name) != text}
    if changes:
        ReminderWording.objects.filter(pk=row.pk).update(**texts, changed_at=at, changed_by=actor)
        row.refresh_from_db()
        history.record(at=at, actor=actor, verb="wording changed", subject=row, changes=changes)
    return row


def tell_staff(wording: Wording, rule: ReminderRule, *, at: datetime) -> None:
    """Tells the coordination team, once for each wording and text of it that cannot be used and each day."""
    for key, problem in wording.problems.items():
        logger.error("a wording of reminders cannot be used: %s", problem)
        url = absolute_reverse("admin:pledges_updatewindow_wording", rule.window_id)
        enqueue(
            dedupe_key=f"wording-{key}-{at:%Y%m%d}",
            purpose="wording",
            address=settings.CONTACT_EMAIL,
            language=settings.LANGUAGE_CODE,
            content=render_mail("wording_unusable", {"problem": problem, "url": url}, language=settings.LANGUAGE_CODE),
            at=at,
            lasts=_TOLD_FOR,
        )
