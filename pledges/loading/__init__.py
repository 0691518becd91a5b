"""Pledges from a CSV or XLSX file: everything is checked first, and nothing is saved when one cell is bad."""

from pledges.loading.rows import BadCell, PledgeRow, Reading, read_rows
from pledges.loading.save import Report, load

__all__ = ["BadCell", "PledgeRow", "Reading", "Report", "load", "read_rows"]
