"""The rows of a cycle's roadmap."""

import uuid
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from events.dates import EARLIEST, LATEST
from events.models.cycle import RESERVED_SLUGS, Cycle
from foundation.zones import local_moment, zone_choices

# Of a description in characters: some pages of paper. Longer texts are documents.
LONGEST_DESCRIPTION = 5000


class EventQuerySet(models.QuerySet["Event"]):
    """Events by audience and time."""

    def for_public(self) -> "EventQuerySet":
        """What anybody may see: published rows of published cycles."""
        return self.filter(published_at__isnull=False, cycle__published_at__isnull=False)

    def in_roadmap_order(self) -> "EventQuerySet":
        """By first day, longer spans first, unknown days last, then by hour and title."""
        return self.order_by(
            F("starts_on").asc(nulls_last=True),
            F("ends_before").desc(nulls_last=True),
            F("start_time").asc(nulls_first=True),
            "title",
            "pk",
        )

    def not_over(self, day: date) -> "EventQuerySet":
        """Those that go on after ``day`` began, with unknown days among them."""
        return self.filter(Q(ends_before__gt=day) | Q(ends_before=None))


class Event(models.Model):
    """One row of a cycle's roadmap: an honest date, as exact as it is known and no more exact."""

    class Kind(models.TextChoices):
        """What sort of row it is."""

        STOCKTAKING = "stocktaking", _("Stocktaking event")
        CONSULTATION = "consultation", _("Consultation")
        UPDATE_WINDOW = "pledge-update-window", _("Pledge update window")
        BRIEFING = "briefing", _("Briefing")
        LAUNCH = "launch", _("Launch")
        ROUNDTABLE = "roundtable", _("Roundtable")
        ADVANCE_DAY = "advance-day", _("Advance day")
        MEETING = "meeting", _("Meeting")
        OTHER = "other", _("Other")

    class Precision(models.TextChoices):
        """How exactly the date is known."""

        DAY = "day", _("day")
        MONTH = "month", _("month")
        QUARTER = "quarter", _("quarter")
        YEAR = "year", _("year")
        UNKNOWN = "unknown", _("not known yet")

    class Status(models.TextChoices):
        """Whether it takes place. Whether its date is confirmed is another fact."""

        SCHEDULED = "scheduled", _("scheduled")
        POSTPONED = "postponed", _("postponed")
        CANCELLED = "cancelled", _("cancelled")

    class Mode(models.TextChoices):
        """Where people meet."""

        UNKNOWN = "", _("not said")
        IN_PERSON = "in-person", _("in person")
        HYBRID = "hybrid", _("in person and online")
        VIRTUAL = "virtual", _("online")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(
        _("address"), max_length=120, unique=True, help_text=_("Part of web addresses; cannot change once published.")
    )
    cycle = models.ForeignKey(Cycle, verbose_name=_("cycle"), on_delete=models.PROTECT, related_name="events")
    source_key = models.CharField(
        _("key of the source"), max_length=80, help_text=_("Names the row in files that are loaded. Not public.")
    )
    title = models.CharField(_("title"), max_length=250, help_text=_("Public once published."))
    description = models.TextField(
        _("description"),
        max_length=LONGEST_DESCRIPTION,
        blank=True,
        help_text=_("Public once published. Plain text."),
    )
    language = models.CharField(_("language"), max_length=10, default="en")
    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    precision = models.CharField(
        _("precision"),
        max_length=10,
        choices=Precision,
        default=Precision.DAY,
        help_text=_("How exactly the date is known."),
    )
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_before = models.DateField(
        _("day after the last"),
        null=True,
        blank=True,
        help_text=_("14 and 15 December: the first day is 14, this is 16."),
    )
    start_time = models.TimeField(_("begins"), null=True, blank=True, help_text=_("Wall clock in the zone below."))
    end_time = models.TimeField(_("ends"), null=True, blank=True)
    zone = models.CharField(_("time zone"), max_length=64, choices=zone_choices, default="Europe/Zurich")
    date_confirmed = models.BooleanField(
        _("date confirmed"), default=True, help_text=_("Unticked: shown with “to be confirmed”.")
    )
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.SCHEDULED)
    status_reason = models.CharField(
        _("reason"), max_length=250, blank=True, help_text=_("Public: why it was postponed or cancelled.")
    )
    mode = models.CharField(_("mode"), max_length=12, choices=Mode, default=Mode.UNKNOWN, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    links = models.JSONField(_("links"), default=list, blank=True, help_text=_("A list of {“label”, “url”}. Public."))
    audiences = models.JSONField(
        _("stakeholder groups"),
        default=list,
        blank=True,
        help_text=_("Public: whom it is for. None chosen: it is for all."),
    )
    registration_url = models.URLField(
        _("registration"),
        max_length=500,
        blank=True,
        help_text=_("Public: where participants register, such as the UN's own registration system."),
    )
    sequence = models.PositiveIntegerField(_("revision in calendars"), default=0, editable=False)
    updated_at = models.DateTimeField(_("changed at"), editable=False)
    published_at = models.DateTimeField(
        _("published at"), null=True, blank=True, help_text=_("Empty: nobody but staff sees the row.")
    )

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["cycle", F("starts_on").asc(nulls_last=True), "pk"]
        constraints = [
            models.UniqueConstraint(name="event_key_unique_in_cycle", fields=["cycle", "source_key"]),
            models.CheckConstraint(
                name="event_no_dates_when_unknown",
                condition=Q(precision="unknown", starts_on=None, ends_before=None)
                | (~Q(precision="unknown") & Q(starts_on__isnull=False, ends_before__isnull=False)),
                violation_error_message=_("Give both days, or none when the date is not known yet."),
            ),
            models.CheckConstraint(
                name="event_starts_before_it_ends",
                condition=Q(starts_on=None) | Q(starts_on__lt=F("ends_before")),
                violation_error_message=_("The day after the last must come after the first day."),
            ),
            models.CheckConstraint(
                name="event_years_can_be_meant",
                condition=Q(starts_on=None) | Q(starts_on__gte=EARLIEST, ends_before__lte=LATEST + timedelta(days=1)),
                violation_error_message=_("Years go from 1950 to 2199."),
            ),
            models.CheckConstraint(
                name="event_month_is_whole",
                condition=~Q(precision__in=["month", "quarter", "year"]) | Q(starts_on__day=1, ends_before__day=1),
                violation_error_message=_("A month begins on its first day and ends before the first of another."),
            ),
            models.CheckConstraint(
                name="event_quarter_is_whole",
                condition=~Q(precision="quarter")
                | Q(starts_on__month__in=[1, 4, 7, 10], ends_before__month__in=[1, 4, 7, 10]),
                violation_error_message=_("A quarter begins in January, April, July or October."),
            ),
            models.CheckConstraint(
                name="event_year_is_whole",
                condition=~Q(precision="year") | Q(starts_on__month=1, ends_before__month=1),
                violation_error_message=_("A year begins on 1 January and ends before another 1 January."),
            ),
            models.CheckConstraint(
                name="event_times_with_days_only",
                condition=Q(start_time=None) | Q(precision="day"),
                violation_error_message=_("A time needs an exact day."),
            ),
            models.CheckConstraint(
                name="event_end_time_needs_start_time",
                condition=Q(end_time=None) | Q(start_time__isnull=False),
                violation_error_message=_("An end time needs a start time."),
            ),
            models.CheckConstraint(
                name="event_status_known", condition=Q(status__in=["scheduled", "postponed", "cancelled"])
            ),
            models.CheckConstraint(
                name="event_slug_not_reserved",
                condition=~Q(slug__in=RESERVED_SLUGS),
                violation_error_message=_("This word is an address of the portal. Choose another."),
            ),
        ]
        indexes = [models.Index(name="event_by_cycle_and_day", fields=["cycle", "starts_on"])]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The event's own page."""
        return reverse("events:event", args=[self.slug])

    @property
    def last_day(self) -> date | None:
        """The last day that belongs to the event, None when the date is not known."""
        return self.ends_before - timedelta(days=1) if self.ends_before else None

    @property
    def starts_at(self) -> datetime | None:
        """The instant at which it begins, None when no hour is known."""
        if self.starts_on is None or self.start_time is None:
            return None
        return local_moment(self.starts_on, self.start_time, self.zone)

    @property
    def ends_at(self) -> datetime | None:
        """The instant at which it ends, None when no hour is known."""
        if self.last_day is None or self.end_time is None:
            return None
        return local_moment(self.last_day, self.end_time, self.zone)

    def clean(self) -> None:
        """Refuses hours that the clocks of the zone pass over, and ends that come before the beginning."""
        try:
            starts_at, ends_at = self.starts_at, self.ends_at
        except ValueError as error:
            raise ValidationError({"start_time": str(error)}) from error
        if starts_at and ends_at and ends_at <= starts_at:
            raise ValidationError({"end_time": _("The end must come after the beginning.")})
