"""Registers the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StocktakingConfig(AppConfig):
    """Django's entry for this app."""

    name = "stocktaking"
    verbose_name = _("Stocktaking")
