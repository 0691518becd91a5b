"""Finished answers: kept while nothing changed, for readers without cookies only."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Barrier
from time import sleep

import pytest
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from foundation import page_cache
from foundation.page_cache import kept_for_everybody
from foundation.stamps import raise_stamp

pytestmark = pytest.mark.django_db
AT = datetime(2021, 10, 20, 8, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _pages_are_kept(settings) -> Iterator[None]:
    settings.CACHES = settings.CACHES | {
        "pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "test-pages"}
    }
    caches["pages"].clear()
    yield
    caches["pages"].clear()


def make_view():
    """A view that answers with how often it was asked."""
    asked = count(1)

    @kept_for_everybody(stamp="calendar")
    def view(request: HttpRequest) -> HttpResponse:
        if "missing" in request.GET:
            return HttpResponse(f"{next(asked)}", status=404)
        response = HttpResponse(f"{next(asked)}")
        if "cookie" in request.GET:
            response.set_cookie("anything", "1")
        return response

    return view


def ask(view, path: str = "/calendar/", *, at: datetime = AT, cookies: dict[str, str] | None = None, **headers: str):
    request = RequestFactory(headers=headers).get(path)
    request.COOKIES.update(cookies or {})
    request.at = at
    return view(request)


def test_the_second_reader_gets_the_kept_answer_for_the_price_of_the_stamp(django_assert_num_queries) -> None:
    view = make_view()
    first = ask(view)

    with django_assert_num_queries(1):
        second = ask(view)

    assert (first.content, second.content) == (b"1", b"1")
    assert second["ETag"] == first["ETag"]
    assert (second["Cache-Control"], second["Vary"]) == ("no-cache", "Cookie")


def test_who_has_the_answer_already_gets_304_without_a_body() -> None:
    view = make_view()
    tag = ask(view)["ETag"]

    again = ask(view, **{"If-None-Match": tag})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)


def test_a_raised_stamp_and_a_new_minute_ask_the_view_again() -> None:
    view = make_view()
    ask(view)
    raise_stamp("calendar")

    assert ask(view).content == b"2"
    assert ask(view, at=AT + timedelta(seconds=59)).content == b"2"
    assert ask(view, at=AT + timedelta(seconds=60)).content == b"3"


def test_another_stamp_changes_nothing() -> None:
    view = make_view()
    ask(view)
    raise_stamp("pledges")

    assert ask(view).content == b"1"


@pytest.mark.parametrize("name", ["session", "messages", "django_language", "reader_zone", "unheard-of"])
def test_a_reader_with_a_cookie_gets_a_page_of_their_own(name: str) -> None:
    view = make_view()
    ask(view)

    own = ask(view, cookies={name: "value"})

    assert own.content == b"2"
    assert "ETag" not in own
    assert ask(view).content == b"1"


@pytest.mark.parametrize("path", ["/?missing", "/?cookie", "/?" + "q" * 400])
def test_what_must_not_be_kept_is_not(path: str) -> None:
    view = make_view()

    assert [ask(view, path).content for _ in range(2)] == [b"1", b"2"]


def test_addresses_are_told_apart() -> None:
    view = make_view()

    assert [ask(view, path).content for path in ("/a", "/b", "/a?x", "/a")] == [b"1", b"2", b"3", b"1"]


def test_other_methods_reach_the_view() -> None:
    view = make_view()
    request = RequestFactory().post("/calendar/")

    assert [view(request).content for _ in range(2)] == [b"1", b"2"]


def test_of_many_who_ask_at_the_turn_of_a_minute_one_makes_the_page(monkeypatch) -> None:
    monkeypatch.setattr(page_cache, "stamp_of", lambda request, name: 1)
    made = count(1)
    all_are_here = Barrier(6)

    @kept_for_everybody(stamp="calendar")
    def slow(request: HttpRequest) -> HttpResponse:
        sleep(0.05)
        return HttpResponse(f"{next(made)}")

    def ask_with_the_others(_number: int) -> bytes:
        all_are_here.wait()
        return ask(slow).content

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(ask_with_the_others, range(6)))

    assert answers == [b"1"] * 6
