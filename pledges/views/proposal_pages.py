"""A proposal to read: for colleagues while it is written, for all of them while staff have it; and its end."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from foundation.http import PortalRequest
from pledges import proposals
from pledges.models import PledgeProposal
from pledges.proposal_access import Desk, get_my_proposal
from pledges.proposal_text import proposal_fields
from pledges.proposals import StaleProposal
from pledges.round_text import pairs_of

DIGITS_AT_MOST = 9


@login_required
@require_safe
def preview(request: PortalRequest, uuid: UUID) -> HttpResponse:
    """The text so far for any colleague who was sent the address."""
    return show(request, get_my_proposal(request.user, uuid, at=request.at))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: PortalRequest, uuid: UUID) -> HttpResponse:
    """Asks first; a text that somebody saved meanwhile stays."""
    desk = get_my_proposal(request.user, uuid, at=request.at)
    if not desk.may_discard or desk.proposal is None:
        raise PermissionDenied(_("Only a text that is being written can be discarded, by those who may submit it."))
    if request.method != "POST":
        return render(request, "pledges/proposal_discard.html", {"desk": desk, "zone": _zone(request)})
    assert isinstance(request.user, User)  # noqa: S101 -- login_required says so; this tells the type
    sent = request.POST.get("revision", "")
    # What is no number, or none that the database can hold, fits no revision.
    revision = int(sent) if sent.isdecimal() and len(sent) <= DIGITS_AT_MOST else 0
    try:
        proposals.discard_proposal(at=request.at, actor=request.user, proposal=desk.proposal, revision=revision)
    except StaleProposal:
        messages.error(request, _("Somebody saved this draft meanwhile. Nothing was discarded; please look again."))
        return redirect("pledges:proposal", uuid)
    messages.success(request, _("The draft is gone."))
    return redirect("pledges:my")


def show(request: PortalRequest, desk: Desk) -> HttpResponse:
    """The page to read: what the proposal says, and of a correction what would change."""
    assert desk.proposal is not None  # noqa: S101 -- pages of new desks never come here; this tells the type
    is_gone = desk.proposal.state == PledgeProposal.State.DISCARDED
    fields = proposal_fields(desk.content)[0]
    changed = []
    if desk.published and desk.proposal.is_open:
        changed = [pair for pair in pairs_of(*proposal_fields(desk.published, desk.content)) if pair.differs]
    context = {
        "desk": desk,
        "fields": [] if is_gone else [field for field in fields if field.text],
        "changed": changed,
        "language": desk.content["language"],
        "zone": _zone(request),
    }
    return render(request, "pledges/proposal_read.html", context)


def _zone(request: PortalRequest) -> str:
    return getattr(request.user, "zone", "UTC")
