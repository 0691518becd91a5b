"""What partners of a joint pledge add to the update that the lead writes."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Stakeholder
from pledges.models.update import NARRATIVE_AT_MOST, ProgressUpdate


class PartnerNote(models.Model):
    """One partner's contribution to one update, and whether the partner agrees with the text."""

    update = models.ForeignKey(ProgressUpdate, on_delete=models.PROTECT, related_name="partner_notes")
    stakeholder = models.ForeignKey(
        Stakeholder, verbose_name=_("partner"), on_delete=models.PROTECT, related_name="partner_notes"
    )
    text = models.TextField(_("contribution"), max_length=NARRATIVE_AT_MOST, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    agreed_with = models.CharField(
        _("agreed with"),
        max_length=64,
        blank=True,
        help_text=_("The fingerprint of the text that the partner agreed with; another text is not agreed with yet."),
    )
    saved_at = models.DateTimeField(_("saved at"))
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("note of a partner")
        verbose_name_plural = _("notes of partners")
        ordering = ["stakeholder__name", "pk"]
        constraints = [models.UniqueConstraint(name="partnernote_one_each", fields=["update", "stakeholder"])]

    def __str__(self) -> str:
        return f"{self.update.pledge}: {self.stakeholder}"
