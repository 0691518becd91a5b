"""Progress updates and their review."""
