"""Pages on which staff bring in a file: upload, wait, look at what it would do and at every bad cell, confirm."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.admin.requests import at_of, staff_of
from foundation import import_jobs, jobs
from foundation.http import as_xlsx_file
from foundation.import_jobs import MOST_SHOWN, Kind
from foundation.models import Job
from foundation.row_reading import read
from foundation.spreadsheet_form import SpreadsheetForm
from foundation.spreadsheet_out import rows_with_errors, xlsx_bytes
from foundation.spreadsheets import Trouble


class ConfirmForm(forms.Form):
    """What is to be written."""

    update = forms.BooleanField(
        label=gettext_lazy("Also write the changes to rows that are there already"), required=False
    )
    publish = forms.BooleanField(label=gettext_lazy("Make the new rows public"), required=False)


@dataclass(frozen=True)
class ImportPages:
    """The pages for one model. ``publishes`` offers to make new rows public; else that is said in the file."""

    kind: Kind
    model: type[Model]
    help: str | Promise
    title: str | Promise
    publishes: bool = False
    labels: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The beginning of the pages' names, as Django's admin has it."""
        return f"{self.model._meta.app_label}_{self.model._meta.model_name}_import"  # noqa: SLF001 -- documented API

    def urls(self, wrap: Callable[..., Any]) -> list[URLPattern]:
        """To be put before the model's own addresses."""
        return [
            path("import/", wrap(self.upload), name=self.name),
            path("import/<uuid:uuid>/", wrap(self.job), name=f"{self.name}_job"),
            path("import/<uuid:uuid>/errors.xlsx", wrap(self.errors), name=f"{self.name}_errors"),
        ]

    def may(self, request: HttpRequest) -> bool:
        """Whether the person both adds and changes such rows."""
        of = self.model._meta  # noqa: SLF001 -- Django's documented API
        return bool(request.user.has_perms([f"{of.app_label}.{verb}_{of.model_name}" for verb in ("add", "change")]))

    def _must(self, request: HttpRequest) -> None:
        if not self.may(request):
            raise PermissionDenied(_("Your role reads these rows, but does not bring in files. Ask an editor."))

    def upload(self, request: HttpRequest) -> HttpResponse:
        """Takes a file, to be looked at; nothing of it is saved yet."""
        return require_http_methods(["GET", "HEAD", "POST"])(self._upload)(request)

    def _upload(self, request: HttpRequest) -> HttpResponse:
        self._must(request)
        form = SpreadsheetForm(request.POST, request.FILES) if request.method == "POST" else SpreadsheetForm()
        if request.method == "POST" and form.is_valid():
            job = import_jobs.bring(
                self.kind,
                at=at_of(request),
                actor=staff_of(request),
                table=form.cleaned_data["file"],
                file_name=form.file_name,
                sha256=form.sha256,
            )
            jobs.run_soon(job, at=at_of(request))
            return redirect(f"admin:{self.name}_job", uuid=job.uuid)
        importer = self.kind.make({})
        columns = {"required": importer.required, "optional": importer.optional}
        return self._page(request, "upload", status=422 if form.errors else 200, form=form, columns=columns)

    def job(self, request: HttpRequest, uuid: UUID) -> HttpResponse:
        """How far it is and what was found; a POST confirms it, or asks to look again."""
        return require_http_methods(["GET", "HEAD", "POST"])(self._job)(request, uuid)

    def _job(self, request: HttpRequest, uuid: UUID) -> HttpResponse:
        self._must(request)
        job = self._find(uuid)
        form = ConfirmForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            self._go_on(request, job, form)
            return redirect(f"admin:{self.name}_job", uuid=uuid)
        return self._page(request, "job", form=form, **self._shown(job, at_of(request)))

    def _find(self, uuid: UUID) -> Job:
        kinds = [self.kind.check, self.kind.saves]
        job = Job.objects.filter(kind__in=kinds, uuid=uuid).select_related("requested_by").first()
        if job is None:
            raise Http404
        return job

    def _go_on(self, request: HttpRequest, job: Job, form: ConfirmForm) -> None:
        who: dict[str, Any] = {"at": at_of(request), "actor": staff_of(request)}
        if request.POST.get("action") == "go-on":
            # Only what is stuck: else the tick, or the process that works on it, ends it.
            asked = jobs.is_stuck(job, at=at_of(request))
        elif request.POST.get("action") == "again":
            asked = import_jobs.look_again(self.kind, job, **who)
        else:
            options = form.cleaned_data if self.publishes else form.cleaned_data | {"publish": False}
            asked = import_jobs.confirm(self.kind, job, **who, options=options)
        if asked:
            jobs.run_soon(job, at=at_of(request))
        else:
            messages.warning(request, _("This page was no longer up to date. Here is how it stands now."))

    def _shown(self, job: Job, at: datetime) -> dict[str, Any]:
        report = job.report
        changed = [
            (name, [(self._label(each), *values) for each, values in changes.items()])
            for name, changes in report.get("changed", {}).items()
        ]
        return {
            "job": job,
            "doing": jobs.label_of(job.kind),
            "is_open": job.state in (Job.State.WAITING, Job.State.RUNNING),
            "is_stuck": jobs.is_stuck(job, at=at),
            "is_saved": job.kind == self.kind.saves and job.state == Job.State.DONE,
            "is_kept": import_jobs.is_kept(job),
            "facts": report.get("facts", {}),
            "counts": report.get("counts"),
            "troubles": [Trouble(**trouble) for trouble in report.get("troubles", [])],
            "new": report.get("new", []),
            "changed": changed,
            "earlier": import_jobs.last_import(self.kind, job.sha256),
            "most_shown": MOST_SHOWN,
        }

    def _label(self, name: str) -> str:
        return str(self.labels.get(name) or name)

    def errors(self, request: HttpRequest, uuid: UUID) -> HttpResponseBase:
        """The file as a workbook, with what is wrong in a last column."""
        return require_safe(self._errors)(request, uuid)

    def _errors(self, request: HttpRequest, uuid: UUID) -> HttpResponseBase:
        self._must(request)
        job = self._find(uuid)
        if not import_jobs.is_kept(job):
            raise Http404
        table = import_jobs.table_of(job)
        troubles = read(self.kind.make({}), table).troubles
        content = xlsx_bytes(rows_with_errors(table, troubles), title=self.kind.name)
        return as_xlsx_file(content, f"{self.kind.name}-errors.xlsx")

    def _page(self, request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
        own = self.model._meta  # noqa: SLF001 -- Django's documented API
        context |= {
            **admin.site.each_context(request),
            "opts": own,
            "title": self.title,
            "help": self.help,
            "publishes": self.publishes,
            "upload_address": reverse(f"admin:{self.name}"),
            "list_address": reverse(f"admin:{own.app_label}_{own.model_name}_changelist"),
        }
        if "job" in context:
            context["errors_address"] = reverse(f"admin:{self.name}_errors", args=[context["job"].uuid])
        return render(request, f"admin/imports/{name}.html", context, status=status)
