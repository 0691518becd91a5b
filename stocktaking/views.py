"""The public list of findings."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from foundation.http import PortalRequest
from stocktaking import selectors
from stocktaking.filters import FindingsForm
from stocktaking.models import Finding

PAGE_SIZE = 50


@require_safe
def findings(request: PortalRequest) -> HttpResponse:
    """All published findings by theme, to be filtered by theme, kind and event."""
    form = FindingsForm(request.GET)
    form.is_valid()
    found = form.apply(selectors.listed(Finding.objects.for_public(), at=request.at))
    context = {
        "form": form,
        "page": Paginator(found, PAGE_SIZE).get_page(form.page_number),
        "query": urlencode(form.chosen()),
    }
    return render(request, "stocktaking/findings.html", context)
