"""Parts of templates that are kept by a key."""

import pytest
from django.core.cache import caches
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation

from foundation.templatetags.kept import section

PART = Template("{% load kept %}{% kept 'part' key %}{{ shown }}{% endkept %}")


@pytest.fixture(autouse=True)
def _keeping(settings):
    locmem = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "kept-tag"}
    settings.CACHES = settings.CACHES | {"fragments": locmem}
    caches["fragments"].clear()
    yield
    caches["fragments"].clear()


def render(key, shown):
    return PART.render(Context({"key": key, "shown": shown}))


def test_the_same_key_shows_what_was_rendered_first():
    assert [render(1, "first"), render(1, "second"), render(2, "second")] == ["first", "first", "second"]


def test_what_is_kept_was_escaped():
    assert [render(1, "<b>"), render(1, "<b>")] == ["&lt;b&gt;", "&lt;b&gt;"]


def test_each_language_has_its_own():
    assert render(1, "Calendar") == "Calendar"
    with translation.override("fr"):
        assert render(1, "Calendrier") == "Calendrier"


def test_a_part_without_a_key_is_refused():
    with pytest.raises(TemplateSyntaxError):
        Template("{% load kept %}{% kept %}{% endkept %}")


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/calendar/hlom-2021/", "calendar"), ("/", ""), ("/x", ""), ("/" + "y" * 40 + "/", ""), ("", "")],
)
def test_the_section_of_an_address(path, expected):
    assert section(path) == expected
