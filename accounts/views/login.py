"""Logging in by a code that comes by mail, and out."""

from typing import Any
from urllib.parse import urlencode

from allauth.account import views as allauth_views
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.account.utils import get_next_redirect_url
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.forms import TOO_MANY, ConfirmCodeForm, PasswordAgainForm, RequestCodeForm

ALLOWED_METHODS = ["get", "head", "post"]
TRY_AGAIN_AFTER = 600  # seconds; the span of the limits in settings.ACCOUNT_RATE_LIMITS


class RequestCodeView(allauth_views.RequestLoginCodeView):
    """Asks for an address and sends a code to it, if it is known; says the same if not."""

    http_method_names = ALLOWED_METHODS
    template_name = "account/request_login_code.html"
    form_class = RequestCodeForm

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: object) -> None:
        """Lets people begin anew: the first address may have been mistyped, the first mail lost."""

    def form_valid(self, form: RequestCodeForm) -> HttpResponse:
        """Sends a code; to those who ask again, says which one counts."""
        again = LOGIN_SESSION_KEY in self.request.session
        response: HttpResponse = super().form_valid(form)
        if again:
            messages.success(self.request, _("A new code is on its way. Only the newest one works."))
        return response

    def form_invalid(self, form: RequestCodeForm) -> HttpResponse:
        """Shows the form again; says with the status, too, that a limit was reached."""
        response: HttpResponse = super().form_invalid(form)
        if form.has_error("email", TOO_MANY):
            response.status_code = 429
            response["Retry-After"] = str(TRY_AGAIN_AFTER)
        return response


class ConfirmCodeView(allauth_views.ConfirmLoginCodeView):
    """Takes the code, three times at most, in the browser that asked for it."""

    http_method_names = ALLOWED_METHODS
    template_name = "account/confirm_login_code.html"
    form_class = ConfirmCodeForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Says why there is nothing to confirm, instead of silently going back."""
        if request.user.is_authenticated or _code_is_awaited(request):
            response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
            return response
        messages.warning(
            request,
            _(
                "This code is too old, or it was asked for in another browser. "
                "Type your address, and we send you a new one."
            ),
        )
        return redirect(with_next(request, reverse("account_login")))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds how many tries are left, once one went wrong."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        failed = self._process.state["failed_attempts"]
        context["tries_left"] = self._process.max_attempts - failed if failed else None
        context["ask_again_url"] = with_next(self.request, reverse("account_login"))
        return context


class LogoutView(allauth_views.LogoutView):
    """GET asks, POST logs out."""

    http_method_names = ALLOWED_METHODS
    template_name = "account/logout.html"


class PasswordAgainView(allauth_views.ReauthenticateView):
    """Asks the holder of a break-glass account for its password once more."""

    http_method_names = ALLOWED_METHODS
    template_name = "account/reauthenticate.html"
    form_class = PasswordAgainForm


class InactiveView(allauth_views.AccountInactiveView):
    """Says that an account was closed while its owner was logging in."""

    template_name = "account/account_inactive.html"


def with_next(request: HttpRequest, url: str) -> str:
    """``url`` with the request's ``next``, if that leads to a page of this site."""
    wanted = get_next_redirect_url(request)
    return f"{url}?{urlencode({'next': wanted})}" if wanted else url


def _code_is_awaited(request: HttpRequest) -> bool:
    stage = LoginStageController.enter(request, LoginByCodeStage.key)
    return stage is not None and LoginCodeVerificationProcess(stage).is_valid()
