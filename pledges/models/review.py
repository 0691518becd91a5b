"""What reviewers say about one field of a round, and what needs their approval at all."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pledges.models.update import UpdateRound


class FieldComment(models.Model):
    """A reviewer's comment on one field of a round; the stakeholder reads it beside that field."""

    round = models.ForeignKey(UpdateRound, on_delete=models.PROTECT, related_name="field_comments")
    field = models.CharField(_("field"), max_length=40)
    text = models.TextField(_("comment"), max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("comment on a field")
        verbose_name_plural = _("comments on fields")
        ordering = ["round", "pk"]
        constraints = [
            models.UniqueConstraint(name="fieldcomment_one_each", fields=["round", "field"]),
            models.CheckConstraint(name="fieldcomment_has_text", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return f"{self.round}: {self.field}"


class ReviewPolicy(models.Model):
    """The one row that says which updates wait for a reviewer."""

    routine_at_once = models.BooleanField(
        _("publish routine progress at once"),
        default=False,
        help_text=_(
            "Ticked: an update is public as soon as it is submitted, unless it is the first of its pledge or says "
            "“fulfilled” or “withdrawn”; those still wait for a reviewer."
        ),
    )

    class Meta:
        verbose_name = _("review policy")
        verbose_name_plural = _("review policy")
        constraints = [models.CheckConstraint(name="reviewpolicy_one_row", condition=Q(pk=1))]

    def __str__(self) -> str:
        return str(_("review policy"))
