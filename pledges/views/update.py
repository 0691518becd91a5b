"""Reporting progress on one pledge."""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from foundation.http import PortalRequest
from pledges import evidence, workflow
from pledges.access import MyPledge, content_now, get_my_pledge, get_my_round
from pledges.confirmations import confirm_no_change
from pledges.content import FIELD_LABELS, content_of, empty_content
from pledges.evidence import Offered
from pledges.evidence_form import EvidenceForm, evidence_form_of, to_choose_again
from pledges.field_comments import comments_on
from pledges.forms import UpdateForm, form_names, initial_of
from pledges.models import ProgressUpdate
from pledges.refusals import Refused, StaleRevision
from pledges.round_text import fields_of, round_fields
from pledges.templatetags.reporting import in_zone
from pledges.views import autosave, conflict, kept_text, returned

State = ProgressUpdate.State


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PortalRequest, reference: str) -> HttpResponse:
    """The form of an update; a page to read for those who do not write, and while the reviewers have it.

    Whoever is no longer logged in when the text arrives gets it back on a page to send again.
    """
    if not isinstance(request.user, User):
        if request.method == "POST":
            autosaved = autosave.is_autosave(request)
            return autosave.answer_the_logged_out() if autosaved else kept_text.page_for_the_logged_out(request)
        return redirect_to_login(request.get_full_path())
    mine = get_my_pledge(request.user, reference, at=request.at)
    if request.method == "POST":
        act = autosave.save if autosave.is_autosave(request) else _receive
        return act(request, request.user, mine)
    if not mine.may_draft or (mine.open_update and not mine.open_update.is_editable):
        return _page_to_read(request, mine)
    return show_form(request, mine, UpdateForm(initial=initial_of(content_now(mine), revision=mine.revision)))


@login_required
@require_POST
def confirm(request: PortalRequest, reference: str) -> HttpResponse:
    """Notes "no significant change" with one click."""
    mine = get_my_pledge(request.user, reference, at=request.at)
    mine.require_submit(request.at)
    assert isinstance(request.user, User)  # noqa: S101 -- login_required says so; this tells the type
    try:
        confirm_no_change(at=request.at, actor=request.user, pledge=mine.pledge, stakeholder=mine.reporter)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        sentence = _("Thank you. %(reference)s: “no significant change” is noted as of %(moment)s.")
        messages.success(request, sentence % {"reference": reference, "moment": in_zone(request.at, request.user.zone)})
    return redirect("pledges:my")


@login_required
@require_safe
def receipt(request: PortalRequest, uuid: UUID) -> HttpResponse:
    """What was submitted and when, under the number of the receipt."""
    row, mine = get_my_round(request.user, uuid, at=request.at)
    context = {
        "round": row,
        "mine": mine,
        "fields": round_fields(row),
        "files": evidence.lines_of(row.content),
        "comments": comments_on(row, now=row.content),
        "language": row.content.get("language", ""),
        "zone": getattr(request.user, "zone", "UTC"),
    }
    return render(request, "pledges/receipt.html", context)


