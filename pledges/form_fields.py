"""What the forms of people's texts share: fields that clean what was typed and say what is wrong with it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from foundation.text import clean_line
from pledges.content import with_marked_controls

# Saving counts one up, which the column must hold, too.
HIGHEST_REVISION = 2**31 - 2


class CheckedField(forms.CharField):
    """Text of people: cleaned by one of the functions of ``pledges.content``, which say what is wrong."""

    def __init__(self, *, check: Callable[[str], str], **options: Any) -> None:
        super().__init__(required=False, strip=False, **options)
        self.check = check

    def to_python(self, value: Any) -> str:
        """The cleaned text."""
        return self.check(super().to_python(value) or "")


class KindChoiceField(forms.ChoiceField):
    """A choice that may be left open and names what it does not know."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def validate(self, value: Any) -> None:
        """Refuses unknown values with a sentence that names them."""
        if value and not self.valid_value(value):
            raise ValidationError(
                _("“%(value)s” is not on the list. Please choose one that is.")
                % {"value": clean_line(value, at_most=40)}
            )


def marked(typed: QueryDict) -> QueryDict:
    """What was typed, with control characters made visible."""
    shown = typed.copy()
    for name, values in typed.lists():
        shown.setlist(name, [with_marked_controls(str(value)) for value in values])
    return shown
