"""Files that show what an update says."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pledges.models.update import ProgressUpdate


def evidence_path(evidence: "EvidenceFile", name: str) -> str:
    """Where an uploaded file is stored: under a random name that tells nothing."""
    return f"evidence/{uuid.uuid4().hex}"


class EvidenceFile(models.Model):
    """One file of an update; who may see the update may fetch it. Taken out of a draft it keeps its row, without file.

    What was submitted names its files in the frozen round, so a file of a round stays.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    update = models.ForeignKey(ProgressUpdate, on_delete=models.PROTECT, related_name="evidence")
    file = models.FileField(_("file"), upload_to=evidence_path, max_length=200)
    file_name = models.CharField(_("name of the file"), max_length=150)
    caption = models.CharField(_("what it shows"), max_length=200, blank=True)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField(_("added at"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    removed_at = models.DateTimeField(_("taken out at"), null=True, blank=True)

    class Meta:
        verbose_name = _("evidence file")
        verbose_name_plural = _("evidence files")
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="evidencefile_once", fields=["update", "sha256"], condition=Q(removed_at__isnull=True)
            ),
            models.CheckConstraint(name="evidencefile_not_empty", condition=Q(size__gt=0)),
        ]

    def __str__(self) -> str:
        return self.file_name