def show_form(
    request: PortalRequest,
    mine: MyPledge,
    form: UpdateForm,
    *,
    evidence_form: EvidenceForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page with the form, the last published values beside its fields, and what a reviewer asked for."""
    evidence_form = evidence_form or EvidenceForm()
    files = evidence.lines_of_draft(mine.open_update)
    row = mine.last_round
    if form.is_bound and form.errors:
        form.show_controls()
    context = {
        "mine": mine,
        "form": form,
        "evidence_form": evidence_form,
        "files": files,
        "room_for_files": len(files) < settings.EVIDENCE_MOST_FILES,
        "problems": form.problems() + evidence_form.problems(),
        "update": mine.open_update,
        **returned.context_of_form(mine, form, evidence_form),
        "last_round": row,
        "last_language": row.content.get("language", "") if row else "",
        "zone": getattr(request.user, "zone", "UTC"),
    }
    return render(request, "pledges/update_form.html", context, status=status)


def answer_csrf_failure(request: HttpRequest) -> HttpResponse | None:
    """The typed text on a page of its own after the security token of the form had grown old; None elsewhere."""
    if autosave.is_autosave(request):
        return autosave.answer_the_logged_out()
    return kept_text.after_csrf_failure(request, show_form)


def _receive(request: PortalRequest, user: User, mine: MyPledge) -> HttpResponse:
    submits = request.POST.get("action") == "submit"
    try:
        mine.require_draft()
        if submits:
            mine.require_submit(request.at)
    except PermissionDenied as refused:
        return kept_text.page_for_the_refused(request, reason=str(refused))
    if "take" in request.POST:
        return _take_over(request, mine)
    if "take_out" in request.POST:
        return _take_out(request, user, mine)
    typed = conflict.resolved(request.POST, mine)
    form = UpdateForm(typed, submits=submits, has_files=submits and _has_files(request, mine))
    if not form.is_valid():
        return show_form(request, mine, form, evidence_form=to_choose_again(request), status=422)
    files = evidence_form_of(request)
    if not files.is_valid():
        return show_form(request, mine, form, evidence_form=files, status=422)
    return _keep(request, user, mine, form, files)


def _keep(request: PortalRequest, user: User, mine: MyPledge, form: UpdateForm, files: EvidenceForm) -> HttpResponse:
    act = _submit if form.submits else _save
    try:
        return act(request, user, mine, form, files.offered)
    except StaleRevision as stale:
        return conflict.page(request, mine, form, stale)
    except Refused as refused:
        files.add_error("evidence", str(refused))
        return show_form(request, mine, form, evidence_form=files, status=422)


def _has_files(request: PortalRequest, mine: MyPledge) -> bool:
    return "evidence" in request.FILES or bool(evidence.lines_of_draft(mine.open_update))


def _take_over(request: PortalRequest, mine: MyPledge) -> HttpResponse:
    """The form as it was typed, with one field as it was published last; nothing is saved yet."""
    name, typed = request.POST["take"], request.POST.copy()
    if name in FIELD_LABELS and mine.last_round:
        last = initial_of({**empty_content(), **mine.last_round.content}, revision=mine.revision)
        for part in form_names(name):
            typed[part] = last.get(part) or ""
    return show_form(request, mine, UpdateForm(typed), evidence_form=to_choose_again(request))


def _take_out(request: PortalRequest, user: User, mine: MyPledge) -> HttpResponse:
    """The form as it was typed, after one file was taken out; the text is not saved yet."""
    try:
        uuid = UUID(request.POST["take_out"])
        if mine.open_update is None:
            raise Http404
        was_there = evidence.take_out(at=request.at, actor=user, update=mine.open_update, uuid=uuid)
    except ValueError as error:
        raise Http404 from error
    except Refused as refused:
        return kept_text.page_for_the_refused(request, reason=str(refused))
    messages.success(request, _("The file was taken out.") if was_there else _("The file had been taken out already."))
    return show_form(request, mine, UpdateForm(request.POST), evidence_form=to_choose_again(request))


def _save(
    request: PortalRequest, user: User, mine: MyPledge, form: UpdateForm, files: Sequence[Offered]
) -> HttpResponse:
    workflow.save_draft(
        at=request.at,
        actor=user,
        pledge=mine.pledge,
        stakeholder=mine.reporter,
        revision=form.cleaned_data["revision"],
        fields=form.content,
        files=files,
    )
    sentence = _("The draft was saved, %(moment)s. Only people of the parties of this pledge can read it.")
    messages.success(request, sentence % {"moment": in_zone(request.at, user.zone)})
    if files:
        messages.success(request, _("“%(name)s” is attached.") % {"name": files[0].taken.name})
    address = reverse("pledges:update", args=[mine.pledge.reference])
    return redirect(f"{address}#evidence" if request.POST.get("action") == "attach" else address)


def _submit(
    request: PortalRequest, user: User, mine: MyPledge, form: UpdateForm, files: Sequence[Offered]
) -> HttpResponse:
    row = workflow.submit(
        at=request.at,
        actor=user,
        pledge=mine.pledge,
        stakeholder=mine.reporter,
        revision=form.cleaned_data["revision"],
        fields=form.content,
        files=files,
    )
    return redirect("pledges:receipt", row.uuid)


def _page_to_read(request: PortalRequest, mine: MyPledge) -> HttpResponse:
    update = mine.open_update
    rounds = list(update.rounds.all()) if update else []
    waiting = rounds[-1] if update and update.state == State.SUBMITTED and rounds else None
    shown = waiting or (None if update else mine.last_round)
    content = shown.content if shown else content_of(update) if update else empty_content()
    context = {
        "mine": mine,
        "update": update,
        "waiting": waiting,
        "returned": returned.round_of(mine),
        "comments": returned.comments_of(mine),
        "fields": [field for field in fields_of(content, shown.labels if shown else {}) if field.text],
        "files": evidence.lines_of(shown.content) if shown else evidence.lines_of_draft(update),
        "language": content["language"],
        "zone": getattr(request.user, "zone", "UTC"),
    }
    return render(request, "pledges/update_read.html", context)
