"""Background work of this room."""

from celery import shared_task

from foundation import heartbeats, jobs, outbox
from foundation.clock import now


@shared_task(name="foundation.drain_outbox")
def drain_outbox(**_unknown: object) -> None:
    """One batch after another until nothing is due; arguments of other versions are ignored."""
    tally = outbox.drain_all(at=now(), clock=now)
    heartbeats.beat(outbox.HEARTBEAT, at=now(), note=str(tally))
    if tally.unfinished:
        # The next tick would come too, but up to a minute later.
        drain_outbox.delay()


@shared_task(name="foundation.run_jobs")
def run_jobs(**_unknown: object) -> None:
    """One job after another until none waits; arguments of other versions are ignored."""
    jobs.run_waiting(at=now())
    heartbeats.beat(jobs.HEARTBEAT, at=now())
