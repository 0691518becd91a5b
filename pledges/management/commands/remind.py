"""manage.py remind"""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from foundation import heartbeats, outbox
from foundation.clock import now
from pledges import reminder_plan
from pledges.models import ReminderRule
from pledges.reminder_preview import next_after
from pledges.reminders import Case, Why, look
from pledges.window_file import YEARS


class Command(BaseCommand):
    """Says who is reminded of what and why others are not, and does it unless --dry-run is given."""

    help = "Makes and sends the reminders that are due, after listing who gets what and why others do not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The moment, and how much is done."""
        parser.add_argument(
            "--at", type=_moment, metavar="MOMENT", help="for example 2021-05-01T09:00+02:00; without it, now"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument("--no-send", action="store_true", help="make the reminders, but leave sending to the tick")

    def handle(self, *args: Any, **options: Any) -> None:
        """Lists, then plans, then sends."""
        at: datetime = options["at"] or now()
        if options["at"] and not options["dry_run"] and not settings.QUICK_START:
            # The outbox holds more than reminders: at another moment their mails would go out or expire wrongly.
            raise CommandError("Outside the quick start mails go out for the present only: add --dry-run to --at.")
        self._list(look(at), at)
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was written and nothing was sent.")
            return
        result = reminder_plan.plan(at=at)
        heartbeats.beat(reminder_plan.HEARTBEAT, at=at, note=str(result))
        self.stdout.write(f"Reminders: {result}.")
        if not options["no_send"]:
            self._send(at)

    def _list(self, cases: list[Case], at: datetime) -> None:
        self.stdout.write(f"Reminders at {at.isoformat(timespec='minutes')}")
        if not cases:
            self.stdout.write("No reminder is due: no rule's moment has come, or nobody is asked for anything.")
            self._say_next(at)
        for rule, of_rule in groupby(cases, key=lambda case: case.rule):
            self._list_rule(rule, list(of_rule))

    def _say_next(self, at: datetime) -> None:
        rule = next_after(at)
        if rule is not None:
            self.stdout.write(f"The next is “{rule.name}”: add --at {rule.moment.isoformat(timespec='minutes')}")

    def _list_rule(self, rule: ReminderRule, cases: list[Case]) -> None:
        local = rule.moment.isoformat(sep=" ", timespec="minutes")
        self.stdout.write(f"\n{rule} ({local} {rule.window.cycle.zone})")
        for case in sorted(cases, key=lambda case: case.why != Why.MAIL):
            what = ", ".join(case.pledges) if case.why == Why.MAIL else f"no: {case.why.label}"
            self.stdout.write(f"  {case.address:<40} {what}")
        mailed = sum(case.why == Why.MAIL for case in cases)
        self.stdout.write(f"  {len(cases)} focal points: {mailed} mailed, {len(cases) - mailed} not")

    def _send(self, at: datetime) -> None:
        total = outbox.drain_all(at=at)
        self.stdout.write(f"Outbox: {total}.")
        if total.stopped:
            raise CommandError("The mail server cannot be used; the mails wait and the next run sends them.")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"“{text}” is no moment; write it like 2021-05-01T09:00+02:00") from error
    if moment.tzinfo is None:
        raise ArgumentTypeError(f"“{text}” says no offset; write it like 2021-05-01T09:00+02:00")
    if moment.year not in YEARS:
        raise ArgumentTypeError(f"“{text}”: check the year")
    return moment
