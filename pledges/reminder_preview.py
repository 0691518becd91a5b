"""What a window's rules will do, before they do it: for staff, to read."""

from collections import Counter
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from pledges.models import ReminderRule, UpdateWindow
from pledges.reminders import Case, Silence, Why, due_until, is_due, look_at, silence_of


@dataclass(frozen=True)
class Preview:
    """A rule with everyone whom it concerns, as things stand; the sums of ``counts`` add up to all of them."""

    rule: ReminderRule
    silence: Silence | None
    is_over: bool
    cases: list[Case]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many have each fate, the most first."""
        return [(str(Why(why).label), count) for why, count in Counter(case.why for case in self.cases).most_common()]

    @property
    def mailed(self) -> int:
        """How many are to get a mail."""
        return sum(case.why == Why.MAIL for case in self.cases)


def preview(rule: ReminderRule, *, at: datetime) -> Preview:
    """What the rule does now if it is due, or what it will do at its moment as things stand at ``at``."""
    silence = silence_of(rule)
    if silence is not None:
        return Preview(rule, silence, is_over=False, cases=[])
    then = max(at, rule.moment)
    if then >= due_until(rule):
        return Preview(rule, None, is_over=True, cases=[])
    beside = [other for other in rules_of(rule.window) if is_due(other, then)]
    return Preview(rule, None, is_over=False, cases=look_at(rule, beside, at=then))


def next_rule(window: UpdateWindow, *, at: datetime) -> ReminderRule | None:
    """The rule that is due, or the one that comes next; else the last one, None without any that speaks."""
    rules = [rule for rule in rules_of(window) if silence_of(rule) is None]
    rules.sort(key=lambda rule: rule.moment)
    due_now = [rule for rule in rules if is_due(rule, at)]
    to_come = [rule for rule in rules if rule.moment > at]
    return next(iter([*due_now[-1:], *to_come, *rules[-1:]]), None)


def next_after(at: datetime) -> ReminderRule | None:
    """The rule of any window whose moment comes next after ``at``, None when all is said."""
    rules = ReminderRule.objects.filter(window__closes_on__gte=at.date() - timedelta(days=1))
    speaking = [rule for rule in rules.select_related("window__cycle") if silence_of(rule) is None]
    return min((rule for rule in speaking if rule.moment > at), key=lambda rule: (rule.moment, rule.pk), default=None)


def as_if_switched_on(window: UpdateWindow, *, at: datetime) -> UpdateWindow:
    """The window as it would be had its reminders been switched on at ``at``; itself if they are on. Saves nothing."""
    if window.activated_at is not None:
        return window
    switched_on = copy(window)
    switched_on.activated_at = at
    return switched_on


def rules_of(window: UpdateWindow) -> list[ReminderRule]:
    """The window's rules, each knowing the window without another query."""
    rules = list(window.rules.all())
    for rule in rules:
        rule.window = window
    return rules
