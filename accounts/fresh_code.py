"""A fresh login code, asked for before a person lets somebody else report.

A session lasts half a day; whoever finds it open must not be able to give away the right to report for a State.
"""

import time
from datetime import timedelta

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import User

FRESH_FOR = timedelta(hours=1)
# A form that was opened in time can still be sent.
_TO_FILL_IN = timedelta(hours=1)


def page_for_stale_code(request: HttpRequest, user: User) -> HttpResponse | None:
    """None while the login code that was typed in this session is fresh; else the page that asks for a new one.

    Its button logs out and mails a code, which leads back to the page that was asked for.
    """
    age = _age_of_code(request, user)
    if age is not None and age <= FRESH_FOR:
        return None
    if "mail_code" in request.POST:
        return _mail_code(request, user)
    is_sent = request.method == "POST"
    if is_sent and age is not None and age <= FRESH_FOR + _TO_FILL_IN:
        return None
    return render(request, "accounts/fresh_code.html", {"is_sent": is_sent}, status=403 if is_sent else 200)


def _age_of_code(request: HttpRequest, user: User) -> timedelta | None:
    """Since the newest code of this session was typed; None without one. By the clock of allauth, which noted it."""
    typed = [record["at"] for record in get_authentication_records(request, user) if record.get("method") == "code"]
    return timedelta(seconds=max(time.time() - max(typed), 0)) if typed else None


def _mail_code(request: HttpRequest, user: User) -> HttpResponse:
    way_back = urlencode({"next": request.path})
    logout(request)
    LoginCodeVerificationProcess.initiate(request=request, user=user, email=user.email)
    return redirect(f"{reverse('account_confirm_login_code')}?{way_back}")
