"""Parts of pages that are rendered once and shown until what they show has changed.

The key must name everything that the part shows: the row with its moment of change, and the marks beside it.
Each process keeps its own, so nothing has to be there or to be told.
"""

from collections.abc import Callable
from hashlib import sha256

from django.core.cache import caches
from django.utils.safestring import SafeString
from django.utils.translation import get_language


def kept_fragment(make: Callable[[], SafeString], *key: object) -> SafeString:
    """What ``make`` renders, or what it rendered for the same ``key`` in the same language before."""
    name = sha256(f"{get_language()}:{key!r}".encode()).hexdigest()
    kept: SafeString | None = caches["fragments"].get(name)
    if kept is None:
        kept = make()
        caches["fragments"].set(name, kept)
    return kept
