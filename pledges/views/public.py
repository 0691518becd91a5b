"""What anybody may read: the registry and a pledge's page."""

from django.db.models import Prefetch
from django.http import Http404, HttpResponse, HttpResponseBadRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from foundation.http import PortalRequest
from foundation.spreadsheet_out import csv_lines
from pledges import selectors
from pledges.aggregates import stage_counts
from pledges.facts import versions_with_facts
from pledges.filters import RegistryForm
from pledges.kept_figures import figures_of_all
from pledges.members import members_page
from pledges.models import Pledge
from pledges.models.pledge import REFERENCE_FORM, PledgeQuerySet
from pledges.public_matches import public_matches
from pledges.quality import hints_for_version, named_and_not
from pledges.registry_file import write_registry
from pledges.stage_bar import stage_rows
from pledges.timeline import public_timeline

# What says where in the list a page stands, not what is listed.
_PLACES = ("page", "after", "before")


@require_safe
def registry(request: PortalRequest) -> HttpResponse:
    """All published pledges, to be searched, filtered and counted."""
    form, found = _looked_for(request)
    counts = stage_counts(at=request.at, pledges=found) if form.is_narrowed else figures_of_all(request)
    listed = selectors.with_open_version(selectors.with_confirmation(found, at=request.at))
    chosen = {name: form.wanted(name) for name in form.fields if name not in _PLACES and form.wanted(name)}
    context = {
        "form": form,
        "page": form.one_page(listed, at=request.at, total=counts.total),
        "query": urlencode(chosen),
        "counts": counts,
        "stage_rows": stage_rows(counts),
        "at": request.at,
    }
    return render(request, "pledges/registry.html", context)


def _looked_for(request: PortalRequest) -> tuple[RegistryForm, PledgeQuerySet]:
    form = RegistryForm(request.GET, at=request.at)
    form.is_valid()
    return form, form.apply(Pledge.objects.published_by(request.at), at=request.at)


@require_safe
def export(request: PortalRequest) -> HttpResponseBase:
    """The pledges that the same query string finds on the page, all of them, as CSV."""
    form, found = _looked_for(request)
    if form.errors:
        # A page can say what it left out; a file that holds more than was asked for cannot.
        told = "\n".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())
        return HttpResponseBadRequest(f"{told}\n", content_type="text/plain; charset=utf-8")
    lines = (line.encode() for line in csv_lines(write_registry(form.in_full(found, at=request.at), at=request.at)))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="pledges-{request.at:%Y-%m-%d}.csv"'
    return response


@require_safe
def pledge(request: PortalRequest, reference: str) -> HttpResponse:
    """One published pledge with its accepted updates; other spellings of the reference lead to the one address."""
    canonical = reference.upper()
    if not REFERENCE_FORM.fullmatch(canonical):
        raise Http404
    versions = versions_with_facts().filter(valid_until=None)
    published = selectors.with_stage(Pledge.objects.published_by(request.at), at=request.at).select_related(
        "occasion", "parent"
    )
    found = get_object_or_404(published.prefetch_related(Prefetch("versions", queryset=versions)), reference=canonical)
    if reference != canonical:
        return redirect(found, permanent=True)
    parent = found.parent
    context = {
        "pledge": found,
        "version": found.current,
        "at": request.at,
        "parent": parent if parent and parent.is_published_by(request.at) else None,
        "members": members_page(found, number=request.GET.get("page"), at=request.at),
        "matches": public_matches(found, at=request.at),
        "timeline": public_timeline(found, at=request.at),
        "named_and_not": named_and_not(hints_for_version(found.current)),
    }
    return render(request, "pledges/pledge.html", context)
