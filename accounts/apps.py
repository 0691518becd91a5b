"""Registers the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Django's entry for this app."""

    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Learns of addresses that mail servers refuse, and does jobs with files of stakeholders."""
        from accounts.contacts import note_refused_address  # noqa: PLC0415 -- models are loaded only now
        from accounts.loading import STAKEHOLDERS  # noqa: PLC0415 -- as above
        from foundation.delivery import register_refused_address  # noqa: PLC0415 -- as above

        STAKEHOLDERS.register()
        register_refused_address(note_refused_address)
