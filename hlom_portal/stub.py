"""A page that is still to be written."""

from django.http import HttpRequest, HttpResponse


def stub(request: HttpRequest, **_kwargs: object) -> HttpResponse:
    """Says nothing yet."""
    return HttpResponse("")
