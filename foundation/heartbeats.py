"""Signs of life of the background work."""

from datetime import datetime, timedelta

from foundation.models import Heartbeat
from foundation.text import clean_line


def beat(name: str, *, at: datetime, note: str = "") -> None:
    """Notes that the work ``name`` has just come to its end."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at, "note": clean_line(note, at_most=300)})


def is_late(name: str, *, at: datetime, allowed: timedelta) -> bool:
    """Whether the work has not come to its end within ``allowed``; work that never ran is late."""
    return not Heartbeat.objects.filter(name=name, at__gte=at - allowed).exists()
