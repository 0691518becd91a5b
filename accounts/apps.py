"""Registers the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Django's entry for this app."""

    name = "accounts"
    verbose_name = _("Accounts")
