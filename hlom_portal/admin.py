"""The staff's site."""

from functools import wraps
from typing import Any, NoReturn

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

# What the steps of a list by dates can ask for; of other numbers Python or the database makes no date.
_PARTS_OF_A_DATE = {"__year": range(1000, 9000), "__month": range(1, 13), "__day": range(1, 32)}
# More digits than this have no row, and Python refuses to read thousands of them.
_DIGITS_AT_MOST = 40


class PortalAdminSite(AdminSite):
    """Django's admin; logging in happens on the portal's own page."""

    site_header = _("HLOM portal administration")
    site_title = _("HLOM portal")
    index_title = _("What staff can do")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As Django's; a list or search asked for what cannot be looked up leads to itself without that.

        So does an action on rows whose ticks are no keys.
        """
        guarded: Any = super().admin_view(view, cacheable)

        @wraps(guarded)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if _is_lookup(request) and not can_be_looked_up(request.GET):
                return redirect(request.path)
            if _ticks_no_row(request):
                messages.warning(request, _("Nothing was done. Please tick the rows again."))
                return redirect(request.get_full_path())
            response: HttpResponseBase = guarded(request, *args, **kwargs)
            return response

        return answer

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Sends people to the one login page, and back here afterwards."""
        return redirect(
            f"{reverse('account_login')}?{urlencode({'next': request.GET.get('next', reverse('admin:index'))})}"
        )

    def password_change(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> NoReturn:
        """Nobody changes a password here: the few that exist are set by ``manage.py changepassword``."""
        raise Http404

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> NoReturn:
        """As above."""
        raise Http404


def _is_lookup(request: HttpRequest) -> bool:
    """Whether Django itself hands the query string to the database; pages of our own read theirs with forms."""
    match = request.resolver_match
    name = (match.url_name if match else "") or ""
    return request.method in ("GET", "HEAD") and (name.endswith("_changelist") or name == "autocomplete")


def _ticks_no_row(request: HttpRequest) -> bool:
    """Whether an action is to be done on something that is not the key of a row."""
    ticked = request.POST.getlist(ACTION_CHECKBOX_NAME) if request.method == "POST" else []
    return not all(len(key) <= _DIGITS_AT_MOST and key.isascii() and key.isdigit() for key in ticked)


def can_be_looked_up(asked: QueryDict) -> bool:
    """Whether every value of a query string is text that databases take, and every part of a date one of a calendar."""
    return all(_is_sound(name, value) for name, values in asked.lists() for value in values)


def _is_sound(name: str, value: str) -> bool:
    # A search compares text; of keys SQLite takes eighteen digits at most.
    is_too_large = name != "q" and value.isdigit() and len(value) > 18
    if "\0" in value or is_too_large:
        return False
    allowed = next((numbers for ending, numbers in _PARTS_OF_A_DATE.items() if name.endswith(ending)), None)
    # So short a number may be read; the longest that int() takes is shorter than an address may be.
    return allowed is None or (value.isascii() and value.isdigit() and len(value) < 5 and int(value) in allowed)
