"""The forms with which staff help the two sides of a match."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pledges.content import checked_line, checked_text
from pledges.form_fields import CheckedField


class OnRequestForm(forms.Form):
    """The answer of a side that asked staff to give it."""

    on_request_of = CheckedField(
        check=lambda text: checked_line(text, at_most=200),
        label=gettext_lazy("Who asked for it, and how"),
        help_text=gettext_lazy(
            "Not public. Kept in the history and mailed to that side's focal points, so that they can object."
        ),
    )
    reason = CheckedField(
        check=checked_text,
        label=gettext_lazy("Why it is declined"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Only to decline. Not public. Mailed to all focal points of the side that offered."),
    )

    def clean_on_request_of(self) -> str:
        """Staff never answer of their own accord."""
        said: str = self.cleaned_data["on_request_of"]
        if not said:
            raise ValidationError(_("Say who asked for it, for example: the focal point, by mail on 12 October."))
        return said


class NoteForm(forms.Form):
    """What staff tell each other; ``seen`` is the note that stood there when the page was opened."""

    seen = CheckedField(check=checked_text, widget=forms.HiddenInput)
    staff_note = CheckedField(
        check=checked_text,
        label=gettext_lazy("What colleagues should know"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("For staff alone: how you help the two sides. Never public, never mailed."),
    )
