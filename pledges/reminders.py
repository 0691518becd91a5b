"""Who is to be reminded, and why others are not: computed from rows and a moment, nothing is written."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from pledges.models import Pledge, Reminder, ReminderRule
from pledges.windows import asked_in, merges, reporters_of, responded_in, survivor

logger = logging.getLogger(__name__)

# After this a reminder would say something that is no longer true ("three days left").
USEFUL_FOR = timedelta(days=3)
# No zone is further from UTC than this, so a window's local days lie within a day of the UTC days.
_A_DAY = timedelta(days=1)


class Why(TextChoices):
    """What becomes of one focal point for one rule, in the order in which the answers are looked for."""

    MAIL = "mail", _("gets a mail")
    SUPERSEDED = "superseded", _("a later reminder of this window is due as well")
    ALREADY = "already", _("has this reminder already, sent or waiting")
    SAME_MAILBOX = "same-mailbox", _("this mailbox has the reminder already")
    INACTIVE = "inactive", _("the account is switched off")
    ENDED = "ended", _("is no longer focal point")
    JOINED_LATER = "joined-later", _("became focal point after the moment of this reminder")
    RESPONDED = "responded", _("has responded for every pledge")
    STOPPED = "stopped", _("asked for no more reminders")
    ADDRESS_FAILED = "address-failed", _("a mail server refused the address")


class Silence(TextChoices):
    """Why a rule says nothing, whatever the day."""

    RULE_OFF = "rule-off", _("this rule is switched off")
    WINDOW_OFF = "window-off", _("the reminders of this window are switched off")
    OUTSIDE = "outside", _("its moment does not lie in the window")
    LOOKS_BACK = "looks-back", _("its moment lay before it was made or the reminders were switched on")


@dataclass(frozen=True)
class Case:
    """One focal point of one rule, with the references of the pledges that have not responded."""

    rule: ReminderRule
    user: User
    pledges: tuple[str, ...]
    why: Why
    # Reminders of the rule that stand for this person or mailbox and told nobody.
    in_vain: tuple[int, ...] = ()

    @property
    def address(self) -> str:
        """The mailbox, in the spelling in which mailboxes are compared."""
        return self.user.email.lower()

    @property
    def is_to_be_made(self) -> bool:
        """Whether a reminder is missing: one that is to tell, or the note that a later one does."""
        return self.why == Why.MAIL or (self.why == Why.SUPERSEDED and not self.in_vain)


@dataclass(frozen=True)
class _Asked:
    """An asked pledge, and whether it was answered for in the window."""

    reference: str
    has_responded: bool


class _Made(NamedTuple):
    """A reminder that is written down."""

    rule: int
    reminder: int
    user: int
    address: str
    is_in_vain: bool


def look(at: datetime) -> list[Case]:
    """Every focal point of an asked pledge, for every rule that is due at ``at``; each person once a rule."""
    rules = due_rules(at)
    return [case for rule in rules for case in look_at(rule, rules, at=at)]


def look_at(rule: ReminderRule, due: Iterable[ReminderRule], *, at: datetime) -> list[Case]:
    """The same for one rule, as if it were due at ``at`` beside the ``due`` ones."""
    is_superseded = superseding_rule(rule, due) is not None
    told = _Told.of(rule, at=at)
    return [told.judge(case, is_superseded=is_superseded) for case in judge(rule, at=at)]


def due(at: datetime) -> list[Case]:
    """The reminders that are to be made at ``at``: those to be mailed, and those that a later one supersedes."""
    return [case for case in look(at) if case.is_to_be_made]


def not_due(at: datetime) -> list[Case]:
    """The focal points of asked pledges who get nothing more for a rule that is due, each with the reason."""
    return [case for case in look(at) if not case.is_to_be_made]


def due_rules(at: datetime) -> list[ReminderRule]:
    """The rules that are due at ``at``, by moment."""
    day = at.date()
    rules = ReminderRule.objects.filter(
        enabled=True,
        window__activated_at__isnull=False,
        window__opens_on__lte=day + _A_DAY,
        window__closes_on__gte=day - _A_DAY,
    ).select_related("window__cycle")
    return sorted((rule for rule in rules if is_due(rule, at)), key=_order)


def is_due(rule: ReminderRule, at: datetime) -> bool:
    """Whether the rule's moment has come and is not over (ruling 3)."""
    return silence_of(rule) is None and rule.moment <= at < due_until(rule)


