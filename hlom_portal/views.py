"""The way on after logging in, and the pages for when something went wrong."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from foundation.http import mark_same_for_everybody
from pledges.views import matches, offer, partners, proposals, update


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403; an exception's own sentence is shown if it has one."""
    return render(request, "403.html", {"reason": str(exception or "")}, status=403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; needs neither database nor session."""
    return render(request, "500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose security token is missing or too old: says how to send it again without losing the text."""
    pages = (update, proposals, partners, matches, offer)
    answer = next(filter(None, (page.answer_csrf_failure(request) for page in pages)), None)
    return answer or render(request, "403_csrf.html", status=403)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What machines need not read, and where the list of pages is."""
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /my/", "Disallow: /login/", ""]
    lines.append(f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}")
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
    mark_same_for_everybody(response)
    return response


@require_safe
def after_login(request: HttpRequest) -> HttpResponse:
    """Sends staff to the administration and everybody else to their pledges."""
    return redirect("admin:index" if request.user.is_staff else "pledges:my")
