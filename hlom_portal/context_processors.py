"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, object]:
    """The contact address, and what the quick start says in its banner."""
    return {
        "contact_email": settings.CONTACT_EMAIL,
        "quick_start": settings.QUICK_START,
        "pretended_clock": getattr(request, "at", None) if settings.PORTAL_CLOCK_STARTS_AT else None,
    }
