"""Registers the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    """Django's entry for this app."""

    name = "events"
    verbose_name = _("Events")

    def ready(self) -> None:
        """Says how this room's entries in the history read."""
        # Models are loaded only now.
        from events import history_words  # noqa: PLC0415
        from foundation.history_words import register_words  # noqa: PLC0415

        register_words(history_words.verbs(), history_words.facts())
