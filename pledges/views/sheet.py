"""All pledges of a stakeholder in one workbook: download, fill in offline, bring back, look, confirm."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import WRITERS
from accounts.models import Membership, Stakeholder, User
from foundation.held_tables import NoLongerHeldError, facts_of, find_held, hold, let_go, table_of
from foundation.http import PortalRequest, as_xlsx_file
from foundation.models import Job
from foundation.row_reading import Reading, read
from foundation.spreadsheet_form import SpreadsheetForm
from foundation.spreadsheet_out import rows_with_errors, xlsx_bytes
from pledges.access import MyPledge, my_pledges, roles_by_stakeholder
from pledges.my_sheet import SheetReader, SheetRow, sheet_rows
from pledges.sheet_workflow import Saved, save_sheet

KIND = "my-sheet"


@login_required
@require_safe
def download(request: PortalRequest, slug: str) -> HttpResponseBase:
    """The workbook; readers may have it too."""
    stakeholder, _role = _mine(request, slug)
    rows = sheet_rows(_pledges(request, stakeholder))
    return as_xlsx_file(xlsx_bytes(rows, title=stakeholder.slug), f"pledges-{stakeholder.slug}.xlsx")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: PortalRequest, slug: str) -> HttpResponse:
    """Takes the filled workbook and keeps it for a day; nothing of it is saved yet."""
    stakeholder, role = _to_write(request, slug)
    form = SpreadsheetForm(request.POST, request.FILES) if request.method == "POST" else SpreadsheetForm()
    if request.method == "POST" and form.is_valid():
        facts = {"stakeholder": stakeholder.slug, "name": form.file_name}
        job = hold(at=request.at, actor=_user(request), kind=KIND, table=form.cleaned_data["file"], facts=facts)
        return redirect("pledges:sheet_check", slug=slug, uuid=job.uuid)
    context = {"stakeholder": stakeholder, "form": form, "may_submit": role == Membership.Role.FOCAL_POINT}
    return render(request, "pledges/sheet.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: PortalRequest, slug: str, uuid: UUID) -> HttpResponse:
    """What the kept workbook would do, by pledge, with every bad cell; a POST saves it."""
    stakeholder, role = _to_write(request, slug)
    try:
        job = _held(request, stakeholder, uuid)
    except NoLongerHeldError:
        messages.warning(request, _("This file was saved already, or was kept for a day. Choose it again."))
        return redirect("pledges:sheet", slug=slug)
    reading = _read(request, stakeholder, role, job)
    if request.method == "POST" and not reading.troubles:
        _save(request, stakeholder, role, uuid)
        return redirect("pledges:my")
    status = 422 if request.method == "POST" else 200
    return render(request, "pledges/sheet_check.html", _shown(stakeholder, job, reading), status=status)


@login_required
@require_safe
def errors(request: PortalRequest, slug: str, uuid: UUID) -> HttpResponseBase:
    """The kept workbook, with what is wrong in a last column."""
    stakeholder, role = _to_write(request, slug)
    try:
        job = _held(request, stakeholder, uuid)
    except NoLongerHeldError as gone:
        raise Http404 from gone
    troubles = _read(request, stakeholder, role, job).troubles
    content = xlsx_bytes(rows_with_errors(table_of(job), troubles), title=stakeholder.slug)
    return as_xlsx_file(content, f"pledges-{stakeholder.slug}-errors.xlsx")


def _user(request: PortalRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 -- login_required says so; this tells the type
    return request.user


def _mine(request: PortalRequest, slug: str) -> tuple[Stakeholder, Membership.Role]:
    """One of the person's stakeholders, and their role there. Raises Http404 for all others."""
    roles = roles_by_stakeholder(request.user, at=request.at)
    found = next((pair for pair in roles.items() if pair[0].slug == slug), None)
    if found is None:
        raise Http404
    return found


def _to_write(request: PortalRequest, slug: str) -> tuple[Stakeholder, Membership.Role]:
    stakeholder, role = _mine(request, slug)
    if role not in WRITERS:
        raise PermissionDenied(_("As a reader you see the updates. A focal point or a contributor writes them."))
    return stakeholder, role


def _pledges(request: PortalRequest, stakeholder: Stakeholder) -> list[MyPledge]:
    """Those on which the stakeholder reports."""
    pledges = my_pledges(request.user, at=request.at)
    return [mine for mine in pledges if mine.stakeholder == stakeholder and mine.relation == "reporter"]


def _held(request: PortalRequest, stakeholder: Stakeholder, uuid: UUID, *, lock: bool = False) -> Job:
    try:
        job = find_held(at=request.at, actor=_user(request), kind=KIND, uuid=uuid, lock=lock)
    except Job.DoesNotExist as error:
        raise Http404 from error
    if facts_of(job)["stakeholder"] != stakeholder.slug:
        raise Http404
    return job


def _read(request: PortalRequest, stakeholder: Stakeholder, role: Membership.Role, job: Job) -> Reading[SheetRow]:
    why_not = _("As a contributor you can save drafts; a focal point submits them. Write “no” here.")
    reader = SheetReader(
        {mine.pledge.reference: mine for mine in _pledges(request, stakeholder)},
        why_not_submit="" if role == Membership.Role.FOCAL_POINT else why_not,
    )
    return read(reader, table_of(job))


def _shown(stakeholder: Stakeholder, job: Job, reading: Reading[SheetRow]) -> dict[str, Any]:
    told = [row for row in reading.rows if not row.is_unchanged]
    good = [row for row in told if not row.why_held]
    return {
        "stakeholder": stakeholder,
        "job": job,
        "file_name": facts_of(job)["name"],
        "troubles": reading.troubles,
        "new": [row for row in good if row.is_new],
        "changed": [row for row in good if not row.is_new],
        "held": [row for row in told if row.why_held],
        "unchanged": len(reading.rows) - len(told),
        "submits": sum(row.submits for row in good),
        "good": len(good),
    }


@transaction.atomic
def _save(request: PortalRequest, stakeholder: Stakeholder, role: Membership.Role, uuid: UUID) -> None:
    # Two clicks on the button: the second waits here, and finds the file gone.
    try:
        job = _held(request, stakeholder, uuid, lock=True)
    except NoLongerHeldError:
        messages.warning(request, _("This file was saved already."))
        return
    # Read once more, since it may have waited.
    rows = _read(request, stakeholder, role, job).rows
    saved = save_sheet(at=request.at, actor=_user(request), rows=rows)
    let_go(job, {"drafts": saved.drafts, "submitted": saved.submitted, "refused": sorted(saved.refused)})
    _tell(request, saved)


def _tell(request: PortalRequest, saved: Saved) -> None:
    for references, sentence in (
        (saved.submitted, _("Submitted, with a receipt by mail for each: %(names)s.")),
        (saved.drafts, _("Saved as drafts: %(names)s.")),
    ):
        if references:
            messages.success(request, sentence % {"names": ", ".join(references)})
    for reference, sentence in saved.refused.items():
        said = {"reference": reference, "reason": sentence}
        messages.warning(request, _("Not saved: %(reference)s. %(reason)s") % said)
    if not (saved.submitted or saved.drafts or saved.refused):
        messages.info(request, _("Nothing in the file was new, so nothing was changed."))
