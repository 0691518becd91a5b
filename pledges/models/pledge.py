"""A pledge and what was true of it from when to when."""

import re
import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Country, Stakeholder
from events.models import Cycle

SUPPORT_AT_MOST = 4000
# Whoever takes a reference from an address asks this first: PostgreSQL refuses a NUL.
REFERENCE_FORM = re.compile(r"[A-Z]+-[0-9]+")


class Named(models.Model):
    """A row of a small table that filters and labels come from."""

    slug = models.SlugField(_("address"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        abstract = True
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Theme(Named):
    """An area of focus of the pledge form, or a cross-cutting theme of the stocktaking."""

    is_area_of_focus = models.BooleanField(_("area of focus of pledges"), default=True)

    class Meta(Named.Meta):
        verbose_name = _("theme")
        verbose_name_plural = _("themes")


class ContributionType(Named):
    """What is given: money, material, technical help, places, policy …"""

    class Meta(Named.Meta):
        verbose_name = _("type of contribution")
        verbose_name_plural = _("types of contribution")


class Objective(Named):
    """One of the four objectives of the Global Compact on Refugees."""

    class Meta(Named.Meta):
        verbose_name = _("objective of the Compact")
        verbose_name_plural = _("objectives of the Compact")


class PledgeQuerySet(models.QuerySet["Pledge"]):
    """Pledges by audience."""

    def for_public(self) -> "PledgeQuerySet":
        """What anybody may see."""
        return self.filter(published_at__isnull=False)

    def published_by(self, at: datetime) -> "PledgeQuerySet":
        """What anybody may see at ``at``: a pledge of a later forum is not there before it."""
        return self.for_public().filter(published_at__lte=at)


class Pledge(models.Model):
    """A commitment, by its reference. All that can change of it stands in its versions."""

    class Kind(models.TextChoices):
        """Who stands behind it."""

        SINGLE = "single", _("Pledge of one stakeholder, or a joint one")
        MULTI = "multi-stakeholder", _("Multi-stakeholder pledge")
        INITIATIVE = "initiative", _("Initiative")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(
        _("reference"),
        max_length=20,
        unique=True,
        help_text=_("Public and part of addresses, for example PUB-001; never changes."),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.SINGLE)
    parent = models.ForeignKey(
        "self", verbose_name=_("part of"), null=True, blank=True, on_delete=models.PROTECT, related_name="members"
    )
    occasion = models.ForeignKey(
        Cycle,
        verbose_name=_("made at"),
        on_delete=models.PROTECT,
        related_name="pledges",
        help_text=_("The forum or meeting at which the pledge was made."),
    )
    source_url = models.URLField(
        _("source"), max_length=500, blank=True, help_text=_("Public: where the pledge can be read.")
    )
    published_at = models.DateTimeField(
        _("published at"),
        null=True,
        blank=True,
        help_text=_("Empty: nobody but staff and its parties sees the pledge."),
    )
    is_sample = models.BooleanField(_("sample"), default=False, help_text=_("Not a real pledge; marked so everywhere."))

    objects = PledgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("pledge")
        verbose_name_plural = _("pledges")
        ordering = ["reference"]
        constraints = [
            models.CheckConstraint(
                name="pledge_reference_form",
                condition=Q(reference__regex=f"^{REFERENCE_FORM.pattern}$"),
                violation_error_message=_("A reference is capital letters, a hyphen and digits, for example PUB-001."),
            ),
            models.CheckConstraint(name="pledge_not_part_of_itself", condition=Q(parent=None) | ~Q(parent=F("id"))),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        """The pledge's public page."""
        return reverse("pledges:pledge", args=[self.reference])

    def is_published_by(self, at: datetime) -> bool:
        """Whether anybody may see it at ``at``: the same rule as ``published_by``."""
        return self.published_at is not None and self.published_at <= at

    @property
    def current(self) -> "PledgeVersion":
        """The open version; costs a query unless the versions were prefetched."""
        return next(version for version in self.versions.all() if version.valid_until is None)


class PledgeVersion(models.Model):
    """What was true of a pledge from a moment to a moment; the open one is what is true now."""

    class Additional(models.TextChoices):
        """Whether the pledge adds to what was planned before it."""

        UNSAID = "", _("not said")
        YES = "yes", _("yes, it adds to what was planned before")
        NO = "no", _("no, it was planned before")

    class Period(models.TextChoices):
        """What the target's number counts."""

        TOTAL = "total", _("in all")
        YEAR = "year", _("a year")

    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("number"))
    valid_from = models.DateTimeField(_("from"))
    valid_until = models.DateTimeField(_("until"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=300, help_text=_("Public, in the stakeholder's own words."))
    description = models.TextField(_("description"), blank=True, help_text=_("Public, in the stakeholder's own words."))
    language = models.CharField(_("language"), max_length=10, default="en")
    support_asked = models.TextField(
        _("support asked for"),
        max_length=SUPPORT_AT_MOST,
        blank=True,
        help_text=_("Public: what a host country asks of others for its policy pledge. Others can then offer support."),
    )
    expected_impact = models.CharField(_("expected impact in one sentence"), max_length=300, blank=True)
    aligned_with = models.CharField(
        _("aligned with which recommendations of the High-Level Officials Meeting"), max_length=300, blank=True
    )
    is_additional = models.CharField(_("additional"), max_length=3, choices=Additional, blank=True)
    prematched_with = models.CharField(_("matched beforehand with"), max_length=300, blank=True)
    refugees_consulted = models.TextField(_("how refugees were consulted"), max_length=2000, blank=True)
    diversity = models.TextField(_("age, gender and diversity"), max_length=2000, blank=True)
    target_value = models.DecimalField(_("target"), max_digits=18, decimal_places=2, null=True, blank=True)
    target_unit = models.CharField(_("unit"), max_length=80, blank=True)
    target_currency = models.CharField(_("currency (ISO 4217)"), max_length=3, blank=True)
    target_period = models.CharField(_("counted"), max_length=10, choices=Period, default=Period.TOTAL)
    target_year = models.PositiveSmallIntegerField(_("by the end of"), null=True, blank=True)
    themes = models.ManyToManyField(Theme, verbose_name=_("areas of focus"), related_name="pledge_versions", blank=True)
    contribution_types = models.ManyToManyField(
        ContributionType, verbose_name=_("types of contribution"), related_name="pledge_versions", blank=True
    )
    objectives = models.ManyToManyField(
        Objective, verbose_name=_("objectives"), related_name="pledge_versions", blank=True
    )
    host_countries = models.ManyToManyField(
        Country, verbose_name=_("host countries"), related_name="pledge_versions", blank=True
    )

    class Meta:
        verbose_name = _("version of a pledge")
        verbose_name_plural = _("versions of pledges")
        ordering = ["pledge", "-number"]
        constraints = [
            models.UniqueConstraint(name="pledgeversion_number", fields=["pledge", "number"]),
            models.UniqueConstraint(name="pledgeversion_one_open", fields=["pledge"], condition=Q(valid_until=None)),
            models.CheckConstraint(
                name="pledgeversion_from_before_until",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
            ),
            models.CheckConstraint(
                name="pledgeversion_currency_or_unit", condition=Q(target_currency="") | Q(target_unit="")
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PledgeParty(models.Model):
    """Who stands behind a version of a pledge: an entity, or a label for "118 actors" that are none."""

    class Role(models.TextChoices):
        """The lead reports for all, unless the report was handed over."""

        LEAD = "lead", _("lead")
        PARTNER = "partner", _("partner")

    version = models.ForeignKey(PledgeVersion, on_delete=models.PROTECT, related_name="parties")
    stakeholder = models.ForeignKey(
        Stakeholder, null=True, blank=True, on_delete=models.PROTECT, related_name="parties"
    )
    label = models.CharField(_("label"), max_length=200, blank=True)
    role = models.CharField(_("role"), max_length=10, choices=Role)

    class Meta:
        verbose_name = _("party of a pledge")
        verbose_name_plural = _("parties of pledges")
        ordering = ["role", "pk"]
        constraints = [
            models.UniqueConstraint(name="pledgeparty_one_lead", fields=["version"], condition=Q(role="lead")),
            models.UniqueConstraint(
                name="pledgeparty_once", fields=["version", "stakeholder"], condition=Q(stakeholder__isnull=False)
            ),
            models.CheckConstraint(
                name="pledgeparty_entity_or_label",
                condition=(Q(stakeholder__isnull=False) & Q(label="")) | (Q(stakeholder=None) & ~Q(label="")),
            ),
            models.CheckConstraint(
                name="pledgeparty_lead_is_entity", condition=~Q(role="lead") | Q(stakeholder__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.stakeholder or self.label)
