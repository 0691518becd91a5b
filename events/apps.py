"""Registers the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    """Django's entry for this app."""

    name = "events"
    verbose_name = _("Events")
