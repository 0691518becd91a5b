"""The portal's clock. Views and commands read it once and pass the moment on as ``at``."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone

_process_started_at = timezone.now()


def now() -> datetime:
    """The current moment, or the quick start's pretended one, which ticks on from the process's start."""
    starts_at: datetime | None = settings.PORTAL_CLOCK_STARTS_AT
    if starts_at is None:
        return timezone.now()
    return starts_at.astimezone(timezone.get_default_timezone()) + (timezone.now() - _process_started_at)
