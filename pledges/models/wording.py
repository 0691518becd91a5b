"""What staff write into reminders in place of the built-in words."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from pledges.models.window import ReminderRule, UpdateWindow

SUBJECT_AT_MOST = 150
INTRO_AT_MOST = 1000


class ReminderWording(models.Model):
    """Subject and opening sentences in one language: of all reminders, of a window's, or of one rule's.

    What is empty is taken from the wider wording, and at last from the built-in text.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    language = models.CharField(_("language"), max_length=10)
    window = models.ForeignKey(
        UpdateWindow,
        verbose_name=_("window"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="wordings",
    )
    # Goes with its rule, which can be deleted only before it has mailed anything.
    rule = models.ForeignKey(
        ReminderRule, verbose_name=_("rule"), null=True, blank=True, on_delete=models.CASCADE, related_name="wordings"
    )
    subject = models.CharField(_("subject"), max_length=SUBJECT_AT_MOST, blank=True)
    intro = models.TextField(_("opening sentences"), max_length=INTRO_AT_MOST, blank=True)
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)
    changed_by = models.ForeignKey(
        User, verbose_name=_("changed by"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("wording of reminders")
        verbose_name_plural = _("wordings of reminders")
        ordering = ["language", "pk"]
        constraints = [
            models.CheckConstraint(name="reminderwording_of_window_or_rule", condition=Q(window=None) | Q(rule=None)),
            models.UniqueConstraint(
                name="reminderwording_one_for_all", fields=["language"], condition=Q(window=None, rule=None)
            ),
            models.UniqueConstraint(
                name="reminderwording_one_a_window",
                fields=["language", "window"],
                condition=Q(window__isnull=False),
            ),
            models.UniqueConstraint(
                name="reminderwording_one_a_rule", fields=["language", "rule"], condition=Q(rule__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule or self.window or _('all reminders')} ({self.language})"
