"""The page "History" of the administration: the portal's own entries, which know what no form did."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from foundation import history
from foundation.history_words import told
from foundation.models import HistoryEntry

AT_MOST = 200


class HistoryMixin:
    """Shows who did what to a row, and when, instead of what Django noted of its own forms."""

    object_history_template: Any = "admin/object_history_told.html"

    def history_subjects(self, obj: Any) -> dict[history.Subject, str]:
        """Whose entries the page shows, each with what tells it from the row itself."""
        return {obj: ""}

    def history_entries(self, obj: Any, entries: QuerySet[HistoryEntry]) -> QuerySet[HistoryEntry]:
        """Those of the subjects' entries that the page shows, the newest first."""
        return entries

    def history_zone(self, request: HttpRequest, obj: Any) -> str:
        """The zone in which moments are told: the reader's own."""
        return str(getattr(request.user, "zone", "UTC"))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Django's page, with our entries."""
        assert isinstance(self, admin.ModelAdmin)  # noqa: S101 -- tells the type
        if not request.user.has_perm("foundation.view_historyentry"):
            raise PermissionDenied(_("Your role does not include reading the history. Ask a superuser."))
        obj = self.get_object(request, object_id)
        context = self._history_context(request, obj) if obj else {}
        context |= extra_context or {}
        response: HttpResponse = super().history_view(request, object_id, context)  # type: ignore[misc] # ModelAdmin's
        return response

    def _history_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        subjects = self.history_subjects(obj)
        entries = list(self.history_entries(obj, history.of(*subjects))[: AT_MOST + 1])
        about = {subject.uuid: words for subject, words in subjects.items()}
        return {
            "entries": [(told(entry), about.get(entry.subject_uuid, "")) for entry in entries[:AT_MOST]],
            "there_are_more": len(entries) > AT_MOST,
            "zone": self.history_zone(request, obj),
        }
