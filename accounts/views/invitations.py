"""The page behind the link of an invitation."""

from http import HTTPStatus
from uuid import UUID

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import Invitation, User
from accounts.workflow import accept_invitation
from foundation.http import PortalRequest


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: PortalRequest, uuid: UUID) -> HttpResponse:
    """GET says who is asked for what; POST accepts and mails a code. Mail scanners that open links change nothing."""
    found = get_object_or_404(Invitation.objects.select_related("stakeholder"), uuid=uuid)
    if found.accepted_at:
        return _page(request, found, "accepted")
    if not found.is_usable(request.at):
        return _page(request, found, "over", status=HTTPStatus.GONE)
    if request.method == "POST":
        return _accept(request, found)
    return _page(request, found, "open")


def _accept(request: PortalRequest, found: Invitation) -> HttpResponse:
    try:
        person = accept_invitation(at=request.at, invitation=found)
    except ValidationError as error:
        return _page(request, found, "refused", status=HTTPStatus.CONFLICT, reason=error.messages[0])
    if request.user == person:
        messages.success(request, _("Thank you. You now have a role for %(name)s.") % {"name": found.stakeholder})
        return redirect("after_login")
    logout(request)
    _mail_code(request, person)
    return redirect("account_confirm_login_code")


def _mail_code(request: HttpRequest, person: User) -> None:
    LoginCodeVerificationProcess.initiate(request=request, user=person, email=person.email)


def _page(
    request: HttpRequest, found: Invitation, state: str, *, status: int = HTTPStatus.OK, reason: str = ""
) -> HttpResponse:
    somebody_else = request.user.is_authenticated and request.user.email != found.address.lower()
    context = {"invitation": found, "reason": reason, "somebody_else": somebody_else}
    return render(request, f"accounts/invitation_{state}.html", context, status=status)
