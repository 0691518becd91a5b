"""The parts of a roadmap that are the same for every reader until an event changes."""

from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString

from events.filters import RoadmapFilterForm
from events.reader_zone import reader_zone
from events.roadmap import RoadmapMonth, RoadmapRow
from foundation.fragments import kept_fragment

register = template.Library()


@register.simple_tag(takes_context=True)
def roadmap_row(
    context: template.Context, row: RoadmapRow, *, with_year: bool = False, preview: bool = False
) -> SafeString:
    """A row of a roadmap; in the admin's preview and for readers with a zone of their own it is made each time."""
    more = {"row": row, "with_year": with_year, "link_to_preview": preview}

    def make() -> SafeString:
        return _render("events/row.html", context, more)

    request = context.get("request")
    if preview or (request is not None and reader_zone(request)):
        return make()
    event = row.event
    return kept_fragment(make, "row", event.pk, event.updated_at, row.is_over, row.is_now, row.moves, with_year)


@register.simple_tag(takes_context=True)
def roadmap_months(context: template.Context, months: list[RoadmapMonth], *, preview: bool = False) -> SafeString:
    """All months with their rows, made anew as soon as one row or its marks differ; exceptions as for a row."""
    more = {"months": months, "preview": preview}

    def make() -> SafeString:
        return _render("events/roadmap_months.html", context, more)

    request = context.get("request")
    if preview or (request is not None and reader_zone(request)):
        return make()
    rows = (row for month in months for row in month.rows)
    key = [(row.event.pk, row.event.updated_at.timestamp(), row.is_over, row.is_now, row.moves) for row in rows]
    return kept_fragment(make, "months", key)


@register.simple_tag(takes_context=True)
def filter_form(context: template.Context, form: RoadmapFilterForm, query: str, clear: str) -> SafeString:
    """The form of the filters; one that complains is made each time."""

    def make() -> SafeString:
        return _render("events/filter_form.html", context, {"form": form, "query": query, "clear": clear})

    return make() if form.errors else kept_fragment(make, "filter", query, clear)


def _render(name: str, context: template.Context, more: dict[str, Any]) -> SafeString:
    return SafeString(get_template(name).render(more, context.get("request")))
