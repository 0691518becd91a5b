"""The page of a window's campaign: what its reminders will do, do and did; pause, resume, send now, test."""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.admin.requests import at_of, staff_of
from accounts.models import User
from foundation import pauses
from foundation.text import clean_line
from pledges.campaign import campaign_of
from pledges.campaign_answers import answers_of
from pledges.campaign_mail import Sample, sample_of, send_test
from pledges.campaign_picture import picture_of
from pledges.campaign_workflow import send_now
from pledges.models import ReminderRule, UpdateWindow
from pledges.reminder_preview import as_if_switched_on, next_rule, preview, rules_of

_CHANGE = "pledges.change_updatewindow"
_CAMPAIGN = "admin:pledges_updatewindow_campaign"
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class Extent(models.TextChoices):
    """What a pause holds."""

    WINDOW = "window", gettext_lazy("Only the reminders of this window")
    ALL = "all", gettext_lazy("All mail of the portal that can wait")


class PauseForm(forms.Form):
    """What is held, and why."""

    extent = forms.ChoiceField(
        label=gettext_lazy("What is to wait?"), choices=Extent, initial=Extent.WINDOW, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        max_length=300,
        help_text=gettext_lazy("For your colleagues: they see it here until somebody resumes."),
    )

    def clean_reason(self) -> str:
        """On one line, with something to read on it."""
        reason = clean_line(self.cleaned_data["reason"])
        if not reason:
            raise forms.ValidationError(_("Please say why."))
        return reason


class ResumeForm(forms.Form):
    """What may go out again."""

    extent = forms.ChoiceField(choices=Extent)


class MailForm(forms.Form):
    """Which mail is looked at: of one rule, in one language."""

    rule = forms.ModelChoiceField(ReminderRule.objects.none(), required=False)
    language = forms.ChoiceField(choices=lambda: settings.LANGUAGES, required=False)

    def __init__(self, data: Any, *, window: UpdateWindow) -> None:
        super().__init__(data)
        self.fields["rule"].queryset = window.rules.all()  # type: ignore[attr-defined]


def urls(more: dict[str, tuple[str, Callable[..., HttpResponse]]]) -> list[URLPattern]:
    """The pages of a campaign, and ``more`` of them, to stand before Django's own of a window."""
    pages: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
        "campaign": ("campaign/", campaign),
        "send": ("campaign/send/", send),
        "pause": ("campaign/pause/", pause),
        "resume": ("campaign/resume/", resume),
        "test": ("campaign/test/", test_to_myself),
        "mail": ("campaign/mail/", mail),
        "mail_html": ("campaign/mail.html", mail_html),
        **more,
    }
    return [
        path(f"<int:pk>/{place}", admin.site.admin_view(view), name=f"pledges_updatewindow_{name}")
        for name, (place, view) in pages.items()
    ]


@require_safe
def campaign(request: HttpRequest, pk: int) -> HttpResponse:
    """Rules and moments, what comes next, how the mails fare, and what they led to."""
    window, at = get_window(request, pk), at_of(request)
    seen = campaign_of(as_if_switched_on(window, at=at), at=at)
    answers = answers_of(window, as_of=at)
    context: dict[str, Any] = {
        "campaign": seen,
        "answers": [(row.rule, answers[row.rule.pk]) for row in seen.rows if row.rule.pk in answers],
        "picture": picture_of(window),
        "bouncing": User.objects.filter(address_failed_at__isnull=False).count(),
        "may_change": request.user.has_perm(_CHANGE),
        "languages": settings.LANGUAGES,
    }
    return page(request, "campaign", _("Campaign"), window, **context)


@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """GET says how many mails would be made now; POST makes them. Twice, or by two at once, makes no more."""
    window, at = get_window(request, pk, verb=True), at_of(request)
    if request.method == "POST":
        result = send_now(at=at, window=window)
        _log(request, window, f"send now: {result}")
        messages.success(request, _said(result.created))
        return redirect(_CAMPAIGN, pk)
    return page(request, "send", _("Send now"), window, campaign=campaign_of(window, at=at))


@require_http_methods(["GET", "HEAD", "POST"])
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks what is to wait and why, then holds the window's reminders, or all mail but login codes."""
    window = get_window(request, pk, verb=True)
    form = PauseForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        _pause(request, window, **form.cleaned_data)
        return redirect(_CAMPAIGN, pk)
    return page(request, "pause", _("Pause mail"), window, status=422 if form.is_bound else 200, form=form)


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Lets the window's reminders, or all mail, go out again; what waited goes with the next tick."""
    window = get_window(request, pk, verb=True)
    form = ResumeForm(request.POST)
    if form.is_valid():
        messages.success(request, _resume(request, window, form.cleaned_data["extent"]))
    else:
        messages.warning(request, _("Please use the button of what is to go out again."))
    return redirect(_CAMPAIGN, pk)


