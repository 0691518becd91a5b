"""People, and the countries of the world."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
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
