"""What a reminder mail links to: stopping reminders, and starting them again."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from foundation.http import PortalRequest
from pledges import stop_link


@never_cache
# Mail programs post here by themselves (RFC 8058) and bring no token of ours; the signed link is the permission.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows whether reminders are on and a button; POST stops them, or starts them again when asked to."""
    user = stop_link.user_of(token)
    if user is None:
        raise Http404
    if request.method == "POST":
        change = stop_link.resume if request.POST.get("action") == "resume" else stop_link.stop
        change(at=cast("PortalRequest", request).at, user=user)
    # Answered without a redirect: mail programs do not follow one.
    response = render(request, "pledges/stop_reminders.html", {"person": user, "done": request.method == "POST"})
    response["X-Robots-Tag"] = "noindex"
    return response
