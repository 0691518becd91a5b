"""Registers the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PledgesConfig(AppConfig):
    """Django's entry for this app."""

    name = "pledges"
    verbose_name = _("Pledges")

    def ready(self) -> None:
        """Takes part when two stakeholders become one."""
        from accounts.merging import register_merge  # noqa: PLC0415 -- models are loaded only now
        from pledges import merging  # noqa: PLC0415 -- as above

        register_merge(merging)
