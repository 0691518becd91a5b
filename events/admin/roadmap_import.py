"""Bringing a roadmap file in: upload, look at what it would do and at every bad cell, then save all or nothing."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.admin.requests import at_of, staff_of
from events.admin.roadmap_page import must_write, page
from events.loading import Change, Report, load_table
from events.models import Cycle, Event
from events.roadmap_file import OPTIONAL, REQUIRED
from foundation.held_tables import NoLongerHeldError, facts_of, find_held, hold, let_go, table_of
from foundation.http import as_xlsx_file
from foundation.models import Job
from foundation.spreadsheet_form import SpreadsheetForm
from foundation.spreadsheet_out import rows_with_errors, xlsx_bytes
from foundation.spreadsheets import Table, UnreadableFileError

KIND = "roadmap-check"
# More than anybody reads on a page; the workbook to download has all.
MOST_SHOWN = 300


class ConfirmForm(forms.Form):
    """What is to be written."""

    update = forms.BooleanField(
        label=gettext_lazy("Also write the changes to rows that are there already"), required=False
    )
    publish = forms.BooleanField(label=gettext_lazy("Make the new rows public"), required=False)


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a file and keeps it; nothing of it is saved yet."""
    must_write(request)
    cycle = get_object_or_404(Cycle, pk=pk)
    form = SpreadsheetForm(request.POST, request.FILES) if request.method == "POST" else SpreadsheetForm()
    if request.method == "POST" and form.is_valid():
        job = _held(request, cycle, form)
        if job:
            return redirect("admin:events_cycle_import_check", uuid=job.uuid)
    title = _("Import into the roadmap of %(cycle)s") % {"cycle": cycle}
    columns = {"required": REQUIRED, "optional": OPTIONAL}
    return page(request, "import", title, status=422 if form.errors else 200, cycle=cycle, form=form, columns=columns)


def _held(request: HttpRequest, cycle: Cycle, form: SpreadsheetForm) -> Job | None:
    table = form.cleaned_data["file"]
    try:
        _looked_at(request, cycle, table)
    except UnreadableFileError as error:
        form.add_error("file", str(error))
        return None
    facts = {"cycle": cycle.pk, "name": form.file_name}
    return hold(at=at_of(request), actor=staff_of(request), kind=KIND, table=table, facts=facts)


def _looked_at(request: HttpRequest, cycle: Cycle, table: Table) -> Report:
    """What the file would do if everything in it were written; nothing is."""
    return load_table(
        table, cycle=cycle, at=at_of(request), actor=staff_of(request), update=True, publish=False, save=False
    )


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What the kept file would do, with every bad cell; a POST saves it in one transaction."""
    must_write(request)
    try:
        job = _own(request, uuid)
        cycle = get_object_or_404(Cycle, pk=facts_of(job)["cycle"])
        form = ConfirmForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            report = _save(request, cycle, uuid, form)
            if not report.troubles:
                return redirect("admin:events_cycle_roadmap", pk=cycle.pk)
    except NoLongerHeldError:
        messages.warning(request, _("This file was imported already, or was kept for a day. Choose it again."))
        return redirect("admin:events_cycle_changelist")
    table = table_of(job)
    report = _looked_at(request, cycle, table)
    title = _("Look before you import into %(cycle)s") % {"cycle": cycle}
    status = 422 if request.method == "POST" else 200
    return page(request, "import_check", title, status=status, cycle=cycle, form=form, **_shown(job, report))


def _own(request: HttpRequest, uuid: UUID, *, lock: bool = False) -> Job:
    try:
        return find_held(at=at_of(request), actor=staff_of(request), kind=KIND, uuid=uuid, lock=lock)
    except Job.DoesNotExist as error:
        raise Http404 from error


def _shown(job: Job, report: Report) -> dict[str, Any]:
    return {
        "job": job,
        "file_name": facts_of(job)["name"],
        "report": report,
        # As one reads: row by row, from the first column on.
        "troubles": sorted(report.troubles, key=lambda at: (at.line, len(at.cell), at.cell))[:MOST_SHOWN],
        "new": report.new[:MOST_SHOWN],
        "changed": [_with_labels(change) for change in report.changed[:MOST_SHOWN]],
        "most_shown": MOST_SHOWN,
    }


def _with_labels(change: Change) -> tuple[Change, list[tuple[str, str, str]]]:
    """A change with the names that fields have on the pages."""
    return change, [
        (str(Event._meta.get_field(name).verbose_name), old, new)  # type: ignore[union-attr] # noqa: SLF001 -- Django's documented API
        for name, old, new in change.differences
    ]


@transaction.atomic
def _save(request: HttpRequest, cycle: Cycle, uuid: UUID, form: ConfirmForm) -> Report:
    # Two clicks on the button: the second waits here, and finds the file gone.
    job = _own(request, uuid, lock=True)
    report = load_table(
        table_of(job),
        cycle=cycle,
        at=at_of(request),
        actor=staff_of(request),
        update=form.cleaned_data["update"],
        publish=form.cleaned_data["publish"],
    )
    if report.troubles:
        return report
    written = len(report.changed) if report.updated else 0
    counts = {"new": len(report.new), "changed": written, "unchanged": report.unchanged, "published": report.published}
    let_go(job, counts)
    words = (
        _("Imported: %(new)d new, %(changed)d changed, %(unchanged)d unchanged, %(published)d made public.") % counts
    )
    admin.site.get_model_admin(Cycle).log_change(request, cycle, words)
    messages.success(request, words)
    return report


@require_safe
def errors_file(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The kept file as a workbook, with what is wrong in a last column."""
    must_write(request)
    try:
        job = _own(request, uuid)
    except NoLongerHeldError as gone:
        raise Http404 from gone
    cycle = get_object_or_404(Cycle, pk=facts_of(job)["cycle"])
    table = table_of(job)
    troubles = _looked_at(request, cycle, table).troubles
    content = xlsx_bytes(rows_with_errors(table, troubles), title=cycle.slug)
    return as_xlsx_file(content, f"roadmap-{cycle.slug}-errors.xlsx")
