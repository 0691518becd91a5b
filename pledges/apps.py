"""Registers the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PledgesConfig(AppConfig):
    """Django's entry for this app."""

    name = "pledges"
    verbose_name = _("Pledges")
