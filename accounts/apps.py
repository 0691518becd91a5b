"""Registers the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Django's entry for this app."""

    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Learns of refused addresses, does jobs with files of stakeholders, and gives the history its words."""
        from accounts import history_words  # noqa: PLC0415 -- as below
        from accounts.contacts import note_refused_address  # noqa: PLC0415 -- models are loaded only now
        from accounts.loading import STAKEHOLDERS  # noqa: PLC0415 -- as above
        from foundation.history_words import register_words  # noqa: PLC0415 -- as above
        from foundation.outcomes import register_refused_address  # noqa: PLC0415 -- as above

        STAKEHOLDERS.register()
        register_words(history_words.VERBS, history_words.FACTS)
        register_refused_address(note_refused_address)
