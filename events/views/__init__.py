"""The calendar's pages."""

from events.views.changes import changes
from events.views.cycles import cycles
from events.views.event import event, render_event
from events.views.month import month
from events.views.roadmap import calendar, printed, render_roadmap, roadmap
from events.views.subscribe import subscribe
from events.views.time_zone import time_zone
from events.views.timeline import year

__all__ = [
    "calendar",
    "changes",
    "cycles",
    "event",
    "month",
    "printed",
    "render_event",
    "render_roadmap",
    "roadmap",
    "subscribe",
    "time_zone",
    "year",
]
