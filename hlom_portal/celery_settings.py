"""How Celery behaves here, with the reason for each choice; ``settings`` takes all of it over.

The outbox is the truth and the beat only wakes it, so a lost message costs one tick and nothing else. That
is why these settings prefer ending and forgetting over redelivering.
"""

from typing import Any

CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
    # Seconds after which Redis hands out again what nobody acknowledged; every app on one Redis must agree on it.
    "visibility_timeout": 900,
    # Without these a frozen Redis holds a connection, and whoever waits for it, for ever (seconds).
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    "health_check_interval": 10,
    # Look for lost messages every 5 s instead of every 100 s or so.
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # Another application on the same Redis does not meet our keys.
    "global_keyprefix": "hlom-portal:",
}
# The worker may start before Redis, and waits for it however long it is away.
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A task whose broker is gone is cancelled instead of running on unseen: all of ours may be repeated.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
# Two short tries. Switching retries off would make a refused connection slower, not faster.
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 2,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.5,
}
# Nothing executable travels through Redis.
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# Nobody asks for results; what a task did stands in the database.
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
# Acknowledged on receipt: after a crash the next tick does the work, redelivery would only do it twice.
CELERY_TASK_ACKS_LATE = False
# A task that kills its worker must not come back without end.
CELERY_TASK_REJECT_ON_WORKER_LOST = False
# Seconds; well below half the visibility timeout, so that a slow task ends before it could be handed out again.
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
# One message at a time: a wake-up kept in a busy worker's pocket wakes nobody.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# No task of ours is put off by Celery; not-before times stand in the database.
CELERY_WORKER_ETA_TASK_LIMIT = 100
# A worker process is replaced before a leak in a library hurts (tasks; KiB).
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000
# A deploy lets the running batch end (seconds).
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_SEND_TASK_EVENTS = False
# Our own log lines stay as they are.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Intervals in UTC: no hour is skipped or doubled when the clocks change.
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
