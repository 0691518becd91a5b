"""What the stocktaking found."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.models import Event
from pledges.models import Pledge, Theme


class FindingQuerySet(models.QuerySet["Finding"]):
    """Findings by audience."""

    def for_public(self) -> "FindingQuerySet":
        """What anybody may see."""
        return self.filter(published_at__isnull=False)


class Finding(models.Model):
    """One finding of a stocktaking event, in the words in which it was recorded."""

    class Kind(models.TextChoices):
        """What sort of finding it is, as the oral update of 2021 names them."""

        PROGRESS = "progress", _("Progress")
        CHALLENGE = "challenge", _("Challenge")
        OPPORTUNITY = "opportunity", _("Opportunity")
        RECOMMENDATION = "recommendation", _("Recommendation")
        AREA_NEEDING_SUPPORT = "area-needing-support", _("Area needing support")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=24, choices=Kind)
    text = models.TextField(_("text"), help_text=_("Public once published. No data about refugees or other persons."))
    language = models.CharField(_("language"), max_length=10, default="en")
    theme = models.ForeignKey(Theme, verbose_name=_("theme"), on_delete=models.PROTECT, related_name="findings")
    event = models.ForeignKey(
        Event,
        verbose_name=_("recorded at"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="findings",
        help_text=_("Named on the public list if the event is public."),
    )
    pledges = models.ManyToManyField(
        Pledge,
        verbose_name=_("pledges"),
        blank=True,
        related_name="findings",
        help_text=_("Public ones are linked from the list."),
    )
    is_sample = models.BooleanField(
        _("sample"), default=False, help_text=_("Not a real finding; marked so everywhere.")
    )
    published_at = models.DateTimeField(
        _("published at"), null=True, blank=True, help_text=_("Empty: nobody but staff sees the finding.")
    )

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ["theme", "kind", "pk"]

    def __str__(self) -> str:
        return self.text[:80]
