"""What every page of the administration knows of who asks, and when."""

from datetime import datetime
from typing import cast

from django.http import HttpRequest

from accounts.models import User
from foundation.http import PortalRequest


def at_of(request: HttpRequest) -> datetime:
    """The moment that the request is answered for."""
    return cast("PortalRequest", request).at


def staff_of(request: HttpRequest) -> User:
    """The member of staff who asks; the middleware lets nobody else come here."""
    return cast("User", request.user)