def is_over(rule: ReminderRule, at: datetime) -> bool:
    """Whether it is too late for what the rule was to say."""
    return silence_of(rule) is None and at >= due_until(rule)


def silence_of(rule: ReminderRule) -> Silence | None:
    """Why a rule never mails anything, None when it does once its moment has come.

    A rule never looks back: what lies before it was made, or before its window's reminders were switched on,
    stays unsaid. A moment outside the window asks for nothing.
    """
    moment, switched_on = moment_of(rule), rule.window.activated_at
    if not rule.enabled:
        return Silence.RULE_OFF
    if switched_on is None:
        return Silence.WINDOW_OFF
    if moment is None or not rule.window.is_open(moment):
        return Silence.OUTSIDE
    return Silence.LOOKS_BACK if moment < max(rule.created_at, switched_on) else None


def moment_of(rule: ReminderRule) -> datetime | None:
    """The rule's moment, None for an hour that the clocks pass over on that day; the other rules go on."""
    try:
        return rule.moment
    except ValueError:
        logger.warning("reminder rule %s falls into an hour that does not exist", rule.pk)
        return None


def due_until(rule: ReminderRule) -> datetime:
    """The instant from which the rule is too late: three days on, or the end of its window (ruling 3)."""
    return min(rule.moment + USEFUL_FOR, rule.window.ends_at)


def superseding_rule(rule: ReminderRule, rules: Iterable[ReminderRule]) -> ReminderRule | None:
    """The latest of ``rules`` of the same window if that is a later one; all of them must be due."""
    latest = max((other for other in rules if other.window_id == rule.window_id), key=_order, default=rule)
    return latest if _order(latest) > _order(rule) else None


def judge(rule: ReminderRule, *, at: datetime, only: User | None = None) -> list[Case]:
    """What becomes of each focal point of an asked pledge as far as roles, answers and wishes go, by address.

    ``only`` restricts the look to one person and to the pledges of that person's stakeholders.
    """
    merged = merges()
    memberships = _focal_memberships(only)
    asked = _asked(rule, at=at, parties=None if only is None else _family(memberships, merged))
    by_person: dict[User, list[tuple[Membership, list[_Asked]]]] = {}
    for membership in memberships:
        if theirs := asked.get(survivor(membership.stakeholder_id, merged)):
            by_person.setdefault(membership.user, []).append((membership, theirs))
    cases = [_case(rule, user, roles, at=at) for user, roles in by_person.items()]
    return sorted(cases, key=lambda case: (case.address, case.user.pk))


def _order(rule: ReminderRule) -> tuple[datetime, int]:
    return rule.moment, rule.pk


def _focal_memberships(only: User | None) -> list[Membership]:
    memberships = Membership.objects.filter(role=Membership.Role.FOCAL_POINT).select_related("user")
    return list(memberships if only is None else memberships.filter(user=only))


def _family(memberships: Iterable[Membership], merged: dict[int, int]) -> set[int]:
    """The stakeholders of these memberships and all that were merged into them."""
    survivors = {survivor(membership.stakeholder_id, merged) for membership in memberships}
    return survivors | {key for key in merged if survivor(key, merged) in survivors}


