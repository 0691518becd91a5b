"""The staff's pages for pledges, updates, windows and reminders."""

from pledges.admin import pledges, reminders, small_tables, updates, windows

__all__ = ["pledges", "reminders", "small_tables", "updates", "windows"]
