"""The query string of the list of findings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stocktaking import selectors
from stocktaking.models import Finding, FindingQuerySet

PAGE_AT_MOST = 100_000


class FindingsForm(forms.Form):
    """Parses the query string. A value that cannot be read is named beside its field and left out."""

    theme = forms.ChoiceField(label=_("Theme"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("Any")), *Finding.Kind.choices])
    event = forms.ChoiceField(label=_("Recorded at"), required=False)
    page = forms.IntegerField(
        min_value=1, max_value=PAGE_AT_MOST, required=False, widget=forms.HiddenInput(), label=_("Page")
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        for name in ("theme", "event"):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", _("Any")), *selectors.choices(name)]

    def chosen(self) -> dict[str, str]:
        """The filters that were given and understood."""
        return {name: self.cleaned_data[name] for name in ("theme", "kind", "event") if self.cleaned_data.get(name)}

    @property
    def page_number(self) -> int:
        """The page that is asked for, the first when none is."""
        return int(self.cleaned_data.get("page") or 1)

    def apply(self, findings: FindingQuerySet) -> FindingQuerySet:
        """The findings that are looked for."""
        fields = {"theme": "theme__slug", "kind": "kind", "event": "event__slug"}
        return findings.filter(**{fields[name]: value for name, value in self.chosen().items()})
