"""Proposing a new pledge, and a correction to a published one: the form, and what it sends."""

from collections.abc import Callable
from functools import partial
from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from foundation.http import PortalRequest
from pledges import proposals
from pledges.proposal_access import Desk, correction, get_my_proposal, new_proposal
from pledges.proposal_content import PROPOSAL_LABELS
from pledges.proposal_form import ProposalForm, initial_of_proposal, one_input
from pledges.proposal_text import proposal_fields
from pledges.proposals import StaleProposal
from pledges.quality import hints_for_content
from pledges.round_text import pairs_of
from pledges.templatetags.reporting import in_zone
from pledges.views import autosave, conflict, kept_text, proposal_pages

Find = Callable[[User], Desk]
_METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(_METHODS)
def propose(request: PortalRequest, slug: str) -> HttpResponse:
    """The form of a new pledge for one of a person's stakeholders."""
    return _serve(request, partial(new_proposal, slug=slug, at=request.at))


@require_http_methods(_METHODS)
def correct(request: PortalRequest, reference: str) -> HttpResponse:
    """The form of a correction, filled with what is published, or with the correction that is open already."""
    return _serve(request, partial(correction, reference=reference, at=request.at))


@require_http_methods(_METHODS)
def edit(request: PortalRequest, uuid: UUID) -> HttpResponse:
    """The form of a proposal; a page to read for those who do not write, and once it was submitted."""
    return _serve(request, partial(get_my_proposal, uuid=uuid, at=request.at))


def answer_csrf_failure(request: HttpRequest) -> HttpResponse | None:
    """The typed text in its form again after the security token had grown old; None for other pages."""
    match = request.resolver_match
    if match is None or match.view_name not in _FINDERS or not kept_text.comes_from_us(request):
        return None
    if not isinstance(request.user, User):
        return kept_text.page_for_the_logged_out(request, form=ProposalForm)
    portal_request = cast("PortalRequest", request)
    try:
        desk = _FINDERS[match.view_name](request.user, at=portal_request.at, **match.kwargs)
        desk.require_draft()
    except Http404:
        return None
    except PermissionDenied as refused:
        return kept_text.page_for_the_refused(request, reason=str(refused), form=ProposalForm)
    form = ProposalForm(request.POST, corrects=desk.corrects)
    form.add_error(None, kept_text.press_once_more())
    return show_form(portal_request, _with_sent_key(portal_request, desk), form, status=403)


_FINDERS: dict[str, Callable[..., Desk]] = {
    "pledges:propose": new_proposal,
    "pledges:correct": correction,
    "pledges:proposal": get_my_proposal,
}


def show_form(request: PortalRequest, desk: Desk, form: ProposalForm, *, status: int = 200) -> HttpResponse:
    """The page with the form, and beside it what a clear pledge names."""
    content = desk.content
    if form.is_bound:
        if form.errors:
            form.show_controls()
        content = form.content
    context = {
        "desk": desk,
        "form": form,
        "hints": hints_for_content(content),
        "zone": getattr(request.user, "zone", "UTC"),
    }
    return render(request, "pledges/proposal_form.html", context, status=status)


def _serve(request: PortalRequest, find: Find) -> HttpResponse:
    if not isinstance(request.user, User):
        return _for_the_logged_out(request)
    try:
        desk = find(request.user)
    except PermissionDenied as refused:
        if request.method != "POST":
            raise
        return kept_text.page_for_the_refused(request, reason=str(refused), form=ProposalForm)
    if request.method == "POST":
        act = _autosave if autosave.is_autosave(request) else _receive
        return act(request, request.user, _with_sent_key(request, desk))
    if not desk.may_draft or (desk.proposal and not desk.proposal.is_editable):
        return proposal_pages.show(request, desk)
    return show_form(request, desk, ProposalForm(initial=_initial(desk), corrects=desk.corrects))


def _for_the_logged_out(request: PortalRequest) -> HttpResponse:
    """To the login; whoever's text arrives too late gets it back on a page to send again."""
    if request.method != "POST":
        return redirect_to_login(request.get_full_path())
    if autosave.is_autosave(request):
        return autosave.answer_the_logged_out()
    return kept_text.page_for_the_logged_out(request, form=ProposalForm)


