"""Parts of pages that are rendered once and shown until what they show has changed.

The key must name everything that the part shows: the row with its moment of change, and the marks beside it.
Each process keeps its own, so nothing has to be there or to be told.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import TypeVar

from django.core.cache import caches
from django.utils.safestring import SafeString
from django.utils.translation import get_language

T = TypeVar("T")


def kept_fragment(make: Callable[[], SafeString], *key: object) -> SafeString:
    """What ``make`` renders, or what it rendered for the same ``key`` in the same language before."""
    return kept_value(make, get_language(), *key)


def kept_value(make: Callable[[], T], *key: object) -> T:
    """What ``make`` gives, or a copy of what it gave for the same ``key`` before; None is never kept."""
    name = sha256(repr(key).encode()).hexdigest()
    kept: T | None = caches["fragments"].get(name)
    if kept is None:
        kept = make()
        caches["fragments"].set(name, kept)
    return kept
