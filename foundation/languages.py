"""Codes of languages, as they stand beside stored texts and in the ``lang`` of pages (BCP 47)."""

import re
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy

_CODE = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?"
# For fields of forms.
language_code = RegexValidator(rf"^{_CODE}\Z", gettext_lazy("Write a language code such as en, fr or ar."))


def is_language_code(text: str) -> bool:
    """Whether it reads like the code of a language, with at most one part beside it: fr, pt-BR, zh-Hans."""
    return bool(re.fullmatch(_CODE, text))


class LanguageCodeField(forms.CharField):
    """A text field that takes nothing else."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validators=[language_code], **kwargs)
