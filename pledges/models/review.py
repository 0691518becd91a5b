"""What needs the approval of reviewers at all."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ReviewPolicy(models.Model):
    """The one row that says which updates wait for a reviewer; while there is none, all of them do.

    Switched by ``pledges.review_policy`` only.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    routine_at_once = models.BooleanField(
        _("publish routine progress at once"),
        default=False,
        help_text=_(
            "Ticked: an update is public as soon as it is submitted. Three kinds still wait for a reviewer: the first "
            "update of a pledge, “fulfilled”, and “withdrawn”; and so does every correction of what was returned, and "
            "what staff enter for others."
        ),
    )

    class Meta:
        verbose_name = _("review policy")
        verbose_name_plural = _("review policy")
        constraints = [models.CheckConstraint(name="reviewpolicy_one_row", condition=Q(pk=1))]

    def __str__(self) -> str:
        return str(_("review policy"))
