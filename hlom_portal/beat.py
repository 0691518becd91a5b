"""When the background work is woken: a plain dict, in UTC, that the settings and the tests read."""

from datetime import timedelta
from typing import Any

# Wake-ups carry nothing: what is due stands in the database. A wake-up that waited longer than its
# period is dropped, since the next one does the same work.
BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "drain-outbox": {
        "task": "foundation.drain_outbox",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 55},
    },
    "plan-reminders": {
        "task": "pledges.plan_reminders",
        "schedule": timedelta(minutes=60),
        "options": {"expires": 3500},
    },
    "digest-for-reviewers": {
        "task": "pledges.send_review_digest",
        "schedule": timedelta(minutes=60),
        "options": {"expires": 3500},
    },
}
