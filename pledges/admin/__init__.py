"""The staff's pages for pledges, updates and windows."""

from pledges.admin import pledges, updates, windows

__all__ = ["pledges", "updates", "windows"]
