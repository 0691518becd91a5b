"""How cells become what the form of a pledge takes: names and codes become rows, lists are taken apart.

What a value may be, the form says (``pledges.pledge_form``). Each function raises ValidationError with a sentence.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext as _

from events.models import Cycle
from foundation.text import clean_line
from pledges.models import PledgeVersion

Value = TypeVar("Value")
_A_YEAR = " a year"


def parts(text: str) -> list[str]:
    """What stands between semicolons."""
    return [part.strip() for part in text.split(";") if part.strip()]


def occasion(cycles: Mapping[str, Cycle]) -> Callable[[str], Cycle]:
    """A cycle by its short name: "GRF 2019" is the cycle grf-2019."""

    def read(text: str) -> Cycle:
        slug = slugify(text)
        if slug not in cycles:
            raise ValidationError(_("“%(text)s” is no forum or meeting that the portal knows.") % {"text": text[:40]})
        return cycles[slug]

    return read


def some_of(known: Mapping[str, Value]) -> Callable[[str], list[Value]]:
    """A list of known codes, which may be empty."""

    def read(text: str) -> list[Value]:
        for part in parts(text):
            if part not in known:
                raise ValidationError(_("“%(text)s” is not a code that the portal knows.") % {"text": part[:40]})
        return [known[part] for part in dict.fromkeys(parts(text))]

    return read


class PlainNumberField(forms.DecimalField):
    """A number in plain digits: no signs, exponents, separators or digits of other scripts, which files often hide."""

    def to_python(self, value: Any) -> Any:
        """The number."""
        text = clean_line(str(value or ""))
        if text and (not re.fullmatch(r"[0-9]+(\.[0-9]{1,2})?", text) or not re.search("[1-9]", text)):
            raise ValidationError(
                _("“%(text)s” is not a positive number in plain digits with at most two decimals.")
                % {"text": text[:40]}
            )
        return super().to_python(text)


def unit_and_period(text: str) -> tuple[str, str]:
    """What is counted; "… a year" says that the number is meant for each year."""
    line = clean_line(text)
    counted = line.removesuffix(_A_YEAR)
    return counted, PledgeVersion.Period.TOTAL if counted == line else PledgeVersion.Period.YEAR
