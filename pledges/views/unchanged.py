""" "No significant change" for many pledges of one stakeholder at once: one page to look at, one button."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.models import Membership, User
from foundation.http import PortalRequest
from pledges import confirmations
from pledges.access import roles_by_stakeholder
from pledges.templatetags.reporting import in_zone
from pledges.views.my import Group, Row, groups_of
from pledges.windows import open_windows


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_all(request: PortalRequest, slug: str) -> HttpResponse:
    """GET lists what can be confirmed, ticked, and what cannot and why; POST confirms what is still ticked."""
    group = _group(request, slug)
    if request.method != "POST":
        return _page(request, group, ticked={row.mine.pledge.reference for row in group.confirmable})
    chosen = set(request.POST.getlist("reference"))
    rows = [row for row in group.reported if row.mine.pledge.reference in chosen]
    if not rows:
        return _page(request, group, ticked=set(), wrong=_("Nothing is ticked, so nothing was noted."), status=422)
    _confirm(request, rows)
    return redirect("pledges:my")


def _group(request: PortalRequest, slug: str) -> Group:
    """What the person reports for this stakeholder. Raises Http404 for others', PermissionDenied for lesser roles."""
    roles = {
        each: role for each, role in roles_by_stakeholder(request.user, at=request.at).items() if each.slug == slug
    }
    if not roles:
        raise Http404
    if Membership.Role.FOCAL_POINT not in roles.values():
        raise PermissionDenied(
            _("A focal point says that nothing has changed. You see the pledges under “My pledges”.")
        )
    return groups_of(request, roles, open_windows(request.at))[0]


def _confirm(request: PortalRequest, rows: list[Row]) -> None:
    assert isinstance(request.user, User)  # noqa: S101 -- login_required says so; this tells the type
    pairs = [(row.mine.pledge, row.mine.reporter) for row in rows if row.can_confirm]
    confirmed, refused = confirmations.confirm_all(at=request.at, actor=request.user, pledges=pairs)
    refused |= {row.mine.pledge.reference: row.why_not_confirmed for row in rows if not row.can_confirm}
    if confirmed:
        sentence = ngettext(
            "Thank you. “No significant change” is noted for %(number)d pledge as of %(moment)s.",
            "Thank you. “No significant change” is noted for %(number)d pledges as of %(moment)s.",
            len(confirmed),
        )
        moment = in_zone(request.at, request.user.zone)
        messages.success(request, sentence % {"number": len(confirmed), "moment": moment})
    for reference, reason in sorted(refused.items()):
        messages.warning(request, f"{reference}: {reason}")


def _page(
    request: PortalRequest, group: Group, *, ticked: set[str], wrong: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "group": group,
        "ticked": ticked,
        "wrong": wrong,
        "others": [row for row in group.reported if not row.can_confirm],
        "zone": getattr(request.user, "zone", "UTC"),
    }
    return render(request, "pledges/unchanged.html", context, status=status)
