"""The staff's pages for pledges, updates, windows and reminders."""

from pledges.admin import pledges, reminders, updates, windows

__all__ = ["pledges", "reminders", "updates", "windows"]
