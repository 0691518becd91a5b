"""Update windows, reminder rules and reminders."""
