"""Pledges, the progress reported on them, update windows and reminders."""
