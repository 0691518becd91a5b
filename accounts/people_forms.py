"""The forms by which people are invited, change their role, hand over and leave."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership
from accounts.workflow import NAME_AT_MOST
from foundation.text import clean_line

_LOOKS_LIKE_AN_ADDRESS = re.compile(r"://|www\.|@", re.IGNORECASE)


class WhomForm(forms.Form):
    """Who is asked."""

    address = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        help_text=gettext_lazy("Not public. The link goes there, and later every code."),
        widget=forms.EmailInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_AT_MOST,
        required=False,
        help_text=gettext_lazy("For the greeting."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_name(self) -> str:
        """One clean line; nothing that mail programs would turn into a link of somebody else's."""
        name = clean_line(self.cleaned_data["name"])
        if _LOOKS_LIKE_AN_ADDRESS.search(name):
            raise ValidationError(_("Please write only the person's name here, without addresses."))
        return name


class InviteForm(WhomForm):
    """Whom to ask, and for what."""

    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=Membership.Role.choices,
        initial=Membership.Role.FOCAL_POINT,
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the mail"), choices=settings.LANGUAGES)


class HandOverForm(WhomForm):
    """Who follows, and when the own role ends."""

    ACCEPTED, AT_ONCE = "accepted", "at-once"

    language = forms.ChoiceField(label=gettext_lazy("Language of the mail"), choices=settings.LANGUAGES)
    when = forms.ChoiceField(
        label=gettext_lazy("When does your role end?"),
        choices=[
            (ACCEPTED, gettext_lazy("As soon as the successor has accepted, so that somebody always reports")),
            (AT_ONCE, gettext_lazy("At once")),
        ],
        initial=ACCEPTED,
        widget=forms.RadioSelect,
    )
    sure = forms.BooleanField(
        label=gettext_lazy("I know that nobody reports until the successor has accepted."), required=False
    )


class RoleForm(forms.Form):
    """What a colleague may do from now on."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Membership.Role.choices, widget=forms.RadioSelect)


class LeaveForm(forms.Form):
    """Ending a role, confirmed."""

    sure = forms.BooleanField(
        label=gettext_lazy("Yes, end my role."),
        error_messages={"required": gettext_lazy("Please tick this box if you mean it. Nothing was changed.")},
    )

    def __init__(self, *args: Any, is_last: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_last:
            self.fields["sure"].label = _("Yes, end my role, although nobody else reports.")
