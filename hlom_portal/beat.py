"""When the background work is woken: a plain dict, in UTC, that the settings and the tests read."""

from datetime import timedelta
from typing import Any


def beat_schedule(
    *, drain_seconds: int = 60, plan_seconds: int = 3600, jobs_seconds: int = 10
) -> dict[str, dict[str, Any]]:
    """The wake-ups by name. They carry nothing: what is due stands in the database."""
    return {
        "drain-outbox": _every(drain_seconds, "foundation.drain_outbox"),
        "run-jobs": _every(jobs_seconds, "foundation.run_jobs"),
        "plan-reminders": _every(plan_seconds, "pledges.plan_reminders"),
        "digest-for-reviewers": _every(plan_seconds, "pledges.send_review_digest"),
    }


def _every(seconds: int, task: str) -> dict[str, Any]:
    # A wake-up that waited for about its whole period is dropped, since the next one does the same work.
    return {"task": task, "schedule": timedelta(seconds=seconds), "options": {"expires": max(1, seconds * 0.9)}}
