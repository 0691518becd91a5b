"""The smallest Django site with default middleware, as a measure for ours."""
