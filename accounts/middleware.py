"""Who may open the administration."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User


class StaffSecondFactorMiddleware:
    """Lets staff into the administration only after a second factor, and nobody else at all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Looks at what was resolved, not at the address: no prefix or language can lead around it."""
        match = request.resolver_match
        if match is None or "admin" not in match.app_names:
            return None
        if not isinstance(request.user, User):
            # The site's own login view is a redirect to the one login page.
            return None if match.url_name == "login" else _first(request, "account_login")
        return _check_staff(request, request.user)


def _check_staff(request: HttpRequest, user: User) -> HttpResponse | None:
    if not user.is_staff:
        raise PermissionDenied(_("The administration is for staff. Your own pages are under “My pledges”."))
    if user.email in settings.STAFF_WITHOUT_SECOND_FACTOR:
        return None
    if not is_mfa_enabled(user, [Authenticator.Type.TOTP]):
        return _first(request, "mfa_activate_totp")
    if not has_shown_second_factor(request):
        return _first(request, "mfa_reauthenticate")
    return None


def acts_as_staff(request: HttpRequest) -> bool:
    """Whether the person is staff and might open the administration now; for what staff see outside of it."""
    user: User | AnonymousUser = request.user
    return isinstance(user, User) and user.is_staff and _check_staff(request, user) is None


def has_shown_second_factor(request: HttpRequest) -> bool:
    """Whether this session has passed a second factor of the person it belongs to."""
    user: User | AnonymousUser = request.user
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, user))


def _first(request: HttpRequest, name: str) -> HttpResponse:
    """To another page first; what was asked for is kept (a form that was sent leads to its page)."""
    return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': request.get_full_path()})}")
