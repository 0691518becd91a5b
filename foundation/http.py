"""The request as our views see it."""

from datetime import datetime

from django.http import HttpRequest


class PortalRequest(HttpRequest):
    """A request that carries the moment it is answered for (set by the clock middleware)."""

    at: datetime
