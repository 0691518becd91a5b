"""A stakeholder as it is written: here alone stand the rules for what may be said of one."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Stakeholder
from foundation.languages import LanguageCodeField
from foundation.text import clean_line


class StakeholderForm(forms.ModelForm):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """What staff may write about a stakeholder."""

    class Meta:
        model = Stakeholder
        fields = ("name", "language", "slug", "kind", "country", "institutional_mailbox", "is_public")
        field_classes = {"language": LanguageCodeField}
        help_texts = {
            "kind": gettext_lazy("Public."),
            "country": gettext_lazy("Public. Empty for those that belong to no country."),
        }

    def clean_name(self) -> str:
        """One clean line, of which something can be seen."""
        name = clean_line(self.cleaned_data["name"])
        if not name:
            raise ValidationError(_("Nothing of this name can be seen. Please type it."))
        return name

    def clean_institutional_mailbox(self) -> str:
        """In lower case, so that it is told once."""
        return clean_line(self.cleaned_data["institutional_mailbox"]).lower()