@require_POST
def test_to_myself(request: HttpRequest, pk: int) -> HttpResponse:
    """Sends the mail to the one who asks, and to nobody else."""
    window = get_window(request, pk, verb=True)
    sample = get_sample(request, request.POST, window)
    if sample is None:
        messages.warning(request, _("There is no mail to look at: no focal point has a pledge that is asked for."))
        return redirect(_CAMPAIGN, pk)
    reader = staff_of(request)
    send_test(sample, reader=reader, at=at_of(request))
    messages.success(request, _("A test mail goes to %(address)s.") % {"address": reader.email})
    return redirect(_CAMPAIGN, pk)


@require_safe
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One real mail in one language, as text, with the way to the same as HTML."""
    window = get_window(request, pk)
    sample = get_sample(request, request.GET, window)
    content = sample.written_for(staff_of(request)) if sample else None
    return page(request, "mail", _("The mail as it would go out"), window, sample=sample, content=content)


@require_safe
def mail_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML of the same mail, on a page of its own that may run, load and send nothing.

    Its one style sheet is our own, allowed by its hash.
    """
    sample = get_sample(request, request.GET, get_window(request, pk))
    if sample is None:
        raise Http404
    html = sample.written_for(staff_of(request)).html
    style = _STYLE.search(html)
    digest = base64.b64encode(hashlib.sha256(style[1].encode() if style else b"").digest()).decode()
    response = HttpResponse(html)
    # What django-csp's decorator does; the hash is known only now.
    response._csp_replace = {"style-src": [f"'sha256-{digest}'"]}  # type: ignore[attr-defined] # noqa: SLF001
    return response


def get_window(request: HttpRequest, pk: int, *, verb: bool = False) -> UpdateWindow:
    """The window. Who may read windows and people reads; who may change windows acts."""
    window = get_object_or_404(UpdateWindow.objects.select_related("cycle"), pk=pk)
    needed = ("pledges.view_updatewindow", "accounts.view_user", *((_CHANGE,) if verb else ()))
    if not request.user.has_perms(needed):
        raise PermissionDenied(_("Your role does not include this."))
    return window


def get_sample(request: HttpRequest, data: Any, window: UpdateWindow) -> Sample | None:
    """The mail of the rule and language that are asked for, or of the next rule in the first language."""
    form = MailForm(data, window=window)
    form.is_valid()
    at = at_of(request)
    seen_as = as_if_switched_on(window, at=at)
    wanted = form.cleaned_data.get("rule")
    rule = next((rule for rule in rules_of(seen_as) if rule == wanted), None) or next_rule(seen_as, at=at)
    seen = preview(rule, at=at) if rule else None
    return sample_of(seen, language=form.cleaned_data.get("language") or settings.LANGUAGES[0][0], at=at)


def _pause(request: HttpRequest, window: UpdateWindow, *, extent: str, reason: str) -> None:
    of = None if extent == Extent.ALL else window.campaign
    if not pauses.pause(at=at_of(request), actor=staff_of(request), reason=reason, of=of):
        words = _("It was paused already, and the reason that stands below was kept. Yours was: %(reason)s")
        messages.warning(request, words % {"reason": reason})
    elif of:
        _log(request, window, f"reminders paused: {reason}")
        messages.success(request, _("The reminders of this window are paused."))
    else:
        messages.success(request, _("Mail is paused."))


def _resume(request: HttpRequest, window: UpdateWindow, extent: str) -> str:
    facts: dict[str, Any] = {"at": at_of(request), "actor": staff_of(request)}
    if extent == Extent.ALL:
        return _("Mail goes out again.") if pauses.resume(**facts) else _("Mail was not paused.")
    if not pauses.resume(**facts, of=window.campaign):
        return _("The reminders of this window were not paused.")
    _log(request, window, "reminders resumed")
    if pauses.paused():
        return _("The reminders of this window are released. They go out once all mail is resumed.")
    return _("The reminders of this window go out again.")


def _said(number: int) -> str:
    if not number:
        return _("Nothing was left to be made. What waits goes out by itself.")
    words = ngettext(
        "%(count)d reminder was made. It goes out within a minute, unless mail is paused.",
        "%(count)d reminders were made. The first go out within a minute, unless mail is paused.",
        number,
    )
    return words % {"count": number}


def _log(request: HttpRequest, window: UpdateWindow, words: str) -> None:
    LogEntry.objects.log_actions(staff_of(request).pk, [window], CHANGE, words, single_object=True)


def page(
    request: HttpRequest, name: str, title: str, window: UpdateWindow, *, status: int = 200, **context: Any
) -> HttpResponse:
    context |= {
        **admin.site.each_context(request),
        "opts": UpdateWindow._meta,  # noqa: SLF001 -- Django's documented API
        "title": title,
        "window": window,
        "zone": window.cycle.zone,
        "pauses": [pause for pause in (pauses.paused(), pauses.paused(window.campaign)) if pause],
    }
    return render(request, f"admin/pledges/updatewindow/{name}.html", context, status=status)
