"""Techniques that know no word of the mission."""
