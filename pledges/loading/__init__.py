"""Pledges from a CSV or XLSX file: everything is checked first, and nothing is saved when one cell is bad."""

from pledges.loading.importer import PLEDGES, PledgeImporter, load

__all__ = ["PLEDGES", "PledgeImporter", "load"]
