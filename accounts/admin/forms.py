"""The forms on the stakeholders' pages."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Stakeholder

MERGE_AT_MOST = 10


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
