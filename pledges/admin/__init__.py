"""The staff's pages for pledges, updates, windows and reminders."""

from pledges.admin import pledges, proposals, reminders, small_tables, updates, windows

__all__ = ["pledges", "proposals", "reminders", "small_tables", "updates", "windows"]
