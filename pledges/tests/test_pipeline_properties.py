"""Plan and drain in any order, any number of times, killed at any step: at most one mail a key, nobody forgotten.

A "kill" is an exception that nothing in the product catches, raised at a chosen step; whatever had been committed
stays. Mails go to a real mail server, which keeps what it took.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.tests.factories import make_member, make_stakeholder
from foundation import delivery, outbox
from foundation.mail import message_id_for
from foundation.models import OutgoingMail
from foundation.tests.sink import Sink, smtp_sink
from pledges import reminder_plan
from pledges.models import Reminder
from pledges.tests.factories import make_pledge, make_rule, make_update, make_window

pytestmark = pytest.mark.django_db
State = OutgoingMail.State
OPENING = datetime(2021, 10, 1, 7, tzinfo=UTC)
RUNS, STEPS = 500, 10


class Killed(BaseException):
    """The process is gone; no handler for errors sees it."""


# The steps between which a process can die, as functions of the module that looks them up by name.
STEPS_OF_DRAIN: list[tuple[object, str]] = [
    (outbox, "reap"),
    (outbox, "claim"),
    (delivery, "_prepared"),
    (delivery, "mark_sending"),
    (delivery, "mark_sent"),
]


@contextmanager
def killed_at(module: object, name: str, *, call: int, before: bool) -> Iterator[None]:
    """Kills the process before or after the n-th call of a step."""
    original: Callable[..., object] = getattr(module, name)
    calls = 0

    def step(*args: object, **kwargs: object) -> object:
        nonlocal calls
        calls += 1
        if before and calls == call:
            raise Killed
        result = original(*args, **kwargs)
        if calls == call:
            raise Killed
        return result

    setattr(module, name, step)
    try:
        yield
    except Killed:
        pass
    finally:
        setattr(module, name, original)


class Pipeline(RuleBasedStateMachine):
    """People with a pledge each, a rule that is due, and whatever may happen to plan and drain."""

    sink: Sink

    @initialize(people=st.integers(1, 4))
    def begin(self, people: int) -> None:
        """Everybody is asked; nobody has been told."""
        self.sink.messages.clear()
        self.at = OPENING
        self.kills_after_sending = 0
        self.responded: set[str] = set()
        self.window = make_window()
        make_rule(self.window)
        self.pledges = {}
        for _number in range(people):
            stakeholder = make_stakeholder()
            address = make_member(stakeholder).email
            self.pledges[address] = make_pledge(stakeholder)

    @rule()
    def plan(self) -> None:
        """The hourly tick."""
        reminder_plan.plan(at=self.at)

    @rule(before=st.booleans())
    def plan_killed(self, before: bool) -> None:
        """The tick dies around its transaction."""
        with killed_at(reminder_plan, "_make", call=1, before=before):
            reminder_plan.plan(at=self.at)

    @rule()
    def plan_killed_inside(self) -> None:
        """The tick dies after the mails were inserted and before the reminders were: neither stays."""
        with killed_at(reminder_plan, "enqueue_all", call=1, before=False):
            reminder_plan.plan(at=self.at)

    @rule(batch=st.integers(1, 3))
    def drain(self, batch: int) -> None:
        """The minutely tick."""
        outbox.drain(at=self.at, limit=batch)

    @rule(step=st.sampled_from(STEPS_OF_DRAIN), call=st.integers(1, 3), before=st.booleans())
    def drain_killed(self, step: tuple[object, str], call: int, before: bool) -> None:
        """The tick dies; if a mail had been handed over, its mark is lost."""
        sent_before, marked_before = len(self.sink.messages), self.marked()
        with killed_at(*step, call=call, before=before):
            outbox.drain_all(at=self.at)
        self.kills_after_sending += len(self.sink.messages) - sent_before - (self.marked() - marked_before)

    @rule(minutes=st.sampled_from([1, 16, 60]))
    def time_passes(self, minutes: int) -> None:
        """At most two days in all, so that the rule stays due."""
        self.at = min(self.at + timedelta(minutes=minutes), OPENING + timedelta(days=2))

    @precondition(lambda self: len(self.responded) < len(self.pledges))
    @rule(data=st.data())
    def somebody_responds(self, data: st.DataObject) -> None:
        """Whoever reports before the mail goes out needs none."""
        address = data.draw(st.sampled_from(sorted(set(self.pledges) - self.responded)))
        make_update(self.pledges[address], "submitted", at=self.at)
        self.responded.add(address)

    @rule(hour=st.sampled_from([9, 10, 11]))
    def staff_move_the_rule(self, hour: int) -> None:
        """What waits is skipped if that is later than now, and told then."""
        self.window.rules.update(at_time=time(hour))

    def marked(self) -> int:
        """How many mails are marked as sent."""
        return OutgoingMail.objects.filter(state=State.SENT).count()

    @invariant()
    def one_row_a_person(self) -> None:
        """The ledger never holds two intents, nor an intent without its mail."""
        reminders = Counter(Reminder.objects.values_list("address", flat=True))
        assert set(reminders.values()) <= {1}
        assert Reminder.objects.filter(mail__isnull=False).count() == len(reminders)
        replaced = OutgoingMail.objects.filter(reminder=None)
        assert set(replaced.values_list("state", "unknown_outcomes")) <= {(State.SKIPPED, 0)}

    @invariant()
    def copies_are_counted_and_carry_one_message_id(self) -> None:
        """More than one copy only where a process died between the server's yes and the mark."""
        copies = Counter(self.sink.recipients)
        assert sum(copies.values()) - len(copies) <= self.kills_after_sending
        ids = {(message["To"], message["Message-ID"]) for message in self.sink.messages}
        assert len(ids) == len(copies)

    @invariant()
    def what_is_marked_was_delivered(self) -> None:
        """Nothing counts as sent that never left."""
        marked = set(OutgoingMail.objects.filter(state=State.SENT).values_list("address", flat=True))
        assert marked <= set(self.sink.recipients)

    def teardown(self) -> None:
        """Left alone, the ticks bring everything to an end: whoever owed an answer was told or is accounted for."""
        self.at = max(self.at, OPENING + timedelta(hours=2))
        for _tick in range(4):
            self.at += timedelta(minutes=16)
            reminder_plan.plan(at=self.at)
            outbox.drain_all(at=self.at)
        self.copies_are_counted_and_carry_one_message_id()
        told = set(self.sink.recipients)
        rows = {reminder.address: reminder.mail for reminder in Reminder.objects.select_related("mail")}
        assert {mail.state for mail in rows.values()} <= {State.SENT, State.SKIPPED, State.FAILED}
        for address in self.pledges:
            row = rows.get(address)
            if address in self.responded:
                assert row is None or row.state != State.DUE
            else:
                assert row is not None
                assert row.state == State.SENT or "unknown" in row.reply
                assert address in told or "unknown" in row.reply
                assert row.message_id == message_id_for(row.dedupe_key)


class InTransaction(Pipeline):
    """Each run has the tables for itself."""

    def __init__(self) -> None:
        super().__init__()
        self.tables = transaction.atomic()
        self.tables.__enter__()

    def teardown(self) -> None:
        """Undoes whatever the run wrote, also where it failed."""
        try:
            super().teardown()
        finally:
            transaction.set_rollback(True)
            self.tables.__exit__(None, None, None)


def run_many(runs: int) -> None:
    """Looks for an order of steps that breaks a promise; the mail server is one for all runs."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    chosen = settings(
        max_examples=runs,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=checks,
        report_multiple_bugs=False,
    )
    with smtp_sink() as sink, override_settings(MAIL_LEASE=timedelta(0)):
        Pipeline.sink = sink
        run_state_machine_as_test(InTransaction, settings=chosen)


def test_any_order_of_plan_and_drain_with_any_kills_tells_everybody_once() -> None:
    run_many(RUNS)


def test_negative_control_without_the_mark_somebody_is_told_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "mark_sent", lambda accepted: False)
    with pytest.raises(AssertionError):
        run_many(50)
