"""New pledges, and corrections to published ones, as their stakeholders propose them."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Stakeholder
from events.models import Cycle
from pledges.models.pledge import Pledge


class PledgeProposal(models.Model):
    """A text that becomes a pledge, or its next version, when staff publish it; never by itself.

    ``content`` is the stakeholder's own until it is submitted; ``sent`` is what was submitted last, and all that
    staff read. Changes go through ``pledges.proposals`` and ``pledges.proposal_review`` only.
    """

    class State(models.TextChoices):
        """Where the proposal stands between the stakeholder and staff."""

        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("waiting for review")
        RETURNED = "returned", _("returned with a comment")
        PUBLISHED = "published", _("published")
        DECLINED = "declined", _("declined")
        DISCARDED = "discarded", _("discarded by the stakeholder")

    OPEN = (State.DRAFT, State.SUBMITTED, State.RETURNED)
    EDITABLE = (State.DRAFT, State.RETURNED)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    stakeholder = models.ForeignKey(
        Stakeholder, verbose_name=_("proposed by"), on_delete=models.PROTECT, related_name="proposals"
    )
    corrects = models.ForeignKey(
        Pledge, verbose_name=_("corrects"), null=True, blank=True, on_delete=models.PROTECT, related_name="corrections"
    )
    from_version = models.PositiveSmallIntegerField(_("begun from version"), null=True, blank=True)
    occasion = models.ForeignKey(Cycle, verbose_name=_("made at"), on_delete=models.PROTECT, related_name="proposals")
    content = models.JSONField(_("content"), default=dict)
    sent = models.JSONField(_("what was submitted last"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    saved_at = models.DateTimeField(_("last saved at"))
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("last saved by"), on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("submitted by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    comment = models.TextField(_("comment"), blank=True, help_text=_("Read by the stakeholder, never public."))
    published_as = models.ForeignKey(
        Pledge,
        verbose_name=_("published as"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="proposed_by",
    )

    class Meta:
        verbose_name = _("proposal of a pledge")
        verbose_name_plural = _("proposals of pledges")
        ordering = ["-saved_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="pledgeproposal_one_open_correction",
                fields=["corrects"],
                condition=Q(corrects__isnull=False, state__in=["draft", "submitted", "returned"]),
            ),
            models.UniqueConstraint(
                name="pledgeproposal_one_for_a_new_pledge", fields=["published_as"], condition=Q(corrects=None)
            ),
            models.CheckConstraint(
                name="pledgeproposal_correction_has_version",
                condition=Q(corrects=None, from_version=None) | Q(corrects__isnull=False, from_version__isnull=False),
            ),
            models.CheckConstraint(
                name="pledgeproposal_state_has_times",
                condition=Q(state="draft", submitted_at=None, decided_at=None)
                | Q(state="submitted", submitted_at__isnull=False, decided_at=None)
                | Q(state="discarded")
                | Q(
                    state__in=["returned", "published", "declined"],
                    submitted_at__isnull=False,
                    decided_at__gte=F("submitted_at"),
                ),
            ),
            models.CheckConstraint(
                name="pledgeproposal_published_is_a_pledge",
                condition=Q(state="published", published_as__isnull=False)
                | (~Q(state="published") & Q(published_as=None)),
            ),
            models.CheckConstraint(
                name="pledgeproposal_correction_stays_its_pledge",
                condition=Q(corrects=None) | Q(published_as=None) | Q(published_as=F("corrects")),
            ),
            models.CheckConstraint(
                name="pledgeproposal_no_without_a_word",
                condition=~Q(state__in=["returned", "declined"]) | ~Q(comment=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stakeholder}: {self.get_state_display()}"

    @property
    def is_open(self) -> bool:
        """Whether it still is on its way."""
        return self.state in self.OPEN

    @property
    def is_editable(self) -> bool:
        """Whether the stakeholder may write: not while staff have it, never once decided."""
        return self.state in self.EDITABLE

    @property
    def title(self) -> str:
        """What the draft is called so far; empty while it has no heading."""
        return str(self.content.get("title", ""))
