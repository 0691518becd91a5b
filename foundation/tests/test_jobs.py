"""Jobs: claimed once, with progress that is seen meanwhile, and nothing saved twice."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models.functions import Now

from accounts.tests.factories import make_user
from foundation import jobs
from foundation.models import Heartbeat, HistoryEntry, Job, Stamp
from foundation.progress_bar import ProgressBar
from foundation.tasks import run_jobs

AT = datetime(2021, 5, 1, 9, tzinfo=UTC)
PAST = datetime(2020, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def kind(monkeypatch):
    """Registers a handler for the time of a test; returns the function that does."""
    monkeypatch.setattr(jobs, "_handlers", {})
    monkeypatch.setattr(jobs, "_labels", {})

    def register(handler, name="test"):
        jobs.register(name, handler, label="A test")
        return name

    return register


def ask(kind="test", **report):
    return jobs.ask(at=AT, actor=make_user(), kind=kind, report=report)


def facts(job):
    job.refresh_from_db()
    return job.state, job.progress, job.total, job.report, job.failure


def test_a_job_waits_is_done_and_keeps_its_report(kind):
    def work(work):
        work.say(1, 4)
        return work.job.report | {"sum": 4}

    kind(work)
    job = ask(rows=3)
    assert facts(job) == ("waiting", 0, 0, {"rows": 3}, "")

    (done,) = jobs.run_waiting(at=AT)

    assert facts(job) == ("done", 4, 4, {"rows": 3, "sum": 4}, "")
    assert (done, done.finished_at, done.started_at, done.claim_token) == (job, AT, AT, None)
    assert jobs.run_one(at=AT) is None


def test_the_oldest_goes_first_and_unknown_kinds_wait(kind):
    seen = []
    kind(lambda work: seen.append(work.job.pk) or {})
    other, first, second = ask("unknown"), ask(), ask()

    jobs.run_waiting(at=AT)

    assert seen == [first.pk, second.pk]
    assert facts(other)[0] == "waiting"


def test_a_refusal_is_told_in_its_own_words_and_an_error_in_ours(kind, caplog):
    def refuse(work):
        raise jobs.JobRefusedError("Row 3 was\x00 edited.")

    def break_down(work):
        raise ZeroDivisionError("secret detail")

    kind(refuse, "refuse"), kind(break_down, "break")
    refused, broken = ask("refuse"), ask("break")

    assert [job.state for job in jobs.run_waiting(at=AT)] == ["failed", "failed"]
    assert facts(refused)[4] == "Row 3 was edited."
    assert facts(broken)[4] == (
        "Something went wrong on our side, and nothing was saved. Please tell who runs the portal."
    )
    assert "secret detail" in caplog.text


def lose_the_worker(job, attempts):
    Job.objects.filter(pk=job.pk).update(
        state="running", attempts=attempts, lease_until=PAST, claim_token=job.uuid, started_at=AT
    )


def test_a_lost_lease_is_taken_back_once_and_then_fails(kind):
    kind(lambda work: {})
    once, twice = ask(), ask()
    lose_the_worker(once, 1)
    lose_the_worker(twice, 2)

    assert jobs.reap(at=AT) == 2

    assert facts(once)[0] == "waiting"
    assert facts(twice)[::4] == (
        "failed",
        "The work was broken off twice, and nothing of it was saved. Try once more, or ask who runs the portal.",
    )
    assert [job.pk for job in jobs.run_waiting(at=AT)] == [once.pk]


@pytest.mark.django_db(transaction=True)
def test_work_whose_job_was_taken_from_it_saves_nothing(kind):
    def slow(work):
        with transaction.atomic():
            Stamp.objects.create(name="written")
            # Another worker has taken the job and done it meanwhile.
            Job.objects.filter(pk=work.job.pk).update(claim_token=work.job.uuid)
            work.finish({"by": "slow"})
        return {}

    kind(slow)
    job = ask()

    jobs.run_one(at=AT)

    assert not Stamp.objects.filter(name="written").exists()
    assert facts(job)[3] == {}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_while_the_transaction_runs_and_the_lease_kept(kind, monkeypatch):
    monkeypatch.setattr(jobs, "_SAY_EVERY", 0)
    seen = []

    def look():
        job = Job.objects.get()
        seen.append((job.progress, job.total, Stamp.objects.filter(name="written").exists()))
        connection.close()

    def work(work):
        with transaction.atomic():
            Stamp.objects.create(name="written")
            work.say(2, 5)
            watcher = threading.Thread(target=look)
            watcher.start()
            watcher.join()
            work.finish({})
        return {}

    kind(work)
    job = ask()
    jobs.run_one(at=AT)

    assert seen == [(2, 5, False)]
    assert facts(job)[:3] == ("done", 5, 5)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_progress_tells_a_worker_that_its_job_is_gone(kind, monkeypatch):
    monkeypatch.setattr(jobs, "_SAY_EVERY", 0)

    def work(work):
        Job.objects.filter(pk=work.job.pk).update(claim_token=work.job.uuid)
        with transaction.atomic():
            Stamp.objects.create(name="written")
            work.say(1, 5)
        return {}

    kind(work)
    ask()
    jobs.run_one(at=AT)

    assert not Stamp.objects.filter(name="written").exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_do_each_job_once(kind):
    done = []
    kind(lambda work: done.append(work.job.pk) or {})
    wanted = sorted(ask().pk for _number in range(20))
    barrier = threading.Barrier(8)

    def worker():
        barrier.wait()
        jobs.run_waiting(at=AT)
        connection.close()

    threads = [threading.Thread(target=worker) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Whoever lost a race stopped early; what is left is done by the next tick.
    jobs.run_waiting(at=AT)

    assert sorted(done) == wanted


def test_of_two_who_ask_for_the_next_step_one_gets_it(kind):
    kind(lambda work: {"checked": 1}, "check")
    job, first, second = ask("check"), make_user(), make_user()
    assert not jobs.ask_next(at=AT, actor=first, job=job, kind="save", report={})
    jobs.run_one(at=AT)
    job.refresh_from_db()

    answers = [jobs.ask_next(at=AT, actor=person, job=job, kind="save", report={}) for person in (first, second)]

    job.refresh_from_db()
    assert answers == [True, False]
    assert (job.kind, job.state, job.requested_by, job.attempts) == ("save", "waiting", first, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("inline", "state"), [("off", "waiting"), ("now", "done")])
def test_the_settings_say_whether_the_web_process_does_it(kind, settings, inline, state):
    settings.JOBS_INLINE = inline
    kind(lambda work: {})
    job = ask()

    jobs.run_soon(job, at=AT)

    assert facts(job)[0] == state


@pytest.mark.parametrize(
    ("inline", "state", "minutes", "stuck"),
    [
        ("thread", "waiting", 2, True),
        ("thread", "waiting", 0, False),
        ("thread", "running", 2, True),
        ("off", "waiting", 2, False),
        ("off", "running", 2, False),
    ],
)
def test_without_a_tick_work_whose_process_is_gone_is_known(kind, settings, inline, state, minutes, stuck):
    settings.JOBS_INLINE = inline
    kind(lambda work: {})
    job = ask()
    if state == "running":
        job = jobs.claim(at=AT)
        Job.objects.update(lease_until=Now() - timedelta(minutes=1))

    assert jobs.is_stuck(job, at=AT + timedelta(minutes=minutes)) is stuck


def test_work_that_goes_on_and_what_waits_behind_it_are_not_stuck(kind, settings):
    settings.JOBS_INLINE = "thread"
    kind(lambda work: {})
    ask()
    second = ask()
    first = jobs.claim(at=AT)
    later = AT + timedelta(hours=1)

    assert [jobs.is_stuck(job, at=later) for job in (first, second)] == [False, False]


def test_the_command_and_the_task_do_what_waits(kind, capsys):
    kind(lambda work: work.say(10, 10) or {})
    ask()
    call_command("jobs", "run")
    assert capsys.readouterr().out.splitlines() == ["A test: done.", "1 jobs done."]
    assert Heartbeat.objects.filter(name="jobs").exists()

    job = ask()
    run_jobs(unknown=1)
    assert facts(job)[0] == "done"


def test_the_command_ends_with_an_error_when_a_job_failed(kind, capsys):
    def refuse(work):
        raise jobs.JobRefusedError("No.")

    kind(refuse)
    ask()

    with pytest.raises(CommandError, match="1 jobs ended, 1 of them failed"):
        call_command("jobs", "run")
    assert capsys.readouterr().out.splitlines() == ["A test: failed. No."]
    assert not HistoryEntry.objects.exists()


class Out(list):
    """A stream that keeps what is written."""

    def __init__(self, *, seen):
        self.isatty = lambda: seen

    write = list.append

    def flush(self):
        """Nothing to do."""


def test_a_bar_is_drawn_where_somebody_looks_and_a_line_a_tenth_elsewhere():
    terminal, file = Out(seen=True), Out(seen=False)
    for out in (terminal, file):
        bar = ProgressBar(out)
        for done in range(0, 101, 5):
            bar(done, 100)
        bar(0, 0)

    assert terminal[-1] == f"\r[{'#' * 30}] 100 %, 100 of 100\n"
    assert file[:2] == ["10 %, 10 of 100\n", "20 %, 20 of 100\n"]
    assert len(file) == 10


def test_the_lease_is_longer_than_the_pause_between_two_words(settings):
    assert timedelta(seconds=jobs._SAY_EVERY * 10) < settings.JOB_LEASE