def _asked(rule: ReminderRule, *, at: datetime, parties: Collection[int] | None) -> dict[int, list[_Asked]]:
    """The asked pledges by the stakeholder that reports on them."""
    pledges = asked_in(rule.window, before=rule.moment)
    if parties is not None:
        pledges = _with_parties(pledges, parties)
    rows = list(pledges.order_by("reference"))
    reporters = reporters_of(rows, rule.window)
    responded = set(pledges.filter(responded_in(rule.window, as_of=at)).values_list("pk", flat=True))
    by_reporter: dict[int, list[_Asked]] = {}
    for row in rows:
        if row.pk in reporters:
            by_reporter.setdefault(reporters[row.pk].pk, []).append(_Asked(row.reference, row.pk in responded))
    return by_reporter


def _with_parties(pledges: QuerySet[Pledge], parties: Collection[int]) -> QuerySet[Pledge]:
    """Those on which one of the stakeholders might report; ``reporters_of`` then says who does."""
    might = Q(versions__parties__stakeholder__in=parties) | Q(handovers__stakeholder__in=parties)
    return pledges.filter(pk__in=Pledge.objects.filter(might).values("pk"))


def _case(rule: ReminderRule, user: User, roles: list[tuple[Membership, list[_Asked]]], *, at: datetime) -> Case:
    holding = [(membership, asked) for membership, asked in roles if membership.is_open(at)]
    in_time = [(membership, asked) for membership, asked in holding if membership.begins_at <= rule.moment]
    pledges = sorted({row.reference for _role, asked in in_time for row in asked if not row.has_responded})
    answers = [
        (Why.INACTIVE, not user.is_active),
        (Why.JOINED_LATER, not in_time and any(membership.begins_at > rule.moment for membership, _asked in roles)),
        (Why.ENDED, not in_time),
        (Why.RESPONDED, not pledges),
        (Why.STOPPED, user.reminders_stopped_at is not None),
        (Why.ADDRESS_FAILED, user.address_failed_at is not None),
    ]
    return Case(rule, user, tuple(pledges), next((why for why, holds in answers if holds), Why.MAIL))


class _Told:
    """Whom reminders of a rule told already, or are to tell, and for whom they were made in vain."""

    def __init__(self, rule: ReminderRule, made: Iterable[_Made]) -> None:
        self._people: set[int] = set()
        self._mailboxes: set[str] = set()
        self._by_a_later_one: set[int | str] = set()
        self._in_vain: dict[int | str, int] = {}
        for row in made:
            if row.rule == rule.pk and row.is_in_vain:
                self._in_vain |= {row.user: row.reminder, row.address.lower(): row.reminder}
            elif row.rule == rule.pk:
                self._people.add(row.user)
                self._mailboxes.add(row.address.lower())
            elif not row.is_in_vain:
                self._by_a_later_one |= {row.user, row.address.lower()}

    @classmethod
    def of(cls, rule: ReminderRule, *, at: datetime) -> "_Told":
        later = Q(rule__window=rule.window, due_at__gt=rule.moment, due_at__lte=at)
        rows = Reminder.objects.filter(Q(rule=rule) | later).annotate(
            is_in_vain=ExpressionWrapper(Reminder.IN_VAIN, BooleanField())
        )
        return cls(rule, map(_Made._make, rows.values_list("rule", "pk", "user", "address", "is_in_vain")))

    def judge(self, case: Case, *, is_superseded: bool) -> Case:
        """The case with what was done before; a mailbox that is told now counts for those that come after."""
        why = case.why
        if case.user.pk in self._people:
            why = Why.ALREADY
        elif why == Why.MAIL and case.address in self._mailboxes:
            why = Why.SAME_MAILBOX
        elif why == Why.MAIL:
            self._mailboxes.add(case.address)
            # A later reminder may have been switched off since it told them.
            was_told_later = not self._by_a_later_one.isdisjoint({case.user.pk, case.address})
            why = Why.SUPERSEDED if is_superseded or was_told_later else Why.MAIL
        in_vain = {self._in_vain[key] for key in (case.user.pk, case.address) if key in self._in_vain}
        return replace(case, why=why, in_vain=tuple(sorted(in_vain)))
