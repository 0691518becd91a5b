"""What changed about a published event, as the public may be told."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from events.models.roadmap import Event


class EventChange(models.Model):
    """One fact of a published event that changed, as the public may be told.

    ``field`` is one of ``events.changes.FACTS``; ``old`` and ``new`` hold its value as JSON text, so that codes
    and dates can be said in the reader's words for ever.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField(_("when"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    field = models.CharField(_("field"), max_length=40)
    old = models.TextField(_("before"), blank=True)
    new = models.TextField(_("now"), blank=True)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    announced = models.BooleanField(_("announced"), default=False)

    class Meta:
        verbose_name = _("change of an event")
        verbose_name_plural = _("changes of events")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(name="change_by_event_and_time", fields=["event", "-at"])]

    def __str__(self) -> str:
        return f"{self.event}: {self.field}"
