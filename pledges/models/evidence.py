"""Files that show what an update says."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pledges.models.update import ProgressUpdate

CAPTION_AT_MOST = 200


def evidence_path(evidence: "EvidenceFile", name: str) -> str:
    """Where a file is stored: under a random name that tells nothing."""
    return f"evidence/{uuid.uuid4().hex}"


class EvidenceFileQuerySet(models.QuerySet["EvidenceFile"]):
    """Files by what became of them."""

    def attached(self) -> "EvidenceFileQuerySet":
        """Those that the next round will name."""
        return self.filter(removed_at=None)


class EvidenceFile(models.Model):
    """One file of an update; a picture was made anew before it was kept. ``pledges.evidence`` adds it and takes it out.

    Taken out of a draft, a file that no round names is gone with its row; one that a round names stays for those who
    may read that round.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    update = models.ForeignKey(ProgressUpdate, on_delete=models.PROTECT, related_name="evidence")
    file = models.FileField(_("file"), upload_to=evidence_path, max_length=200)
    file_name = models.CharField(_("name of the file"), max_length=150)
    caption = models.CharField(_("what it shows"), max_length=CAPTION_AT_MOST, blank=True)
    content_type = models.CharField(_("media type"), max_length=100)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField(_("added at"))
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(_("taken out at"), null=True, blank=True)

    objects = EvidenceFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence file")
        verbose_name_plural = _("evidence files")
        ordering = ["added_at", "pk"]
        constraints = [
            models.UniqueConstraint(name="evidencefile_once", fields=["update", "sha256"]),
            models.CheckConstraint(name="evidencefile_not_empty", condition=Q(size__gt=0)),
            models.CheckConstraint(name="evidencefile_has_file", condition=~Q(file="")),
        ]

    def __str__(self) -> str:
        return self.file_name
