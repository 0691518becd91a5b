"""The cycles of forums and meetings, and the rows of their roadmaps."""
