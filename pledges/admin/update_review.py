"""The page on which staff review an update, and the buttons on it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.admin.requests import at_of, staff_of
from accounts.models import User
from pledges import review
from pledges.admin.update_forms import AcceptForm, ReturnForm, RevokeForm
from pledges.evidence import lines_of
from pledges.models import ProgressUpdate, UpdateRound
from pledges.refusals import Refused
from pledges.round_text import fields_of, pairs_of

_PAGE = "admin:pledges_progressupdate_change"
State = ProgressUpdate.State


def show(request: HttpRequest, pk: str | int, *, form: ReturnForm | None = None, status: int = 200) -> HttpResponse:
    """What was published last beside what was sent now. Of a draft only that there is one."""
    if not request.user.has_perm("pledges.view_progressupdate"):
        raise PermissionDenied(_("Your role does not include reading updates. Ask an administrator."))
    update = _get(pk)
    rounds = list(update.rounds.select_related("submitted_by", "decided_by").order_by("-number"))
    newest = rounds[0] if rounds else None
    undecided = newest if newest and not newest.decision else None
    before = _published_before(update, request)
    context = {
        "update": update,
        "version": update.pledge.current,
        "newest": newest,
        "files": lines_of(newest.content) if newest else [],
        "files_before": lines_of(before.content) if before else [],
        "earlier": [(row, fields_of(row.content, row.labels), lines_of(row.content)) for row in rounds[1:]],
        "before": before,
        "pairs": _pairs(before, newest) if newest else [],
        "undecided": undecided,
        "may_decide": request.user.has_perm("pledges.change_progressupdate"),
        "return_form": form or ReturnForm(initial={"number": undecided.number if undecided else None}),
        "language": newest.content.get("language", "") if newest else "",
        "before_language": before.content.get("language", "") if before else "",
    }
    return _page(request, "review", str(update.pledge), status=status, **context)


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Publishes the round that was read."""
    update, form = _get(pk, by=request), AcceptForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The form did not say which round was read. Please read it once more."))
        return redirect(_PAGE, pk)
    number = form.cleaned_data["number"]
    try:
        review.accept(at=at_of(request), actor=_may_decide(request), update=update, number=number)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(_PAGE, pk)
    messages.success(request, _("Published. All focal points of %(name)s are told.") % {"name": update.stakeholder})
    return redirect("admin:pledges_progressupdate_changelist")


@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Returns the round that was read, with a comment, which is kept on the page if it cannot be sent."""
    actor = _may_decide(request)
    update, form = _get(pk, by=request), ReturnForm(request.POST)
    if form.is_valid():
        try:
            review.return_with_comment(at=at_of(request), actor=actor, update=update, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, _("Returned. All focal points of %(name)s are told why.") % {"name": update.stakeholder}
            )
            return redirect("admin:pledges_progressupdate_changelist")
    return show(request, pk, form=form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for a public note before it withdraws an update from the public."""
    actor = _may_decide(request)
    update, form = _get(pk), RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            review.revoke(at=at_of(request), actor=actor, update=update, note=form.cleaned_data["note"])
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Withdrawn. The public sees your note in its place."))
        return redirect(_PAGE, pk)
    return _page(request, "revoke", _("Withdraw from the public"), form=form, update=update)


def _may_decide(request: HttpRequest) -> User:
    if not request.user.has_perm("pledges.change_progressupdate"):
        raise PermissionDenied(_("Your role does not include deciding on updates. Ask a reviewer."))
    return staff_of(request)


def _get(pk: str | int, *, by: HttpRequest | None = None) -> ProgressUpdate:
    """The row without its own texts, which may be those of a draft: staff read rounds."""
    if by is not None:
        _may_decide(by)
    if not str(pk).isdecimal() or len(str(pk)) > 18:
        raise Http404
    texts = ("narrative", "results", "challenges", "support_needed", "refugees_involved", "links", "no_evidence_reason")
    updates = ProgressUpdate.objects.defer(*texts).select_related("pledge__occasion", "stakeholder")
    update = updates.filter(pk=pk).first()
    if update is None:
        raise Http404
    return update


def _published_before(update: ProgressUpdate, request: HttpRequest) -> UpdateRound | None:
    """The accepted round that this update follows."""
    others = ProgressUpdate.objects.filter(pledge=update.pledge).accepted_as_of(at_of(request)).exclude(pk=update.pk)
    if update.first_submitted_at:
        others = others.filter(first_submitted_at__lte=update.first_submitted_at)
    latest = others.latest_first().first()
    return latest.rounds.get(decision=UpdateRound.Decision.ACCEPTED) if latest else None


def _pairs(before: UpdateRound | None, newest: UpdateRound) -> list[Any]:
    old = fields_of(before.content, before.labels) if before else fields_of({})
    return [pair for pair in pairs_of(old, fields_of(newest.content, newest.labels)) if pair.old.text or pair.new.text]


def _page(request: HttpRequest, name: str, title: str, *, status: int = 200, **context: Any) -> HttpResponse:
    context |= {**admin.site.each_context(request), "opts": ProgressUpdate._meta, "title": title}  # noqa: SLF001 -- Django's documented API
    return render(request, f"admin/pledges/progressupdate/{name}.html", context, status=status)
