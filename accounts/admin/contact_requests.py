"""Requests to look for somebody who reports, in the administration: what is open, and that it was done."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import contacts
from accounts.admin.requests import at_of, staff_of
from accounts.models import ContactRequest
from foundation.admin import ReadOnlyAdmin


class OpenRequestFilter(admin.SimpleListFilter):
    """What is open, unless something else is asked for."""

    title = gettext_lazy("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The default has no entry of its own here; see ``choices``."""
        return [("open", _("open")), ("done", _("done")), ("all", _("all"))]

    def choices(self, changelist: ChangeList) -> Any:
        """Without Django's own “All”, since nothing chosen means “open”."""
        for value, words in self.lookup_choices:
            yield {
                "selected": (self.value() or "open") == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": words,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[ContactRequest]) -> QuerySet[ContactRequest]:
        """The rows of one standing."""
        if self.value() in {None, "open", "done"}:
            return queryset.filter(closed_at__isnull=self.value() != "done")
        return queryset


@admin.register(ContactRequest)
class ContactRequestAdmin(ReadOnlyAdmin):
    """Invite somebody on the stakeholder's page; then say that it is done."""

    list_display = ("stakeholder", "reason", "user", "created_at", "closed_at", "closed_by")
    list_filter = (OpenRequestFilter, "reason")
    list_select_related = ("stakeholder", "user", "closed_by")
    list_per_page = 50
    # The oldest first.
    ordering = ("created_at", "pk")
    search_fields = ("stakeholder__name", "user__email", "user__name")
    actions = ("done",)
    fields = ("stakeholder", "reason", "user", "words", "created_at", "closed_at", "closed_by")

    @admin.action(description=gettext_lazy("Done: this request is answered"), permissions=["change"])
    def done(self, request: HttpRequest, queryset: QuerySet[ContactRequest]) -> None:
        """What was done before stays as it was noted then."""
        at, actor = at_of(request), staff_of(request)
        rows = queryset.select_related("stakeholder", "user")
        count = sum(contacts.close(at=at, actor=actor, request=row) for row in rows)
        self.message_user(
            request, ngettext("%(count)d request is done.", "%(count)d requests are done.", count) % {"count": count}
        )
