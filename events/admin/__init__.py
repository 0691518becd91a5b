"""The staff's pages for cycles and events."""

from events.admin.cycles import CycleAdmin
from events.admin.events import EventAdmin

__all__ = ["CycleAdmin", "EventAdmin"]
