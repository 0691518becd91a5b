"""Invitations, and what staff are asked to do about who reports for a stakeholder."""

import uuid
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from accounts.models.stakeholders import Membership, Stakeholder


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations by time."""

    def usable_at(self, at: datetime) -> "InvitationQuerySet":
        """Those that can still be accepted at ``at``."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=at)


class Invitation(models.Model):
    """A person is asked to report for a stakeholder. The mail's link holds the UUID; a POST accepts."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    address = models.EmailField(_("e-mail address"))
    name = models.CharField(_("name"), max_length=120, blank=True)
    stakeholder = models.ForeignKey(
        Stakeholder, verbose_name=_("stakeholder"), on_delete=models.PROTECT, related_name="invitations"
    )
    role = models.CharField(_("role"), max_length=20, choices=Membership.Role, default=Membership.Role.FOCAL_POINT)
    language = models.CharField(_("language of the mail"), max_length=10, default="en")
    invited_by = models.ForeignKey(
        User, verbose_name=_("invited by"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    hands_over = models.ForeignKey(
        Membership,
        verbose_name=_("takes over the role"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="successors",
        help_text=_("This role ends as soon as the invitation is accepted."),
    )
    created_at = models.DateTimeField(_("invited at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("address"),
                "stakeholder",
                name="invitation_one_pending",
                condition=Q(accepted_at=None, revoked_at=None),
                violation_error_message=_("This address has an open invitation for this stakeholder. Revoke it first."),
            ),
            models.UniqueConstraint(
                name="invitation_one_pending_successor",
                fields=["hands_over"],
                condition=Q(accepted_at=None, revoked_at=None, hands_over__isnull=False),
                violation_error_message=_("A successor was invited already. Take that invitation back first."),
            ),
            models.CheckConstraint(
                name="invitation_accepted_or_revoked", condition=Q(accepted_at=None) | Q(revoked_at=None)
            ),
            models.CheckConstraint(name="invitation_expires_later", condition=Q(expires_at__gt=F("created_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.address} – {self.stakeholder}"

    def clean(self) -> None:
        """Keeps the address in lower case and asks for one that is no longer merged away."""
        self.address = self.address.strip().lower()
        if self.stakeholder_id and self.stakeholder.merged_into_id:
            raise ValidationError({"stakeholder": _("This entry was merged into another one. Choose that one.")})

    def is_usable(self, at: datetime) -> bool:
        """Whether it can still be accepted at ``at``: the same rule as ``usable_at``."""
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > at


class ContactRequest(models.Model):
    """Staff are asked to find somebody who reports for a stakeholder. Nothing changes by itself."""

    class Reason(models.TextChoices):
        """Why it is asked."""

        NOT_ME = "not-me", _("says: I am no longer the focal point")
        NOBODY_LEFT = "nobody-left", _("was the last focal point, and left")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    stakeholder = models.ForeignKey(
        Stakeholder, verbose_name=_("stakeholder"), on_delete=models.PROTECT, related_name="contact_requests"
    )
    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="contact_requests")
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    words = models.TextField(_("in the person's words"), max_length=1000, blank=True)
    created_at = models.DateTimeField(_("asked at"))
    closed_at = models.DateTimeField(_("done at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        User, verbose_name=_("done by"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("request about a contact")
        verbose_name_plural = _("requests about contacts")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="contactrequest_one_open",
                fields=["stakeholder", "user", "reason"],
                condition=Q(closed_at=None),
            ),
            models.CheckConstraint(
                name="contactrequest_closed_after_it_was_asked",
                condition=Q(closed_at=None) | Q(closed_at__gte=F("created_at")),
            ),
            models.CheckConstraint(
                name="contactrequest_closed_by_only_if_closed",
                condition=Q(closed_by=None) | Q(closed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.stakeholder}"
