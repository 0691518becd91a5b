"""The questions of the form of 2023 that go beyond the promise itself, for the form of a pledge."""

from django import forms
from django.utils.translation import gettext_lazy

from foundation.text import clean_line, clean_text
from pledges.models import PledgeVersion

_LINE_AT_MOST = 300
_TEXT_AT_MOST = 2000


class QualityFields(forms.Form):
    """All may stay empty; the names are ``facts.QUALITY_FIELDS``."""

    expected_impact = forms.CharField(
        label=gettext_lazy("Expected impact"),
        max_length=_LINE_AT_MOST,
        required=False,
        widget=forms.TextInput({"size": 70}),
        help_text=gettext_lazy("In one sentence. Public once published, like all that follows."),
    )
    aligned_with = forms.CharField(
        label=gettext_lazy("Aligned with recommendations"),
        max_length=_LINE_AT_MOST,
        required=False,
        widget=forms.TextInput({"size": 70}),
        help_text=gettext_lazy("Of the High-Level Officials Meeting: numbers, or a few words."),
    )
    is_additional = forms.ChoiceField(
        label=gettext_lazy("Additional"), choices=PledgeVersion.Additional.choices, required=False
    )
    prematched_with = forms.CharField(
        label=gettext_lazy("Matched beforehand with"),
        max_length=_LINE_AT_MOST,
        required=False,
        widget=forms.TextInput({"size": 70}),
    )
    refugees_consulted = forms.CharField(
        label=gettext_lazy("How refugees were consulted"),
        max_length=_TEXT_AT_MOST,
        required=False,
        widget=forms.Textarea({"rows": 3, "cols": 80}),
    )
    diversity = forms.CharField(
        label=gettext_lazy("Age, gender and diversity"),
        max_length=_TEXT_AT_MOST,
        required=False,
        widget=forms.Textarea({"rows": 3, "cols": 80}),
    )

    def clean_expected_impact(self) -> str:
        """On one line."""
        return clean_line(self.cleaned_data["expected_impact"])

    def clean_aligned_with(self) -> str:
        """On one line."""
        return clean_line(self.cleaned_data["aligned_with"])

    def clean_prematched_with(self) -> str:
        """On one line."""
        return clean_line(self.cleaned_data["prematched_with"])

    def clean_refugees_consulted(self) -> str:
        """Without control characters."""
        return clean_text(self.cleaned_data["refugees_consulted"])

    def clean_diversity(self) -> str:
        """Without control characters."""
        return clean_text(self.cleaned_data["diversity"])
