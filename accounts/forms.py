"""The forms of logging in and of the second factor."""

from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm, ReauthenticateForm
from allauth.core import context as current
from allauth.core import ratelimit
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as SecondFactorAgainForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from foundation.text import clean_line

TOO_MANY = "too_many"
CODE_AT_MOST = 40


class RequestCodeForm(forms.Form):
    """Asks for the address that the code goes to. Whether somebody stands behind it is never said."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("The address to which your invitation came."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}),
    )
    # Read by allauth's view: who gets the code, None when nobody does.
    _user: User | None = None

    def clean_email(self) -> str:
        """Finds the active person behind the address; refuses after too many codes for it or from one place."""
        address = clean_line(self.cleaned_data["email"]).lower()
        if not ratelimit.consume(current.request, action="request_login_code", key=address):
            raise ValidationError(
                _(
                    "Several codes were asked for in a short time. Please wait ten minutes, then try again. "
                    "A code that reached you in the meantime works in the browser that asked for it."
                ),
                code=TOO_MANY,
            )
        self._user = User.objects.filter(email=address, is_active=True).first()
        return address


def _as_code_field(field: forms.Field, *, label: Any, help_text: Any, **attrs: str) -> None:
    field.label, field.help_text = label, help_text
    field.validators.append(MaxLengthValidator(CODE_AT_MOST))
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= {
        "autocomplete": "one-time-code",
        "maxlength": str(CODE_AT_MOST),
        "spellcheck": "false",
        "autofocus": True,
        **attrs,
    }


class ConfirmCodeForm(ConfirmLoginCodeForm):
    """Takes the code from the mail, with or without its dash, in capitals or not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_code_field(
            self.fields["code"],
            label=_("Code from the mail"),
            help_text=_("Eight letters. Capitals and the dash do not matter."),
            inputmode="text",
            autocapitalize="characters",
        )


class SecondFactorForm(AuthenticateForm):
    """Takes a code of the authenticator app, or a recovery code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_app_code(self.fields["code"])


class SecondFactorAgain(SecondFactorAgainForm):
    """The same, from somebody who is already logged in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_app_code(self.fields["code"])


class ActivateForm(ActivateTOTPForm):
    """Takes the first code that the authenticator app shows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_code_field(
            self.fields["code"],
            label=_("Code that the app shows"),
            help_text=_("Six digits; a new one comes every half minute."),
            inputmode="numeric",
        )


class PasswordAgainForm(ReauthenticateForm):
    """Asks the holder of a break-glass account for its password; nobody else has one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        self.fields["password"].widget.attrs.pop("placeholder", None)


def _as_app_code(field: forms.Field) -> None:
    _as_code_field(
        field,
        label=_("Code of your authenticator app"),
        help_text=_("Six digits, or one of your recovery codes."),
        inputmode="numeric",
    )
