"""Finished answers for readers whom the portal knows nothing of, kept until something they show has changed.

A kept answer is found by the address, the language and a stamp (``foundation.stamps``) that every change raises
in its own transaction: nobody is ever shown what stood there before a change. So each process may keep its own,
and no server has to be there or asked to forget. Since pages also say what is over and what is now, an answer
is kept for the current minute only, unless the view says that it is timeless, as a calendar is.
"""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from threading import RLock
from typing import Any, cast

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import parse_http_date_safe, quote_etag
from django.utils.translation import get_language

from foundation.http import PortalRequest, mark_same_for_everybody
from foundation.stamps import stamp_of

View = Callable[..., HttpResponse]
# The content and the headers of a finished answer.
Kept = tuple[bytes, dict[str, str]]

# Longer addresses are made up by somebody who wants the cache to be full.
_LONGEST_ADDRESS = 400
_A_MINUTE, _AN_HOUR = 60, 3600
# At the turn of a minute all threads want the same pages anew; one of them makes each, the others wait for it.
_MAKING = [RLock() for _number in range(64)]
_KEPT_HEADERS = ("Content-Type", "Last-Modified", "Content-Disposition", "Content-Language", "ETag")


def kept_for_everybody(*, stamp: str, whoever_asks: bool = False, timeless: bool = False) -> Callable[[View], View]:
    """Keeps what a view answers to a GET without cookies, and answers 304 to who has it already.

    With ``whoever_asks`` cookies do not matter: feeds are the same for all, and so are their headers.
    With ``timeless`` the answer says nothing of what is over or now, and outlives the minute.
    The cache named "pages" keeps the answers; conditional answers are given with any cache.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not _may_be_kept(request, whoever_asks):
                return view(request, *args, **kwargs)
            found = _kept_or_made(
                cast("PortalRequest", request), stamp, timeless, lambda: view(request, *args, **kwargs)
            )
            return found if isinstance(found, HttpResponseBase) else _answer(request, *found, whoever_asks)

        return cast("View", answer)

    return decorate


def _may_be_kept(request: HttpRequest, whoever_asks: bool) -> bool:
    """Whether the answer depends on the address and the language only: who brings a cookie gets a page of their own."""
    known = set(request.COOKIES) - {settings.CSRF_COOKIE_NAME}
    is_known = bool(known) and not whoever_asks
    return request.method in ("GET", "HEAD") and not is_known and len(request.get_full_path()) <= _LONGEST_ADDRESS


def _kept_or_made(
    request: PortalRequest, stamp: str, timeless: bool, make: Callable[[], HttpResponse]
) -> Kept | HttpResponse:
    # The stamp is read before the rows are: an answer can be newer than its stamp, never older.
    key = _key(request, stamp_of(request, stamp), timeless)
    kept: Kept | None = caches["pages"].get(key)
    if kept is not None:
        return kept
    if isinstance(caches["pages"], DummyCache):
        return _made(make)
    with _MAKING[hash(key) % len(_MAKING)]:
        found: Kept | HttpResponse = caches["pages"].get(key) or _made(make)
        if isinstance(found, tuple):
            caches["pages"].set(key, found, timeout=_AN_HOUR if timeless else _A_MINUTE)
    return found


def _made(make: Callable[[], HttpResponse]) -> Kept | HttpResponse:
    """What the view answers, as it can be kept; as it is when it must not be kept."""
    made = make()
    return made if made.status_code != 200 or made.streaming or made.cookies else _as_kept(made)


def _key(request: PortalRequest, number: int, timeless: bool) -> str:
    minute = 0 if timeless else int(request.at.timestamp()) // 60
    address = f"{request.get_full_path()}|{get_language()}|{number}|{minute}"
    return f"page:{sha256(address.encode()).hexdigest()}"


def _as_kept(made: HttpResponse) -> Kept:
    headers = {name: made[name] for name in _KEPT_HEADERS if name in made}
    headers.setdefault("ETag", quote_etag(sha256(made.content).hexdigest()[:32]))
    return made.content, headers


def _answer(request: HttpRequest, content: bytes, headers: dict[str, str], whoever_asks: bool) -> HttpResponseBase:
    response = HttpResponse(content, headers=headers)
    # To be asked for again each time, which costs a 304.
    response["Cache-Control"] = "public, no-cache" if whoever_asks else "no-cache"
    if not whoever_asks:
        # Who is logged in gets another page at the same address.
        patch_vary_headers(response, ["Cookie"])
    mark_same_for_everybody(response)
    # Only the very moment that was told counts: one that is later may be of another page at this address.
    told = request.headers.get("If-Modified-Since")
    changed_at = parse_http_date_safe(told) if told and told == headers.get("Last-Modified") else None
    conditional = get_conditional_response(request, headers["ETag"], changed_at, response)
    if conditional is not None and conditional is not response:
        mark_same_for_everybody(conditional)
    return conditional or response
