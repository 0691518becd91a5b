"""The programme of an event: its sessions with their speakers, and the documents beside them."""

import uuid
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from events.dates import EARLIEST, LATEST
from events.models.cycle import Cycle
from events.models.roadmap import LONGEST_DESCRIPTION, Event
from foundation.zones import local_moment


class SessionQuerySet(models.QuerySet["Session"]):
    """Sessions by audience and order."""

    def for_public(self) -> "SessionQuerySet":
        """What anybody may see: published sessions of published events of published cycles."""
        return self.filter(
            published_at__isnull=False, event__published_at__isnull=False, event__cycle__published_at__isnull=False
        )

    def in_programme_order(self) -> "SessionQuerySet":
        """By day and hour."""
        return self.order_by("day", "start_time", "end_time", "room", "pk")


class Session(models.Model):
    """One item of an event's programme. Its hours are wall clock in the event's zone."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(Event, verbose_name=_("event"), on_delete=models.PROTECT, related_name="sessions")
    title = models.CharField(_("title"), max_length=250, help_text=_("Public once published."))
    description = models.TextField(
        _("description"),
        max_length=LONGEST_DESCRIPTION,
        blank=True,
        help_text=_("Public once published. Plain text."),
    )
    language = models.CharField(_("language of the text"), max_length=10, default="en")
    day = models.DateField(_("day"))
    start_time = models.TimeField(_("begins"), help_text=_("Wall clock in the event's time zone."))
    end_time = models.TimeField(_("ends"))
    room = models.CharField(_("room"), max_length=120, blank=True)
    link = models.URLField(_("link to take part"), max_length=500, blank=True, help_text=_("Public once published."))
    spoken_languages = models.CharField(
        _("spoken languages"), max_length=120, blank=True, help_text=_("Such as: English, French. Public.")
    )
    recording_url = models.URLField(_("recording"), max_length=500, blank=True, help_text=_("Public once published."))
    sequence = models.PositiveIntegerField(_("revision in calendars"), default=0, editable=False)
    updated_at = models.DateTimeField(_("changed at"), editable=False)
    published_at = models.DateTimeField(
        _("published at"), null=True, blank=True, help_text=_("Empty: nobody but staff sees the session.")
    )

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["day", "start_time", "pk"]
        constraints = [
            models.CheckConstraint(
                name="session_begins_before_it_ends",
                condition=Q(start_time__lt=F("end_time")),
                violation_error_message=_("The end must come after the beginning."),
            ),
            models.CheckConstraint(
                name="session_year_can_be_meant",
                condition=Q(day__gte=EARLIEST, day__lte=LATEST),
                violation_error_message=_("Years go from 1950 to 2199."),
            ),
        ]
        indexes = [models.Index(name="session_by_event_and_hour", fields=["event", "day", "start_time"])]

    def __str__(self) -> str:
        return self.title

    @property
    def starts_at(self) -> datetime:
        """The instant at which it begins. Raises ValueError inside the gap of a clock change."""
        return local_moment(self.day, self.start_time, self.event.zone)

    @property
    def ends_at(self) -> datetime:
        """The instant at which it ends. Raises ValueError inside the gap of a clock change."""
        return local_moment(self.day, self.end_time, self.event.zone)

    def clean(self) -> None:
        """Refuses hours that the clocks of the event's zone pass over."""
        # What a form has already refused is not there to be looked at.
        if self.event_id is None or not self.day:
            return
        for name, hour in (("start_time", self.start_time), ("end_time", self.end_time)):
            if hour is None:
                continue
            try:
                local_moment(self.day, hour, self.event.zone)
            except ValueError as error:
                raise ValidationError({name: str(error)}) from error


class Speaker(models.Model):
    """A person who speaks in a session, with the function in which they do. Public with the session."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="speakers")
    name = models.CharField(_("name"), max_length=150, help_text=_("Public with the session."))
    function = models.CharField(
        _("function"), max_length=200, blank=True, help_text=_("Such as: Chair, or the office held. Public.")
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("speaker")
        verbose_name_plural = _("speakers")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="speaker_once_in_a_session",
                fields=["session", "name"],
                violation_error_message=_("This person is in the session already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class DocumentQuerySet(models.QuerySet["Document"]):
    """Documents by audience."""

    def for_public(self) -> "DocumentQuerySet":
        """Published ones, unless what they belong to is not public."""
        public = self.filter(published_at__isnull=False, cycle__published_at__isnull=False)
        public = public.filter(Q(event=None) | Q(event__published_at__isnull=False))
        return public.filter(Q(session=None) | Q(session__published_at__isnull=False))


def document_path(document: "Document", name: str) -> str:
    """Where an uploaded file is stored: under a random name that tells nothing."""
    return f"documents/{document.uuid}/{uuid.uuid4().hex}"


class Document(models.Model):
    """A paper or recording of a cycle, of one event or of one session: a file kept here or a link."""

    class Kind(models.TextChoices):
        """What sort of document it is."""

        AGENDA = "agenda", _("Agenda")
        CONCEPT_NOTE = "concept-note", _("Concept note")
        BACKGROUND = "background", _("Background paper")
        SUMMARY = "summary", _("Summary")
        RECORDING = "recording", _("Recording")
        OTHER = "other", _("Other")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cycle = models.ForeignKey(Cycle, verbose_name=_("cycle"), on_delete=models.PROTECT, related_name="documents")
    event = models.ForeignKey(
        Event, verbose_name=_("event"), null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    session = models.ForeignKey(
        Session, verbose_name=_("session"), null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    kind = models.CharField(_("type"), max_length=20, choices=Kind)
    title = models.CharField(_("title"), max_length=250, help_text=_("Public once published."))
    language = models.CharField(_("language"), max_length=10, default="en")
    url = models.URLField(_("link"), max_length=500, blank=True, help_text=_("Either a link or a file."))
    file = models.FileField(_("file"), upload_to=document_path, max_length=200, blank=True)
    file_name = models.CharField(_("name of the file"), max_length=150, blank=True, editable=False)
    content_type = models.CharField(max_length=100, blank=True, editable=False)
    size = models.PositiveIntegerField(_("size in bytes"), default=0, editable=False)
    updated_at = models.DateTimeField(_("changed at"), editable=False)
    published_at = models.DateTimeField(
        _("published at"), null=True, blank=True, help_text=_("Empty: nobody but staff sees the document.")
    )

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["kind", "title", "language", "pk"]
        constraints = [
            models.CheckConstraint(
                name="document_link_or_file",
                condition=(~Q(url="") & Q(file="")) | (Q(url="") & ~Q(file="")),
                violation_error_message=_("Give a link or a file, not both."),
            ),
            models.CheckConstraint(
                name="document_session_within_event",
                condition=Q(session=None) | Q(event__isnull=False),
                violation_error_message=_("A document of a session names its event as well."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Where it is read: the portal's own address for a file, the link itself otherwise."""
        return self.url or reverse("events:document", args=[self.uuid])
