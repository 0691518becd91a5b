"""The request as our views see it, and what a response may say about its audience."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseBase


class PortalRequest(HttpRequest):
    """A request that carries the moment it is answered for (set by the clock middleware)."""

    at: datetime
    # What ``foundation.stamps.stamp_of`` has read for this request already, by name.
    stamps: dict[str, int]


def mark_same_for_everybody(response: HttpResponseBase) -> None:
    """Says that the answer does not depend on who asks, so that no middleware need look at the session for it."""
    response.same_for_everybody = True  # type: ignore[attr-defined]


def is_same_for_everybody(response: HttpResponseBase) -> bool:
    """Whether the view marked the answer so."""
    return getattr(response, "same_for_everybody", False)


def as_xlsx_file(content: bytes, name: str) -> HttpResponse:
    """A workbook to be kept, never shown in the browser nor stored on the way."""
    response = HttpResponse(content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
