"""Stakeholders, and who reports for them since when."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Country, User


class StakeholderQuerySet(models.QuerySet["Stakeholder"]):
    """Stakeholders by audience."""

    def for_public(self) -> "StakeholderQuerySet":
        """What anybody may see: public ones that were not merged into another."""
        return self.filter(is_public=True, merged_into=None)

    def without_living_contact(self, at: datetime) -> "StakeholderQuerySet":
        """Those for whom nobody who can be reached is a focal point at ``at``, however many people are on record."""
        return self.filter(merged_into=None).exclude(pk__in=Membership.objects.living_at(at).values("stakeholder"))


class Stakeholder(models.Model):
    """An entity that pledges: a State, a UN entity, an organization, a company, a city, a university …"""

    class Kind(models.TextChoices):
        """The stakeholder groups of the forum."""

        STATE = "state", _("State")
        UN_ENTITY = "un-entity", _("UN entity")
        INTERNATIONAL = "international-organization", _("International or regional organization")
        DEVELOPMENT_BANK = "development-bank", _("Development bank")
        CIVIL_SOCIETY = "civil-society", _("NGO or civil society")
        REFUGEE_LED = "refugee-led", _("Refugee-led organization")
        PRIVATE_SECTOR = "private-sector", _("Private sector")
        FOUNDATION = "foundation", _("Foundation")
        ACADEMIA = "academia", _("Academia")
        CITY = "city", _("City or local authority")
        PARLIAMENT = "parliament", _("Parliamentarians")
        FAITH = "faith-based", _("Faith-based organization")
        SPORTS = "sports", _("Sports entity")
        LEGAL = "legal-community", _("Legal community")
        OTHER = "other", _("Other")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(
        _("address"), max_length=80, unique=True, help_text=_("Part of web addresses; never changes.")
    )
    name = models.CharField(_("name"), max_length=200, help_text=_("Public, in the stakeholder's own words."))
    language = models.CharField(_("language of the name"), max_length=10, default="en")
    kind = models.CharField(_("kind"), max_length=40, choices=Kind)
    country = models.ForeignKey(Country, verbose_name=_("country"), null=True, blank=True, on_delete=models.PROTECT)
    institutional_mailbox = models.EmailField(
        _("institutional mailbox"),
        blank=True,
        help_text=_("Never public. A shared address that outlives the people; told when focal points change."),
    )
    is_public = models.BooleanField(
        _("public"), default=True, help_text=_("The name becomes public with the first published pledge.")
    )
    is_sample = models.BooleanField(_("sample"), default=False, help_text=_("Not a real entity; marked so everywhere."))
    merged_into = models.ForeignKey(
        "self", verbose_name=_("merged into"), null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )

    objects = StakeholderQuerySet.as_manager()

    class Meta:
        verbose_name = _("stakeholder")
        verbose_name_plural = _("stakeholders")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="stakeholder_not_merged_into_itself", condition=Q(merged_into=None) | ~Q(merged_into=F("id"))
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def lacks_living_contact(self, at: datetime) -> bool:
        """Whether nobody can be reached for it at ``at``: the same rule as ``without_living_contact``."""
        return self.merged_into_id is None and not any(row.is_living(at) for row in self.memberships.all())

    def why_no_contact(self, at: datetime) -> str:
        """Why nobody can be reached at ``at``, in words for staff; empty where somebody can."""
        if not self.lacks_living_contact(at):
            return ""
        held = [row for row in self.memberships.all() if row.is_open(at)]
        reporting = [row for row in held if row.role == Membership.Role.FOCAL_POINT]
        if not reporting:
            return _now("nobody is focal point")
        closed = sum(not row.user.is_active for row in reporting)
        refused = sum(row.user.is_active for row in reporting)
        said = [(closed, _now("account closed")), (refused, _now("address refused"))]
        return ", ".join(words for count, words in said if count)


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships by time."""

    def open_at(self, at: datetime) -> "MembershipQuerySet":
        """Those that hold at ``at``."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at), begins_at__lte=at)

    def reporting_at(self, at: datetime) -> "MembershipQuerySet":
        """Those of focal points whose account is open."""
        return self.open_at(at).filter(role=Membership.Role.FOCAL_POINT, user__is_active=True)

    def living_at(self, at: datetime) -> "MembershipQuerySet":
        """Those of focal points who can be reached: the account is open, and no mail server refused the address."""
        return self.reporting_at(at).filter(user__address_failed_at=None)


class Membership(models.Model):
    """A person's role for a stakeholder, from a day to a day. Never deleted, only ended."""

    class Role(models.TextChoices):
        """What the person may do for the stakeholder."""

        FOCAL_POINT = "focal-point", _("Focal point: submits, confirms, invites, gets reminders")
        CONTRIBUTOR = "contributor", _("Contributor: writes drafts")
        READER = "reader", _("Reader: reads")

    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="memberships")
    stakeholder = models.ForeignKey(
        Stakeholder, verbose_name=_("stakeholder"), on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    begins_at = models.DateTimeField(
        _("begins at"), help_text=_("Reminders whose moment lies before this are not sent to the person.")
    )
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True, help_text=_("Set it instead of deleting."))

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["stakeholder__name", "user__email"]
        constraints = [
            models.UniqueConstraint(
                name="membership_one_open_per_person",
                fields=["user", "stakeholder"],
                condition=Q(ends_at=None),
                violation_error_message=_("This person already has a role for this stakeholder. End that one first."),
            ),
            models.CheckConstraint(
                name="membership_ends_after_it_begins",
                condition=Q(ends_at=None) | Q(ends_at__gte=F("begins_at")),
                violation_error_message=_("A membership cannot end before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.stakeholder}"

    def is_open(self, at: datetime) -> bool:
        """Whether it holds at ``at``: the same rule as ``open_at``."""
        return self.begins_at <= at and (self.ends_at is None or self.ends_at > at)

    def is_living(self, at: datetime) -> bool:
        """Whether the person reports at ``at`` and can be reached: the same rule as ``living_at``."""
        reports = self.is_open(at) and self.role == Membership.Role.FOCAL_POINT
        return reports and self.user.is_active and self.user.address_failed_at is None
