"""Long work: asked for by a page, claimed by the tick, with progress that is seen while it runs.

A worker may be killed at any moment. Its lease runs out, the job is taken back once, and then it fails with a
sentence. Work that writes says that it is done within its own transaction (``Work.finish``): if the job was taken from
it meanwhile, that fails and nothing of it stays, so no work is ever saved twice.
"""

import logging
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, models, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from foundation.models import Job
from foundation.text import clean_line

logger = logging.getLogger(__name__)
State = Job.State

HEARTBEAT = "jobs"
_ATTEMPTS_AT_MOST = 2
# After so long a job that a process should have begun at once has none.
_SOON = timedelta(minutes=1)
# Seconds between two writes of how far the work is; more would only cost.
_SAY_EVERY = 0.5
_inline = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jobs")

Say = Callable[[int, int], None]


class JobRefusedError(Exception):
    """The work cannot be done; the message says why, to the person who asked for it."""


class LeaseLostError(Exception):
    """The job was taken from this worker meanwhile; whatever it has not committed must not stay."""


class Work:
    """A job in hand: its handler says here how far it is, and that it is done."""

    def __init__(self, job: Job, *, at: datetime, told: Say | None = None) -> None:
        self.job, self.at, self.told = job, at, told
        self.is_finished = False
        self._said_at = 0.0
        # Who holds a transaction around the whole run (a test) sees what is written within it.
        self._held_from_outside = connection.in_atomic_block
        self._aside: Any = None

    def say(self, done: int, total: int) -> None:
        """How far the work is, for all to see, also from within its transaction; keeps the lease alive.

        On SQLite nobody can write beside a transaction: there it is seen before and after it.
        """
        if self.told:
            self.told(done, total)
        if done < total and time.monotonic() - self._said_at < _SAY_EVERY:
            return
        self._said_at = time.monotonic()
        if connection.in_atomic_block and not self._held_from_outside:
            self._write_aside(done, total)
        elif not _ours(self.job).update(progress=done, total=total, lease_until=Now() + settings.JOB_LEASE):
            raise LeaseLostError

    def _write_aside(self, done: int, total: int) -> None:
        """By a connection of its own, beside the open transaction."""
        if connection.vendor != "postgresql":
            return
        if self._aside is None:
            self._aside = connection.copy()
        with self._aside.cursor() as cursor:
            cursor.execute(
                "UPDATE foundation_job SET progress = %s, total = %s, lease_until = CURRENT_TIMESTAMP + %s"
                " WHERE id = %s AND claim_token = %s",
                [done, total, settings.JOB_LEASE, self.job.pk, self.job.claim_token],
            )
            if not cursor.rowcount:
                raise LeaseLostError

    def finish(self, report: dict[str, Any]) -> None:
        """Says that the work is done, with a report that must be JSON; to be called last in its transaction."""
        if not _ours(self.job).update(**_final(State.DONE, self.at), report=report, progress=F("total")):
            raise LeaseLostError
        self.is_finished = True

    def close(self) -> None:
        """Gives the second connection back."""
        if self._aside is not None:
            self._aside.close()


# Does the work and returns its report, unless it called ``finish`` itself.
Handler = Callable[[Work], dict[str, Any]]
_handlers: dict[str, Handler] = {}
_labels: dict[str, str | Promise] = {}


def register(kind: str, handler: Handler, *, label: str | Promise) -> None:
    """Lets an app do jobs of one kind; ``label`` is what people read."""
    _handlers[kind], _labels[kind] = handler, label


def label_of(kind: str) -> str:
    """What people read of a kind of job."""
    return str(_labels.get(kind, kind))


def ask(*, at: datetime, actor: AbstractBaseUser, kind: str, report: dict[str, Any], sha256: str = "") -> Job:
    """A new job that waits for the tick; ``report`` holds what its handler needs, and must be JSON."""
    return Job.objects.create(kind=kind, requested_by_id=actor.pk, requested_at=at, report=report, sha256=sha256)


def ask_next(*, at: datetime, actor: AbstractBaseUser, job: Job, kind: str, report: dict[str, Any]) -> bool:
    """Lets a job that has ended wait again as one of another kind; of two who ask at once, one gets True."""
    ended = Job.objects.filter(pk=job.pk, kind=job.kind, state=job.state, finished_at=job.finished_at)
    return bool(
        ended.exclude(finished_at=None).update(
            kind=kind,
            state=State.WAITING,
            requested_by_id=actor.pk,
            requested_at=at,
            started_at=None,
            finished_at=None,
            progress=0,
            total=0,
            attempts=0,
            failure="",
            report=report,
        )
    )


