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
from pledges.admin.update_forms import AcceptForm, DecisionForm, ReturnForm, RevokeForm
from pledges.evidence import lines_of
from pledges.field_comments import comments_on
from pledges.models import ProgressUpdate, UpdateRound
from pledges.refusals import Refused
from pledges.review_rows import review_rows, shown_fields
from pledges.round_text import names_in

_PAGE = "admin:pledges_progressupdate_change"
State = ProgressUpdate.State


def show(request: HttpRequest, pk: str | int, *, form: DecisionForm | None = None, status: int = 200) -> HttpResponse:
    """What stood there beside what was sent now. Of a draft only that there is one."""
    if not request.user.has_perm("pledges.view_progressupdate"):
        raise PermissionDenied(_("Your role does not include reading updates. Ask an administrator."))
    update = _get(pk)
    rounds = list(update.rounds.select_related("submitted_by", "decided_by").order_by("-number"))
    newest = rounds[0] if rounds else None
    context: dict[str, Any] = {"update": update, "version": update.pledge.current, "newest": newest, "earlier": []}
    if newest:
        form = form or ReturnForm(initial={"number": newest.number}, names=_names(newest))
        context |= _comparison(request, _published_before(update, request), rounds, form)
        context |= _decision(request, newest) | {"form": form}
        context["earlier"] = [
            (row, shown_fields(row), lines_of(row.content), comments_on(row, now=newest.content)) for row in rounds[1:]
        ]
    return _page(request, "review", str(update.pledge), status=status, **context)


def _comparison(
    request: HttpRequest, published: UpdateRound | None, rounds: list[UpdateRound], form: DecisionForm
) -> dict[str, Any]:
    """The newest round beside the published one, or beside an earlier round of its own that the address names."""
    newest, earlier = rounds[0], rounds[1:]
    chosen = next((row for row in earlier if str(row.number) == request.GET.get("beside")), None)
    beside = chosen or published
    returned = next((row for row in earlier if row.decision == UpdateRound.Decision.RETURNED), None)
    rows = review_rows(newest, beside=beside)
    asked = {comment.name: comment for comment in comments_on(returned, now=newest.content)} if returned else {}
    return {
        "published": published,
        "chosen": chosen,
        "beside": beside,
        "rows": [(row, form.on_field(row.name), asked.get(row.name)) for row in rows],
        "changed": [row for row in rows if row.differs],
        "returned": returned,
    }


def _decision(request: HttpRequest, newest: UpdateRound) -> dict[str, Any]:
    may_decide = request.user.has_perm("pledges.change_progressupdate")
    is_own = newest.submitted_by_id == staff_of(request).pk and newest.channel == UpdateRound.Channel.WEB
    return {
        "may_decide": may_decide,
        "is_own": is_own,
        "undecided": newest if may_decide and not newest.decision and not is_own else None,
        "comments": comments_on(newest, now=newest.content),
    }


def _names(row: UpdateRound | None) -> list[str]:
    """The fields that can be commented on: those of the form, and what else the round holds."""
    return names_in(row.content if row else {})


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Publishes the round that was read. A comment that was written beside is not lost: the page asks about it."""
    actor, update = _may_decide(request), _get(pk)
    form = AcceptForm(request.POST, names=_names(_newest(update)))
    if "number" in form.errors:
        messages.error(request, _("The form did not say which round was read. Please read it once more."))
        return redirect(_PAGE, pk)
    if not form.is_valid():
        return show(request, pk, form=form, status=422)
    try:
        review.accept(at=at_of(request), actor=actor, update=update, number=form.cleaned_data["number"])
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(_PAGE, pk)
    messages.success(request, _("Published. All focal points of %(name)s are told.") % {"name": update.stakeholder})
    return redirect("admin:pledges_progressupdate_changelist")


@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Returns the round that was read, with comments, which are kept on the page if they cannot be sent."""
    actor, update = _may_decide(request), _get(pk)
    form = ReturnForm(request.POST, names=_names(_newest(update)))
    if form.is_valid():
        try:
            _return(request, actor, update, form)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, _("Returned. All focal points of %(name)s are told why.") % {"name": update.stakeholder}
            )
            return redirect("admin:pledges_progressupdate_changelist")
    return show(request, pk, form=form, status=422)


def _return(request: HttpRequest, actor: User, update: ProgressUpdate, form: ReturnForm) -> None:
    review.return_with_comment(
        at=at_of(request),
        actor=actor,
        update=update,
        number=form.cleaned_data["number"],
        comment=form.cleaned_data["comment"],
        field_comments=form.field_comments(),
    )


def _newest(update: ProgressUpdate) -> UpdateRound | None:
    return update.rounds.order_by("number").last()


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


def _get(pk: str | int) -> ProgressUpdate:
    """The row without its own texts, which may be those of a draft: staff read rounds."""
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


def _page(request: HttpRequest, name: str, title: str, *, status: int = 200, **context: Any) -> HttpResponse:
    context |= {**admin.site.each_context(request), "opts": ProgressUpdate._meta, "title": title}  # noqa: SLF001 -- Django's documented API
    return render(request, f"admin/pledges/progressupdate/{name}.html", context, status=status)
