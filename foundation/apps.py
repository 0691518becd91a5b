"""Registers the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FoundationConfig(AppConfig):
    """Django's entry for this app."""

    name = "foundation"
    verbose_name = _("Foundation")

    def ready(self) -> None:
        """Says how the entries of the outbox in the history read, and how rows are looked up by made-up numbers."""
        from foundation import lookups  # noqa: F401, PLC0415 -- registers itself
        from foundation.history_words import register_words  # noqa: PLC0415 -- models are loaded only now

        words = {
            "mail paused": _("held all mail"),
            "mail resumed": _("let mail go out again"),
            "campaign held": _("held the mails of a campaign"),
            "campaign released": _("let the mails of a campaign go out again"),
        }
        register_words(words, {"reason": _("reason"), "campaign": _("campaign")})
