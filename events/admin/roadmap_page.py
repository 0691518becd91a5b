"""A cycle's roadmap on one page for staff, sortable by every column, and as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.db.models.expressions import OrderBy
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from events.dates import date_words
from events.models import Cycle, Event
from events.roadmap_export import write_roadmap
from foundation.http import as_xlsx_file
from foundation.spreadsheet_out import csv_lines, xlsx_bytes

_COLUMNS = {
    "date": (gettext_lazy("Date"), "starts_on"),
    "title": (gettext_lazy("Title"), "title"),
    "kind": (gettext_lazy("Kind"), "kind"),
    "mode": (gettext_lazy("Mode"), "mode"),
    "status": (gettext_lazy("Status"), "status"),
    "public": (gettext_lazy("Public"), "published_at"),
    "changed": (gettext_lazy("Changed"), "updated_at"),
}


class SortForm(forms.Form):
    """The column by which the page is sorted; a minus before it turns the order round."""

    sort = forms.ChoiceField(choices=[(f"{sign}{name}", name) for name in _COLUMNS for sign in ("", "-")])

    def chosen(self) -> str:
        """What was asked for, or by date."""
        return str(self.cleaned_data["sort"]) if self.is_valid() else "date"


@dataclass
class Heading:
    """One column's heading: where its link leads, and how it is sorted now, in the words of ARIA."""

    label: str
    sort: str
    sorted: str


def may_see(request: HttpRequest) -> None:
    """Raises PermissionDenied for staff whose role does not include the roadmap."""
    if not request.user.has_perms(["events.view_cycle", "events.view_event"]):
        raise PermissionDenied(_("Your role does not include the roadmap."))


def may_write(user: Any) -> bool:
    """Whether the person keeps roadmaps."""
    return bool(user.has_perms(["events.add_event", "events.change_event"]))


def must_write(request: HttpRequest) -> None:
    """Raises PermissionDenied for staff who only read."""
    if not may_write(request.user):
        raise PermissionDenied(_("Your role reads the roadmap, but does not change it. Ask an editor."))


@require_safe
def roadmap(request: HttpRequest, pk: int) -> HttpResponse:
    """All rows of a cycle, public or not."""
    may_see(request)
    cycle = get_object_or_404(Cycle, pk=pk)
    chosen = SortForm(request.GET).chosen()
    events = list(cycle.events.order_by(*_order(chosen)))
    for event in events:
        event.cycle = cycle
    return page(
        request,
        "roadmap",
        _("Roadmap of %(cycle)s") % {"cycle": cycle},
        cycle=cycle,
        rows=[(event, when(event)) for event in events],
        headings=list(_headings(chosen)),
        public_count=sum(event.published_at is not None for event in events),
        may_write=may_write(request.user),
    )


def _order(chosen: str) -> list[OrderBy]:
    name, descending = chosen.lstrip("-"), chosen.startswith("-")
    column = F(_COLUMNS[name][1])
    # What has no date, and what is not public, stands at the end either way.
    first = column.desc(nulls_last=True) if descending else column.asc(nulls_last=True)
    return [first, F("starts_on").asc(nulls_last=True), F("start_time").asc(nulls_first=True), F("pk").asc()]


def _headings(chosen: str) -> Iterator[Heading]:
    for name, (label, _field) in _COLUMNS.items():
        sorted_now = {name: "ascending", f"-{name}": "descending"}.get(chosen, "none")
        yield Heading(str(label), f"-{name}" if chosen == name else name, sorted_now)


def when(event: Event) -> str:
    """The date as the public reads it."""
    words = date_words(event.starts_on, event.ends_before, event.precision, with_year=True)
    return words if event.date_confirmed or not event.starts_on else _("%(date)s (to be confirmed)") % {"date": words}


def page(request: HttpRequest, name: str, title: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """One of the cycle's own pages in the administration."""
    context |= {**admin.site.each_context(request), "opts": Cycle._meta, "title": title}  # noqa: SLF001 -- Django's documented API
    return render(request, f"admin/events/cycle/{name}.html", context, status=status)


@require_safe
def export_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The roadmap as CSV, row by row."""
    may_see(request)
    cycle = get_object_or_404(Cycle, pk=pk)
    events = cycle.events.in_roadmap_order().iterator(chunk_size=500)
    lines = (line.encode() for line in csv_lines(write_roadmap(events)))
    return _as_file(StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8"), f"roadmap-{cycle.slug}.csv")


@require_safe
def export_xlsx(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The roadmap as a workbook."""
    may_see(request)
    cycle = get_object_or_404(Cycle, pk=pk)
    content = xlsx_bytes(write_roadmap(cycle.events.in_roadmap_order()), title=cycle.slug)
    return as_xlsx_file(content, f"roadmap-{cycle.slug}.xlsx")


def _as_file(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
