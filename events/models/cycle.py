"""The cycles of forums and meetings."""

from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from events.dates import EARLIEST, LATEST

# Words that are, or will be, addresses of their own beside the slugs.
RESERVED_SLUGS = [
    "subscribe",
    "dashboard",
    "export",
    "search",
    "feed",
    "changes",
    "print",
    "new",
    "admin",
    "cycles",
    "time-zone",
    "coming",
]


class CycleQuerySet(models.QuerySet["Cycle"]):
    """Cycles by audience."""

    def for_public(self) -> "CycleQuerySet":
        """What anybody may see."""
        return self.filter(published_at__isnull=False)

    def current(self) -> "Cycle | None":
        """The cycle that staff marked as current, if it is public."""
        return self.for_public().filter(is_current=True).first()


class Cycle(models.Model):
    """One forum or meeting with its preparations. The title is free text: such meetings get renamed."""

    class Kind(models.TextChoices):
        """What the cycle leads to."""

        FORUM = "forum", _("Global Refugee Forum")
        MID_TERM = "mid_term_review", _("Mid-term meeting")
        SEGMENT = "thematic_segment", _("Thematic segment")

    slug = models.SlugField(
        _("address"), max_length=60, unique=True, help_text=_("Part of web addresses; never changes.")
    )
    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="Europe/Zurich",
        help_text=_("Dates of this cycle are read in this zone."),
    )
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    is_current = models.BooleanField(
        _("current"), default=False, help_text=_("The home page and /calendar/ show this cycle. At most one.")
    )
    published_at = models.DateTimeField(
        _("published at"), null=True, blank=True, help_text=_("Empty: nobody but staff sees the cycle or its roadmap.")
    )

    objects = CycleQuerySet.as_manager()

    class Meta:
        verbose_name = _("cycle")
        verbose_name_plural = _("cycles")
        ordering = ["-starts_on", "slug"]
        constraints = [
            models.UniqueConstraint(
                name="cycle_one_current",
                fields=["is_current"],
                condition=Q(is_current=True),
                violation_error_message=_("Another cycle is current. Take the mark away there first."),
            ),
            models.CheckConstraint(
                name="cycle_days_in_order",
                condition=Q(starts_on=None, ends_on=None)
                # A comparison with NULL is not false, so both must be said to be there.
                | Q(starts_on__isnull=False, ends_on__isnull=False, ends_on__gte=F("starts_on")),
                violation_error_message=_("Give both days, the last not before the first, or none."),
            ),
            models.CheckConstraint(
                name="cycle_years_can_be_meant",
                condition=Q(starts_on=None) | Q(starts_on__gte=EARLIEST, ends_on__lte=LATEST),
                violation_error_message=_("Years go from 1950 to 2199."),
            ),
            models.CheckConstraint(
                name="cycle_slug_not_reserved",
                condition=~Q(slug__in=RESERVED_SLUGS),
                violation_error_message=_("This word is an address of the portal. Choose another."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The cycle's roadmap."""
        return reverse("events:roadmap", args=[self.slug])

    @property
    def zoneinfo(self) -> ZoneInfo:
        """The zone in which the cycle's dates are read."""
        return ZoneInfo(self.zone)
