"""The project: settings, addresses, the clock, health, the pages that join all rooms."""
