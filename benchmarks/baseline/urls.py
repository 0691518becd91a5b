"""Three pages: a constant, twenty rows with one query, and the same out of the page cache."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import cache_page

from benchmarks.baseline.models import Row


def constant(request: HttpRequest) -> HttpResponse:
    """No query, no template."""
    return HttpResponse("ok")


def twenty_rows(request: HttpRequest) -> HttpResponse:
    """One query, one small template."""
    rows = Row.objects.order_by("starts_on", "pk")[:20]
    return render(request, "rows.html", {"rows": rows})


urlpatterns = [
    path("constant/", constant),
    path("rows/", twenty_rows),
    path("rows-kept/", cache_page(600)(twenty_rows)),
]
