"""Registers the project as an app, and the admin site under our name."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """Django's entry for the project: its checks and its start-up command."""

    name = "hlom_portal"
    verbose_name = _("HLOM portal")

    def ready(self) -> None:
        """Adds the checks; they register themselves."""
        from hlom_portal import checks  # noqa: F401, PLC0415 -- settings are complete only now


class PortalAdminConfig(AdminConfig):
    """Django's admin with the portal's name and its one way to log in."""

    default_site = "hlom_portal.admin.PortalAdminSite"
