"""People, the stakeholders they report for, and the countries of the world."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Country(models.Model):
    """A country by its ISO 3166-1 code, under the name and in the M49 region that the United Nations uses."""

    code = models.CharField(_("ISO code"), max_length=2, unique=True)
    name = models.CharField(_("name"), max_length=120)
    region = models.CharField(_("region (UN M49)"), max_length=60)

    class Meta:
        verbose_name = _("country")
        verbose_name_plural = _("countries")
        ordering = ["name"]
        constraints = [models.CheckConstraint(name="country_code_is_iso", condition=Q(code__regex="^[A-Z]{2}$"))]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes people by their e-mail address."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """The person behind an address, however it was capitalised."""
        return self.get(email=(username or "").lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person who logs in by e-mailed code; a password is for break-glass accounts only."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person of staff with every permission."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The e-mail address is the name to log in with."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(
        _("e-mail address"),
        unique=True,
        error_messages={"unique": _("Somebody with this e-mail address is already here.")},
    )
    name = models.CharField(_("name"), max_length=120, blank=True, help_text=_("Shown to staff and colleagues only."))
    language = models.CharField(_("language of mails"), max_length=10, default="en")
    zone = models.CharField(_("time zone"), max_length=64, default="Europe/Zurich")
    reminders_stopped_at = models.DateTimeField(
        _("reminders stopped at"),
        null=True,
        blank=True,
        help_text=_("Set when the person asked for no more reminders."),
    )
    address_failed_at = models.DateTimeField(
        _("address failed at"),
        null=True,
        blank=True,
        help_text=_("Set when a mail server refused the address for good."),
    )
    is_staff = models.BooleanField(
        _("staff"), default=False, help_text=_("May open this administration, after a second factor.")
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Untick instead of deleting: what the person reported stays.")
    )
    created_at = models.DateTimeField(_("here since"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["email"]
        constraints = [models.CheckConstraint(name="user_email_is_lower_case", condition=Q(email=Lower("email")))]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email

    def clean(self) -> None:
        """Keeps the address in lower case, as the database asks."""
        self.email = self.email.strip().lower()


class StakeholderQuerySet(models.QuerySet["Stakeholder"]):
    """Stakeholders by audience."""

    def for_public(self) -> "StakeholderQuerySet":
        """What anybody may see: public ones that were not merged into another."""
        return self.filter(is_public=True, merged_into=None)


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


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships by time."""

    def open_at(self, at: datetime) -> "MembershipQuerySet":
        """Those that hold at ``at``."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=at), begins_at__lte=at)


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
