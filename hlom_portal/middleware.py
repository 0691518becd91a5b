"""What every request gets: the moment it is answered for, and no caching of private pages."""

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from foundation.clock import now
from foundation.http import PortalRequest, is_same_for_everybody

Handler = Callable[[HttpRequest], HttpResponse]


class RequestClockMiddleware:
    """Sets ``request.at``, the one moment that all of a request's rules are computed for."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        cast("PortalRequest", request).at = now()
        return self.get_response(request)


class PrivatePagesMiddleware:
    """Keeps what a logged-in person saw out of shared computers and proxies."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # Not even asking keeps calendar feeds free of "Vary: Cookie", so that caches can hold them.
        if not is_same_for_everybody(response) and request.user.is_authenticated:
            add_never_cache_headers(response)
        return response
