"""The staff's site."""

from typing import NoReturn

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _


class PortalAdminSite(AdminSite):
    """Django's admin; logging in happens on the portal's own page."""

    site_header = _("HLOM portal administration")
    site_title = _("HLOM portal")
    index_title = _("What staff can do")

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Sends people to the one login page, and back here afterwards."""
        return redirect(
            f"{reverse('account_login')}?{urlencode({'next': request.GET.get('next', reverse('admin:index'))})}"
        )

    def password_change(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> NoReturn:
        """Nobody changes a password here: the few that exist are set by ``manage.py changepassword``."""
        raise Http404

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> NoReturn:
        """As above."""
        raise Http404
