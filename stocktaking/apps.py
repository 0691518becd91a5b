"""Registers the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StocktakingConfig(AppConfig):
    """Django's entry for this app."""

    name = "stocktaking"
    verbose_name = _("Stocktaking")

    def ready(self) -> None:
        """Says how this room's entries in the history read."""
        # Models are loaded only now.
        from foundation.history_words import register_words  # noqa: PLC0415
        from stocktaking.history_words import VERBS  # noqa: PLC0415

        register_words(VERBS, {})
