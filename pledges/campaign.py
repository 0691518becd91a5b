"""How the reminders of one window fare, rule by rule: for staff, to read. Every sum adds up to who was due."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, TextChoices
from django.utils.translation import gettext_lazy as _

from foundation.models import OutgoingMail
from pledges.models import Reminder, ReminderRule, UpdateWindow
from pledges.reminder_preview import Preview, next_rule, preview, rules_of
from pledges.reminders import Silence, Why, due_until, is_due, is_over, moment_of, silence_of

State = OutgoingMail.State


class Fate(TextChoices):
    """What became of a planned reminder; each has exactly one of these."""

    SENT = "sent", _("sent")
    WAITING = "waiting", _("waiting")
    FAILED = "failed", _("failed")
    SKIPPED = "skipped", _("skipped: no longer asked")
    EXPIRED = "expired", _("expired: too late")
    SUPPRESSED = "suppressed", _("suppressed: not wanted")
    SUPERSEDED = "superseded", _("superseded by a later one")


# These are looked for even where there are none; the others get a column once they happen.
_ALWAYS_SHOWN = (Fate.SENT, Fate.WAITING, Fate.FAILED)
_AN_INSTANT = timedelta(microseconds=1)
_WAITING = (State.DUE, *OutgoingMail.IN_FLIGHT)


@dataclass(frozen=True)
class Figures:
    """So many were due; of them some are not planned yet, some never were, and each planned one has a fate."""

    not_planned: int = 0
    fates: dict[str, int] = field(default_factory=dict)
    missed: int = 0

    @property
    def planned(self) -> int:
        """The reminders that are written down."""
        return sum(self.fates.values())

    @property
    def due(self) -> int:
        """All whom the rule is or was to tell, planned or not."""
        return self.unplanned + self.planned

    @property
    def unplanned(self) -> int:
        """Those who are not written down, whether it is too late for that or not."""
        return self.not_planned + self.missed

    @property
    def done(self) -> int:
        """Those of whom nothing more is to come."""
        return self.planned - self.fates.get(Fate.WAITING, 0)

    def numbers(self, fates: Iterable[Fate]) -> list[tuple[str, int]]:
        """How many have each of the fates, by its name."""
        return [(str(fate.label), self.fates.get(fate, 0)) for fate in fates]


@dataclass(frozen=True)
class RuleRow:
    """One rule of the campaign."""

    rule: ReminderRule
    moment: datetime | None
    silence: Silence | None
    is_due: bool
    figures: Figures


@dataclass(frozen=True)
class Campaign:
    """All of a window's rules by moment, their sum, and what the rule does that is due or comes next."""

    rows: list[RuleRow]
    total: Figures
    seen: Preview | None
    # How many mails "send now" would make, and for which rules.
    to_make: int

    @property
    def due_rules(self) -> list[ReminderRule]:
        """The rules that are due."""
        return [row.rule for row in self.rows if row.is_due]

    @property
    def lines(self) -> list[tuple[RuleRow, list[tuple[str, int]]]]:
        """Each rule with the columns that the table has; the columns of a rule add up to what is planned."""
        return [(row, row.figures.numbers(self._shown)) for row in self.rows]

    @property
    def sums(self) -> list[tuple[str, int]]:
        """The same columns for all rules together."""
        return self.total.numbers(self._shown)

    @property
    def _shown(self) -> list[Fate]:
        return [fate for fate in Fate if fate in _ALWAYS_SHOWN or self.total.fates.get(fate)]


def campaign_of(window: UpdateWindow, *, at: datetime) -> Campaign:
    """Everything that the campaign page counts; a rule that is due costs more queries than one that is not."""
    rules = rules_of(window)
    following = next_rule(window, at=at)
    seen = preview(following, at=at) if following else None
    due = [rule for rule in rules if is_due(rule, at)]
    previews = {rule.pk: seen if seen and rule == seen.rule else preview(rule, at=at) for rule in due}
    fates = _fates(window)
    missed = {rule.pk: _missed(rule) for rule in rules if is_over(rule, at) and not _was_planned(rule)}
    rows = [_row(rule, previews.get(rule.pk), fates.get(rule.pk, {}), missed.get(rule.pk, 0)) for rule in rules]
    rows.sort(key=lambda row: (row.moment is None, row.moment, row.rule.pk))
    to_make = sum(_count(seen_now, Why.MAIL) for seen_now in previews.values())
    return Campaign(rows=rows, total=_sum(row.figures for row in rows), seen=seen, to_make=to_make)


def _fates(window: UpdateWindow) -> dict[int, dict[str, int]]:
    """The planned reminders of each rule by fate, in one query."""
    counted = (
        Reminder.objects.filter(rule__window=window)
        .order_by()
        .values_list("rule", "mail__state")
        .annotate(number=Count("pk"))
    )
    found: dict[int, dict[str, int]] = {}
    for rule, state, number in counted:
        fate = _fate(state)
        of_rule = found.setdefault(rule, {})
        of_rule[fate] = of_rule.get(fate, 0) + number
    return found


def _fate(state: str | None) -> str:
    if state is None:
        return Fate.SUPERSEDED
    return Fate.WAITING if state in _WAITING else Fate(state)


def _was_planned(rule: ReminderRule) -> bool:
    """Whether a plan came to its end since the moment of the rule, so that whoever was due then is written down."""
    return rule.planned_at is not None and rule.planned_at >= rule.moment


def _missed(rule: ReminderRule) -> int:
    """Whom a rule that is over would have told at its last instant, as far as is known today, and never planned to."""
    seen = preview(rule, at=due_until(rule) - _AN_INSTANT)
    return sum(case.why == Why.MAIL and not case.in_vain for case in seen.cases)


def _row(rule: ReminderRule, seen: Preview | None, fates: dict[str, int], missed: int) -> RuleRow:
    figures = Figures(_not_planned(seen), fates, missed)
    return RuleRow(rule, moment_of(rule), silence_of(rule), seen is not None, figures)


def _not_planned(seen: Preview | None) -> int:
    """How many are to be written down, without those in whose place a reminder with its fate stands so far."""
    to_make = [case for case in seen.cases if case.is_to_be_made] if seen else []
    stand_there = {reminder for case in to_make for reminder in case.in_vain}
    return max(0, len(to_make) - len(stand_there))


def _count(seen: Preview | None, why: Why) -> int:
    return sum(case.why == why for case in seen.cases) if seen else 0


def _sum(figures: Iterable[Figures]) -> Figures:
    not_planned, missed, fates = 0, 0, {}  # type: int, int, dict[str, int]
    for one in figures:
        not_planned += one.not_planned
        missed += one.missed
        for fate, number in one.fates.items():
            fates[fate] = fates.get(fate, 0) + number
    return Figures(not_planned, fates, missed)