def _with_sent_key(request: PortalRequest, desk: Desk) -> Desk:
    """Before the first save the page holds the key; so the same form sent twice makes one proposal."""
    try:
        sent = UUID(request.POST.get("uuid", ""))
    except ValueError:
        return desk
    if desk.proposal is None:
        return Desk(desk.stakeholder, desk.role, sent, corrects=desk.corrects, version=desk.version)
    return desk


def _receive(request: PortalRequest, user: User, desk: Desk) -> HttpResponse:
    submits = request.POST.get("action") == "submit"
    try:
        desk.require_draft()
        if submits:
            desk.require_submit(request.at)
    except PermissionDenied as refused:
        return kept_text.page_for_the_refused(request, reason=str(refused), form=ProposalForm)
    typed: QueryDict = request.POST
    if typed.get("revision") == str(desk.revision):
        typed = conflict.with_theirs(typed, PROPOSAL_LABELS, _initial(desk), one_input)
    form = ProposalForm(typed, corrects=desk.corrects, submits=submits)
    if not form.is_valid():
        return show_form(request, desk, form, status=422)
    verb = proposals.submit_proposal if submits else proposals.save_proposal
    try:
        proposal = verb(
            at=request.at,
            actor=user,
            place=desk.place,
            revision=form.cleaned_data["revision"],
            content=form.content,
        )
    except StaleProposal as stale:
        return _two_texts(request, user, desk, form, stale)
    if not submits:
        sentence = _("The draft was saved, %(moment)s. Only people of %(name)s can read it.")
        messages.success(request, sentence % {"moment": in_zone(request.at, user.zone), "name": desk.stakeholder})
    return redirect("pledges:proposal", proposal.uuid)


def _autosave(request: PortalRequest, user: User, desk: Desk) -> JsonResponse:
    """Keeps what is written so far; refusals come with a sentence for the writer, who loses nothing."""
    try:
        desk.require_draft()
    except PermissionDenied as refused:
        return autosave.answer(403, _("Not saved: %(reason)s") % {"reason": refused})
    form = ProposalForm(request.POST, corrects=desk.corrects)
    if not form.is_valid():
        return autosave.answer(422, _("Not saved yet: %(fields)s cannot be read.") % {"fields": autosave.names(form)})
    try:
        proposal = proposals.save_proposal(
            at=request.at,
            actor=user,
            place=desk.place,
            revision=form.cleaned_data["revision"],
            content=form.content,
            by_itself=True,
        )
    except StaleProposal:
        return autosave.answer(
            409, _("Not saved: this was changed elsewhere. Press “Save draft” to see both texts and to choose.")
        )
    sentence = _("Saved by itself, %(moment)s.") % {"moment": in_zone(request.at, user.zone)}
    return autosave.answer(200, sentence, revision=proposal.revision)


def _two_texts(
    request: PortalRequest, user: User, desk: Desk, form: ProposalForm, stale: StaleProposal
) -> HttpResponse:
    """What stands now beside what was typed; where it can be written to, the form carries the fresh revision."""
    current = stale.current
    # What was read at the beginning of the request may be older than what beat us.
    desk = get_my_proposal(user, current.uuid, at=request.at) if current else desk
    theirs = desk.content
    again = ProposalForm(
        initial=initial_of_proposal(form.content, uuid=desk.uuid, revision=desk.revision), corrects=desk.corrects
    )
    context = {
        "desk": desk,
        "current": current,
        "can_write": bool(current and current.is_editable),
        **conflict.sorted_fields(pairs_of(*proposal_fields(theirs, form.content)), again, one_input),
        "their_language": theirs["language"],
        "zone": user.zone,
    }
    return render(request, "pledges/proposal_conflict.html", context, status=409)


def _initial(desk: Desk) -> dict[str, object]:
    return initial_of_proposal(desk.content, uuid=desk.uuid, revision=desk.revision)
