"""Findings of the stocktaking."""