def run_soon(job: Job, *, at: datetime) -> None:
    """Does one job in this process after the commit, where the settings say so; else the tick will."""
    if settings.JOBS_INLINE == "off":
        return

    def attempt() -> None:
        run_one(at=at, only=job.pk)

    def attempt_in_thread() -> None:
        _inline.submit(_in_thread, attempt)

    transaction.on_commit(attempt_in_thread if settings.JOBS_INLINE == "thread" else attempt, robust=True)


def is_stuck(job: Job, *, at: datetime) -> bool:
    """Whether a job waits for nobody: its process was ended, and no tick comes by (the quick start).

    ``run_soon`` takes it up again; of two who do so at once, one does it.
    """
    if settings.JOBS_INLINE == "off":
        return False
    running = Job.objects.filter(state=State.RUNNING)
    if job.state == State.WAITING:
        # It may stand in the row behind another.
        return job.requested_at < at - _SOON and not running.filter(lease_until__gte=Now()).exists()
    return running.filter(pk=job.pk, lease_until__lt=Now()).exists()


def _in_thread(attempt: Callable[[], None]) -> None:
    try:
        attempt()
    except Exception:
        # Nobody waits for this thread's result; the job is taken back when its lease runs out.
        logger.exception("a job could not be done at once; the tick will")
    finally:
        connection.close()


def run_waiting(*, at: datetime, told: Say | None = None, at_most: int = 100) -> list[Job]:
    """Takes back what was lost and does one waiting job after another; returns them as they ended."""
    done: list[Job] = []
    while len(done) < at_most and (job := run_one(at=at, told=told)):
        done.append(job)
    return done


def run_one(*, at: datetime, only: int | None = None, told: Say | None = None) -> Job | None:
    """Does the oldest waiting job, or ``only`` this one; None if there was none to do."""
    reap(at=at)
    job = claim(at=at, only=only)
    if job is None:
        return None
    work = Work(job, at=at, told=told)
    try:
        _do(work)
    finally:
        work.close()
    job.refresh_from_db()
    return job


def reap(*, at: datetime) -> int:
    """Takes back the jobs of workers that are gone, once; then they fail. How many."""
    lost = Job.objects.filter(state=State.RUNNING, lease_until__lt=Now())
    failed = lost.filter(attempts__gte=_ATTEMPTS_AT_MOST).update(
        **_final(State.FAILED, at),
        failure=_(
            "The work was broken off twice, and nothing of it was saved. Try once more, or ask who runs the portal."
        ),
    )
    return failed + lost.update(state=State.WAITING, lease_until=None, claim_token=None, progress=0)


def claim(*, at: datetime, only: int | None = None) -> Job | None:
    """Marks the oldest waiting job as ours by one conditional UPDATE; None if another worker was faster."""
    waiting = Job.objects.filter(state=State.WAITING, kind__in=_handlers)
    if only is not None:
        waiting = waiting.filter(pk=only)
    token = uuid.uuid4()
    picked = waiting.order_by("pk").values("pk")[:1]
    Job.objects.filter(pk__in=models.Subquery(picked), state=State.WAITING).update(
        state=State.RUNNING,
        claim_token=token,
        lease_until=Now() + settings.JOB_LEASE,
        started_at=at,
        attempts=F("attempts") + 1,
    )
    return Job.objects.filter(claim_token=token).first()


def _do(work: Work) -> None:
    try:
        report = _handlers[work.job.kind](work)
        if not work.is_finished:
            work.finish(report)
    except JobRefusedError as refusal:
        _fail(work, str(refusal))
    except LeaseLostError:
        logger.warning("job %s was taken from this worker; nothing of its work stays", work.job.uuid)
    except Exception:
        # One job that cannot be done must not hold up the others; it is told to who asked, and logged whole.
        logger.exception("job %s (%s) failed", work.job.uuid, work.job.kind)
        _fail(work, _("Something went wrong on our side, and nothing was saved. Please tell who runs the portal."))


def _fail(work: Work, sentence: str) -> None:
    _ours(work.job).update(**_final(State.FAILED, work.at), failure=clean_line(sentence, at_most=1000))


def _ours(job: Job) -> models.QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, claim_token=job.claim_token)


def _final(state: Job.State, at: datetime) -> dict[str, Any]:
    return {"state": state, "finished_at": at, "lease_until": None, "claim_token": None}
