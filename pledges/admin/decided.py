"""What the lists have in common whose rows are read on a page of their own and decided there by buttons."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

from foundation.admin import ReadOnlyAdmin
from foundation.history_admin import HistoryMixin


class DecidedByButtonsAdmin(HistoryMixin, ReadOnlyAdmin):
    """Rows that staff read and decide; each button calls one workflow function, nothing is picked in the list."""

    actions = None
    list_per_page = 50

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Under a heading that does not speak of changing."""
        title = {"title": capfirst(str(self.opts.verbose_name_plural))}
        return super().changelist_view(request, title | (extra_context or {}))
