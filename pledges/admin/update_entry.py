"""Pages on which staff bring in updates that did not come through the form."""

from collections.abc import Sequence
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
from pledges.evidence import Offered
from pledges.evidence_form import EvidenceForm, evidence_form_of, to_choose_again
from pledges.importing import WEB_ROWS_AT_MOST, Report, import_updates
from pledges.models import ProgressUpdate
from pledges.refusals import Refused


@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """An update that came by letter, mail or in a meeting goes before the reviewers."""
    _may_add(request)
    at = at_of(request)
    if request.method != "POST":
        known = {"pledge": request.GET.get("pledge", "")[:20], "language": "en"}
        return _entry_page(request, OnBehalfForm(at=at, initial=known), EvidenceForm())
    form = OnBehalfForm(request.POST, at=at)
    if not form.is_valid():
        return _entry_page(request, form, to_choose_again(request))
    files = evidence_form_of(request)
    if not files.is_valid():
        return _entry_page(request, form, files)
    if not _entered(request, form, files.offered, at=at):
        return _entry_page(request, form, to_choose_again(request))
    return redirect("admin:pledges_progressupdate_changelist")


def _entry_page(request: HttpRequest, form: OnBehalfForm, files: EvidenceForm) -> HttpResponse:
    problems = form.problems() + files.problems() if form.is_bound else []
    if form.is_bound:
        form.show_controls()
    title, status = _("Enter an update on a stakeholder’s behalf"), 422 if problems else 200
    return _page(request, "on_behalf", title, status=status, form=form, evidence_form=files, problems=problems)


def _entered(request: HttpRequest, form: OnBehalfForm, files: Sequence[Offered], *, at: datetime) -> bool:
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
            files=files,
        )
    except Refused as refused:
        form.add_error(None, str(refused))
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
