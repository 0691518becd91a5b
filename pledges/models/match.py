"""Support that a stakeholder offers to the policy pledge of a host country, and what was answered."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Stakeholder
from pledges.models.pledge import Pledge
from pledges.models.update import NARRATIVE_AT_MOST


class PledgeMatch(models.Model):
    """One offer to one policy pledge: a text, or a pledge of the one who offers, or both.

    Changes go through ``pledges.matching`` only.
    """

    class State(models.TextChoices):
        """Where the two sides stand."""

        OFFERED = "offered", _("waits for an answer")
        ACCEPTED = "accepted", _("accepted: matched")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn by the one who offered")

    # A pledge that stands in one of these is not offered a second time to the same policy pledge.
    STANDING = (State.OFFERED, State.ACCEPTED)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    pledge = models.ForeignKey(
        Pledge, verbose_name=_("policy pledge"), on_delete=models.PROTECT, related_name="offers_received"
    )
    stakeholder = models.ForeignKey(
        Stakeholder, verbose_name=_("offered by"), on_delete=models.PROTECT, related_name="offers"
    )
    own_pledge = models.ForeignKey(
        Pledge,
        verbose_name=_("with the pledge"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="offers_made",
    )
    text = models.TextField(_("what is offered"), max_length=NARRATIVE_AT_MOST, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OFFERED)
    offered_at = models.DateTimeField(_("offered at"))
    offered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(_("why it was declined"), max_length=NARRATIVE_AT_MOST, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    staff_note = models.TextField(
        _("note of staff"), blank=True, help_text=_("For staff: how you help the two sides. Never public.")
    )

    class Meta:
        verbose_name = _("match of pledges")
        verbose_name_plural = _("matches of pledges")
        ordering = ["-offered_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="pledgematch_one_open_text",
                fields=["pledge", "stakeholder"],
                condition=Q(state="offered", own_pledge=None),
            ),
            models.UniqueConstraint(
                name="pledgematch_one_standing_pledge",
                fields=["pledge", "stakeholder", "own_pledge"],
                condition=Q(state__in=["offered", "accepted"], own_pledge__isnull=False),
            ),
            models.CheckConstraint(
                name="pledgematch_offers_something", condition=Q(own_pledge__isnull=False) | ~Q(text="")
            ),
            models.CheckConstraint(
                name="pledgematch_two_pledges", condition=Q(own_pledge=None) | ~Q(own_pledge=F("pledge"))
            ),
            models.CheckConstraint(
                name="pledgematch_state_has_times",
                condition=Q(state="offered", answered_at=None, withdrawn_at=None)
                | Q(state__in=["accepted", "declined"], answered_at__isnull=False, withdrawn_at=None)
                | Q(state="withdrawn", withdrawn_at__isnull=False),
            ),
            models.CheckConstraint(
                name="pledgematch_decline_has_reason", condition=~Q(state="declined") | ~Q(reason="")
            ),
        ]
        indexes = [
            models.Index(name="pledgematch_waiting", fields=["offered_at"], condition=Q(state="offered")),
        ]

    def __str__(self) -> str:
        return f"{self.stakeholder} → {self.pledge}"
