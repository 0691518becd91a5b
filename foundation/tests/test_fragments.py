"""Parts of pages that are rendered once."""

from itertools import count

import pytest
from django.core.cache import caches
from django.utils import translation
from django.utils.safestring import SafeString

from foundation.fragments import kept_fragment


@pytest.fixture(autouse=True)
def _fragments_are_kept(settings):
    settings.CACHES = settings.CACHES | {
        "fragments": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "test-fragments"}
    }
    caches["fragments"].clear()
    yield
    caches["fragments"].clear()


def test_a_part_is_made_once_for_its_key_and_language() -> None:
    made = count(1)

    def make() -> SafeString:
        return SafeString(next(made))

    first, second = kept_fragment(make, "row", 1, "a b\n"), kept_fragment(make, "row", 1, "a b\n")
    other = kept_fragment(make, "row", 2, "a b\n")
    with translation.override("fr"):
        french = kept_fragment(make, "row", 1, "a b\n")

    assert [first, second, other, french] == ["1", "1", "2", "3"]
    assert isinstance(second, SafeString)
