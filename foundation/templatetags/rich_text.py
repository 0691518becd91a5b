"""Markdown and languages in templates."""

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info

from foundation.markdown import render

register = template.Library()


@register.filter
def markdown(text: str, top_heading: int = 3) -> SafeString:
    """Staff's Markdown as harmless HTML; its highest heading becomes ``top_heading``."""
    return render(text, top_heading=top_heading)


@register.filter
def language_words(code: str) -> str:
    """A language's name in the reader's language; its code if nobody here knows it."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


@register.filter
def direction(code: str) -> str:
    """The value of the ``dir`` attribute for a text in that language."""
    try:
        return "rtl" if get_language_info(code)["bidi"] else "ltr"
    except KeyError:
        return "auto"
