"""A stakeholder's public page, and what is new of one pledge or of all of a stakeholder's."""

from datetime import datetime

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Max
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_safe

from accounts.models import Stakeholder
from foundation.atom import atom_feed
from foundation.http import PortalRequest, mark_same_for_everybody
from pledges import selectors
from pledges.aggregates import stage_counts
from pledges.models import Pledge, PledgeParty
from pledges.models.pledge import REFERENCE_FORM, PledgeQuerySet
from pledges.stage_bar import stage_rows
from pledges.timeline import newest_entries
from pledges.update_feed import feed_entry

_PAGE_SIZE = 25
# As many as a reader who looks once a month may have missed.
_MOST_ENTRIES = 50


@require_safe
def stakeholder(request: PortalRequest, slug: str) -> HttpResponse:
    """Who it is, its published pledges as lead and as partner, and how far they are."""
    found = get_object_or_404(Stakeholder.objects.select_related("country", "merged_into"), slug=slug)
    if found.merged_into:
        return redirect("pledges:stakeholder", slug=_public_slug(found.merged_into, request), permanent=True)
    pledges = _pledges_of(found, request)
    counts = stage_counts(at=request.at, pledges=pledges)
    listed = selectors.with_confirmation(selectors.with_stage(pledges, at=request.at), at=request.at)
    page = Paginator(selectors.with_open_version(listed.order_by("reference")), _PAGE_SIZE)
    led = selectors.of_stakeholder(pledges, found, role=PledgeParty.Role.LEAD).count()
    context = {
        "stakeholder": found,
        "page": page.get_page(request.GET.get("page")),
        "counts": counts,
        "stage_rows": stage_rows(counts),
        "led": led,
        "as_partner": counts.total - led,
        "at": request.at,
    }
    return render(request, "pledges/stakeholder.html", context)


def _public_slug(found: Stakeholder, request: PortalRequest) -> str:
    """Its part of the address. Raises Http404 like its page: an address tells a name, too."""
    _pledges_of(found, request)
    return found.slug


def _pledges_of(found: Stakeholder, request: PortalRequest) -> PledgeQuerySet:
    """Its published pledges. Raises Http404 while the public is told of none: the name is not public before that."""
    pledges = selectors.of_stakeholder(Pledge.objects.published_by(request.at), found)
    if not found.is_public or found.merged_into or not pledges.exists():
        raise Http404
    return pledges


@require_safe
@conditional_page
def stakeholder_feed(request: PortalRequest, slug: str) -> HttpResponse:
    """The newest published progress on a stakeholder's pledges, as Atom."""
    found = get_object_or_404(Stakeholder.objects.select_related("merged_into"), slug=slug)
    if found.merged_into:
        # Feed readers follow for years what a stakeholder was called once.
        return redirect("feeds:stakeholder", slug=_public_slug(found.merged_into, request), permanent=True)
    pledges = _pledges_of(found, request)
    return _feed(request, pledges, title=found.name, page=reverse("pledges:stakeholder", args=[slug]))


@require_safe
@conditional_page
def pledge_feed(request: PortalRequest, reference: str) -> HttpResponse:
    """The newest published progress on one pledge, as Atom."""
    if not REFERENCE_FORM.fullmatch(reference):
        raise Http404
    pledges = Pledge.objects.published_by(request.at).filter(reference=reference)
    found = get_object_or_404(pledges.prefetch_related("versions"))
    title = f"{found.reference}: {found.current.title}"
    return _feed(request, pledges, title=title, page=found.get_absolute_url())


def _feed(request: PortalRequest, pledges: PledgeQuerySet, *, title: str, page: str) -> HttpResponse:
    with translation.override(settings.LANGUAGE_CODE):
        entries = [feed_entry(one) for one in newest_entries(pledges, at=request.at, at_most=_MOST_ENTRIES)]
        content = atom_feed(
            _("%(title)s: progress") % {"title": title},
            entries,
            page=settings.SITE_URL + page,
            feed=settings.SITE_URL + request.path,
            changed_at=max((entry.changed_at for entry in entries), default=_published(pledges)),
        )
    response = HttpResponse(content, content_type="application/atom+xml; charset=utf-8")
    mark_same_for_everybody(response)
    return response


def _published(pledges: PledgeQuerySet) -> datetime:
    """When the newest of the pledges, all of them published, was."""
    newest: datetime = pledges.aggregate(newest=Max("published_at"))["newest"]
    return newest
