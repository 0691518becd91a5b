"""The forms on the stakeholders' pages."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Stakeholder
from foundation.languages import LanguageCodeField
from foundation.text import clean_line

MERGE_AT_MOST = 10


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
        """One clean line."""
        return clean_line(self.cleaned_data["name"])

    def clean_institutional_mailbox(self) -> str:
        """In lower case, so that it is told once."""
        return clean_line(self.cleaned_data["institutional_mailbox"]).lower()


class ChosenForm(forms.Form):
    """Which entries were chosen in the list."""

    entry = forms.ModelMultipleChoiceField(Stakeholder.objects.filter(merged_into=None), to_field_name="uuid")

    def clean_entry(self) -> Any:
        """Two at least, and no more than a person can compare."""
        chosen = self.cleaned_data["entry"].order_by("name", "pk")
        if not 2 <= chosen.count() <= MERGE_AT_MOST:
            raise ValidationError(_("Choose two to %(count)d entries that mean the same.") % {"count": MERGE_AT_MOST})
        return chosen


class MergeForm(forms.Form):
    """Which of the chosen entries stays."""

    into = forms.ModelChoiceField(
        Stakeholder.objects.none(),
        label=gettext_lazy("Which one stays?"),
        widget=forms.RadioSelect,
        empty_label=None,
        to_field_name="uuid",
    )

    def __init__(self, *args: Any, chosen: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = chosen  # type: ignore[attr-defined]
