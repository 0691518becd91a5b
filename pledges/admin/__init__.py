"""The staff's pages for pledges, updates, windows and reminders."""

from pledges.admin import matches, pledges, proposals, reminders, small_tables, updates, windows

__all__ = ["matches", "pledges", "proposals", "reminders", "small_tables", "updates", "windows"]
