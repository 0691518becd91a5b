"""manage.py reminders"""

import re
import sys
from argparse import ArgumentParser, FileType
from datetime import datetime
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError

from foundation import heartbeats, outbox, pauses, restored
from foundation.clock import now
from foundation.line import Tally
from foundation.models import OutgoingMail
from foundation.progress_bar import ProgressBar
from foundation.reconcile import mark_sent_by_message_id
from foundation.standard_input import tolerant_stdin
from pledges import reminder_plan
from pledges.models import UpdateWindow
from pledges.pipeline import faults

_MESSAGE_ID = re.compile(r"<[^<>\s]+@[^<>\s]+>")


class Command(BaseCommand):
    """What the worker and the beat do, by hand or from cron, without Celery and without Redis."""

    help = "Checks, plans and sends reminders without the worker; pauses and resumes all mail but login codes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One word for each thing that can be done."""
        words = parser.add_subparsers(dest="word", required=True)
        words.add_parser("check", help="says what is late or stuck; fails if anything is, for use in cron")
        words.add_parser("plan", help="makes the reminders that are due")
        words.add_parser("drain", help="sends what is due")
        pause = words.add_parser("pause", help="holds all mail but login codes")
        pause.add_argument("--reason", required=True, help="for whoever comes next")
        resume = words.add_parser("resume", help="lets mail go out again")
        for word in (pause, resume):
            word.add_argument("--window", type=int, help="only the reminders of the window of this number")
        reconcile = words.add_parser(
            "reconcile", help="after a restore: plans, then marks as sent what a mail log names"
        )
        reconcile.add_argument("log", type=_log, help="the log, or - for standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        """Does what the word says."""
        getattr(self, f"_{options['word']}")(now(), options)

    def _check(self, at: datetime, options: dict[str, Any]) -> None:
        restored.pause_after_restore(at=at)
        self._tell_what_is_paused()
        found = faults(at)
        if found:
            raise CommandError("\n".join(f"{name}: {fault}" for name, fault in found.items()))
        self.stdout.write("Plan, drain and outbox are in order.")

    def _plan(self, at: datetime, options: dict[str, Any]) -> None:
        result = reminder_plan.plan(at=at, progress=ProgressBar(sys.stderr, label="planned "))
        heartbeats.beat(reminder_plan.HEARTBEAT, at=at, note=str(result))
        self.stdout.write(f"Reminders: {result}.")

    def _drain(self, at: datetime, options: dict[str, Any]) -> None:
        waiting = OutgoingMail.objects.filter(state=OutgoingMail.State.DUE, not_before__lte=at).count()
        bar = ProgressBar(sys.stderr, label="handled ")

        def progress(tally: Tally) -> None:
            bar(min(tally.touched, waiting), waiting)

        tally = outbox.drain_all(at=at, clock=now, progress=progress)
        self._tell_what_is_paused()
        if tally.stopped:
            raise CommandError(f"{tally}. The mail server cannot be used; the mails wait for the next run.")
        heartbeats.beat(outbox.HEARTBEAT, at=now(), note=str(tally))
        self.stdout.write(f"Outbox: {tally}.")

    def _tell_what_is_paused(self) -> None:
        for line in pauses.what_is_paused():
            self.stdout.write(line)

    def _tell_of_a_restore(self, at: datetime) -> None:
        """Whoever resumes or compares before the first drain has to know that the database is another."""
        if restored.pause_after_restore(at=at):
            self._tell_what_is_paused()

    def _pause(self, at: datetime, options: dict[str, Any]) -> None:
        window = _window(options["window"])
        try:
            done = pauses.pause(at=at, actor=None, reason=options["reason"], of=window.campaign if window else None)
        except ValueError as error:
            raise CommandError(str(error)) from error
        what = f"Paused the reminders of {window}." if window else "Paused. Login codes still go out."
        self.stdout.write(what if done else "It was paused already.")

    def _resume(self, at: datetime, options: dict[str, Any]) -> None:
        self._tell_of_a_restore(at)
        window = _window(options["window"])
        done = pauses.resume(at=at, actor=None, of=window.campaign if window else None)
        not_paused = "It was not paused." if window else "It was not paused. What waits is tried at the next drain."
        self.stdout.write("Resumed." if done else not_paused)

    def _reconcile(self, at: datetime, options: dict[str, Any]) -> None:
        with options["log"] as log:
            found = {match for line in log for match in _MESSAGE_ID.findall(line)}
        self._tell_of_a_restore(at)
        # A backup may hold mails in the hands of workers that are no more.
        outbox.reap(at=at)
        # First, so that the plan does not take what was sent for something that told nobody.
        marked = mark_sent_by_message_id(found, at=at)
        # A reminder that was made after the backup is missing here: made anew it has the same Message-ID, and
        # made only later it would go out twice.
        self._plan(at, options)
        marked += mark_sent_by_message_id(found, at=at)
        self.stdout.write(f"{len(found)} Message-IDs in the log; {marked} mails marked as sent.")


def _window(number: int | None) -> UpdateWindow | None:
    if number is None:
        return None
    window = UpdateWindow.objects.select_related("cycle").filter(pk=number).first()
    if window is None:
        told = "; ".join(f"{one.pk} is {one}" for one in UpdateWindow.objects.select_related("cycle").order_by("pk"))
        raise CommandError(f"There is no window {number}. {told or 'There is none at all.'}")
    return window


def _log(name: str) -> IO[str]:
    # argparse's own type gives standard input for "-" as it is, which stops at the first byte that is no UTF-8.
    return tolerant_stdin() if name == "-" else FileType("r", errors="replace")(name)
