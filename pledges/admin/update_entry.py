"""Pages on which staff bring in updates that did not come through the form."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.admin.requests import at_of, staff_of
from foundation.spreadsheets import UnreadableFileError
from pledges import workflow
from pledges.access import reporter_at
from pledges.admin.update_forms import ImportForm, OnBehalfForm
from pledges.importing import WEB_ROWS_AT_MOST, Report, import_updates
from pledges.models import ProgressUpdate
from pledges.refusals import Refused


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """An update that came by letter, mail or in a meeting goes before the reviewers."""
    _may_add(request)
    at = at_of(request)
    if request.method == "POST":
        form = OnBehalfForm(request.POST, at=at)
        if form.is_valid() and _entered(request, form, at=at):
            return redirect("admin:pledges_progressupdate_changelist")
        form.show_controls()
    else:
        form = OnBehalfForm(at=at, initial={"pledge": request.GET.get("pledge", "")[:20], "language": "en"})
    status = 422 if form.errors else 200
    return _page(request, "on_behalf", _("Enter an update on a stakeholder’s behalf"), status=status, form=form)


def _entered(request: HttpRequest, form: OnBehalfForm, *, at: datetime) -> bool:
    said = form.cleaned_data
    try:
        row = workflow.enter_on_behalf(
            at=at,
            actor=staff_of(request),
            pledge=said["pledge"],
            stakeholder=reporter_at(said["pledge"], at=said["received_at"]),
            content=form.content,
            channel=said["channel"],
            received_at=said["received_at"],
            source_note=said["source_note"],
        )
    except Refused as refused:
        form.add_error("pledge", str(refused))
        return False
    words = _("Entered for %(name)s. It waits for review now; the receipt number is %(number)s.")
    messages.success(request, words % {"name": row.labels["stakeholder"], "number": row.uuid})
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    """Updates of the past from a file: checked first, then published under their own dates."""
    _may_add(request)
    form = ImportForm(request.POST or None, request.FILES or None)
    report: Report | None = None
    if request.method == "POST" and form.is_valid():
        try:
            report = import_updates(
                form.cleaned_data["file"],
                at=at_of(request),
                actor=staff_of(request),
                most_rows=WEB_ROWS_AT_MOST,
                save=request.POST.get("action") == "import",
            )
        except UnreadableFileError as error:
            form.add_error("file", str(error))
    bad = bool(form.errors or (report and report.troubles))
    return _page(request, "import", _("Import past updates"), status=422 if bad else 200, form=form, report=report)


def _may_add(request: HttpRequest) -> None:
    if not request.user.has_perm("pledges.add_progressupdate"):
        raise PermissionDenied(_("Your role does not include bringing in updates. Ask an editor."))


def _page(request: HttpRequest, name: str, title: str, *, status: int, **context: Any) -> HttpResponse:
    context |= {**admin.site.each_context(request), "opts": ProgressUpdate._meta, "title": title}  # noqa: SLF001 -- Django's documented API
    return render(request, f"admin/pledges/progressupdate/{name}.html", context, status=status)
