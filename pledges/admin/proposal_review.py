"""The page on which staff read a proposal of a pledge, and the buttons on it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.admin.requests import at_of, staff_of
from accounts.models import User
from pledges import proposal_review
from pledges.admin.proposal_forms import AnswerForm, PublishForm, publish_initial
from pledges.facts import versions_with_facts
from pledges.models import Pledge, PledgeProposal, PledgeVersion
from pledges.proposal_content import ProposalContent, content_of_version, empty_proposal
from pledges.proposal_review import parties_named, sent_content
from pledges.proposal_text import ComparedField, compared_fields
from pledges.quality import hints_for_content
from pledges.refusals import Refused

_PAGE = "admin:pledges_pledgeproposal_change"
_LIST = "admin:pledges_pledgeproposal_changelist"
State = PledgeProposal.State


def show(request: HttpRequest, pk: str | int, *, form: forms.Form | None = None, status: int = 200) -> HttpResponse:
    """What was submitted, for a correction beside what is published. Of a draft only that there is one."""
    if not request.user.has_perm("pledges.view_pledgeproposal"):
        raise PermissionDenied(_("Your role does not include reading proposals. Ask an administrator."))
    proposal = _get(pk)
    version = _version(proposal)
    sent = _sent(proposal, version)
    may_decide = proposal.state == State.SUBMITTED and request.user.has_perm("pledges.change_pledgeproposal")
    context: dict[str, Any] = {
        "proposal": proposal,
        "version": version,
        "rows": _rows(proposal, version),
        "parties": parties_named(sent["partners"], proposal),
        "hints": hints_for_content(sent) if proposal.sent else [],
        "language": sent["language"],
        "moved_on": bool(version and proposal.is_open and version.number != proposal.from_version),
        "may_decide": may_decide,
        "answer_form": form if isinstance(form, AnswerForm) else AnswerForm(initial={"revision": proposal.revision}),
        "publish_form": form if isinstance(form, PublishForm) else _publish_form(proposal, version, may_decide),
    }
    context |= {**admin.site.each_context(request), "opts": PledgeProposal._meta, "title": str(proposal.stakeholder)}  # noqa: SLF001 -- Django's documented API
    return render(request, "admin/pledges/pledgeproposal/review.html", context, status=status)


@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Returns the text with a comment, which is kept on the page if it cannot be sent."""
    done = _("Returned. All focal points of %(name)s are told why.")
    return _answer(request, pk, proposal_review.return_proposal, done)


@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Declines the text with a comment, which is kept on the page if it cannot be sent."""
    done = _("Declined. All focal points of %(name)s are told why.")
    return _answer(request, pk, proposal_review.decline_proposal, done)


@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes the text a pledge, or the next version of the one that it corrects."""
    actor, proposal = _may_decide(request), _get(pk)
    form = PublishForm(request.POST, proposal=proposal)
    if not form.is_valid():
        return show(request, pk, form=form, status=422)
    verb: Callable[..., Pledge] = proposal_review.publish_new
    if proposal.corrects_id:
        verb = proposal_review.publish_correction
    try:
        pledge = verb(at=at_of(request), actor=actor, proposal=proposal, **form.verb_arguments)
    except Refused as refused:
        form.add_error(None, str(refused))
        return show(request, pk, form=form, status=409)
    sentence = _("Published as %(reference)s. All focal points of %(name)s are told.")
    messages.success(request, sentence % {"reference": pledge.reference, "name": proposal.stakeholder})
    return redirect(_LIST)


def _answer(request: HttpRequest, pk: int, verb: Callable[..., None], done: str) -> HttpResponse:
    actor, proposal, form = _may_decide(request), _get(pk), AnswerForm(request.POST)
    if not form.is_valid():
        return show(request, pk, form=form, status=422)
    try:
        verb(at=at_of(request), actor=actor, proposal=proposal, **form.cleaned_data)
    except Refused as refused:
        form.add_error(None, str(refused))
        return show(request, pk, form=form, status=409)
    messages.success(request, done % {"name": proposal.stakeholder})
    return redirect(_LIST)


def _may_decide(request: HttpRequest) -> User:
    if not request.user.has_perm("pledges.change_pledgeproposal"):
        raise PermissionDenied(_("Your role does not include deciding on proposals. Ask an editor or a reviewer."))
    return staff_of(request)


def _get(pk: str | int) -> PledgeProposal:
    """The row without the text that the stakeholder is writing: staff read what was sent."""
    if not str(pk).isdecimal() or len(str(pk)) > 18:
        raise Http404
    related = ("stakeholder", "occasion", "corrects", "published_as", "submitted_by", "decided_by")
    proposal = PledgeProposal.objects.defer("content").select_related(*related).filter(pk=pk).first()
    if proposal is None:
        raise Http404
    return proposal


def _version(proposal: PledgeProposal) -> PledgeVersion | None:
    """What a correction would change: of a published one the version that it began from."""
    if proposal.corrects is None:
        return None
    wanted = {"valid_until": None} if proposal.is_open else {"number": proposal.from_version}
    versions = versions_with_facts().select_related("pledge__occasion", "pledge__parent")
    return versions.get(pledge=proposal.corrects, **wanted)


def _sent(proposal: PledgeProposal, version: PledgeVersion | None) -> ProposalContent:
    return sent_content(proposal, published=content_of_version(version) if version else None)


def _rows(proposal: PledgeProposal, version: PledgeVersion | None) -> list[ComparedField]:
    if not proposal.sent:
        return []
    old = content_of_version(version) if version else empty_proposal(language="", target_period="")
    return compared_fields(old, _sent(proposal, version))


def _publish_form(proposal: PledgeProposal, version: PledgeVersion | None, may_decide: object) -> PublishForm | None:
    if not may_decide:
        return None
    return PublishForm(
        proposal=proposal, initial=publish_initial(proposal, seen_version=version.number if version else None)
    )
