"""Who changed what about an event, and when, for staff: on the clocks of its cycle."""

from typing import Any

from django.http import HttpRequest

from foundation.history_admin import HistoryMixin


class EventHistoryMixin(HistoryMixin):
    """The portal's own history, with the way back to the roadmap."""

    object_history_template: Any = "admin/events/event/object_history.html"

    def history_zone(self, request: HttpRequest, obj: Any) -> str:
        """The cycle's."""
        return str(obj.cycle.zone)
