"""The second factor: an authenticator app and, for the day when it is lost, recovery codes."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.base import views as base_views
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as code_views
from allauth.mfa.totp import views as totp_views
from django.http import HttpResponse
from django.urls import reverse

from accounts.forms import ActivateForm, SecondFactorAgain, SecondFactorForm
from accounts.views.login import ALLOWED_METHODS, with_next


class IndexView(base_views.IndexView):
    """What is set up, and what can be done about it."""

    http_method_names = ALLOWED_METHODS
    template_name = "mfa/index.html"


class AuthenticateView(base_views.AuthenticateView):
    """The second step of logging in, for those who have set it up."""

    http_method_names = ALLOWED_METHODS
    template_name = "mfa/authenticate.html"
    form_class = SecondFactorForm

    def _build_forms(self) -> SecondFactorForm:
        """One form only: no other kind of second factor is offered."""
        self.webauthn_form = None
        data = self.request.POST if self.request.method == "POST" else None
        self.auth_form = SecondFactorForm(user=self.stage.login.user, data=data)
        return self.auth_form


class AgainView(base_views.ReauthenticateView):
    """Asks for the second factor once more, before the administration or before it is changed."""

    http_method_names = ALLOWED_METHODS
    template_name = "mfa/reauthenticate.html"
    form_class = SecondFactorAgain


class ActivateView(totp_views.ActivateTOTPView):
    """Pairs an authenticator app; its first code is a full proof, so nobody is asked for another at once."""

    http_method_names = ALLOWED_METHODS
    template_name = "mfa/totp/activate_form.html"
    form_class = ActivateForm

    def form_valid(self, form: ActivateForm) -> HttpResponse:
        """Activates, and notes that this session has shown the second factor."""
        response: HttpResponse = super().form_valid(form)
        app = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        record_authentication(
            self.request, self.request.user, method="mfa", id=app.pk, type=app.type, reauthenticated=True
        )
        return response

    def get_success_url(self) -> str:
        """The recovery codes, with the way on to where the person wanted to go."""
        return with_next(self.request, super().get_success_url())


class DeactivateView(totp_views.DeactivateTOTPView):
    """Takes the authenticator app away; staff must then pair another before the administration opens."""

    http_method_names = ALLOWED_METHODS
    template_name = "mfa/totp/deactivate_form.html"


class RecoveryCodesView(code_views.ViewRecoveryCodesView):
    """The codes that are left."""

    http_method_names = ALLOWED_METHODS
    template_name = "mfa/recovery_codes/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Adds the way on."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["way_on"] = get_next_redirect_url(self.request) or reverse("after_login")
        return context


class NewRecoveryCodesView(code_views.GenerateRecoveryCodesView):
    """Makes ten new codes; the old ones stop working."""

    http_method_names = ALLOWED_METHODS
    template_name = "mfa/recovery_codes/generate.html"


class DownloadRecoveryCodesView(code_views.DownloadRecoveryCodesView):
    """The codes as a text file."""

    http_method_names = ALLOWED_METHODS
