"""Rows of the techniques that every room uses: mail to be sent, history, jobs, heartbeats."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OutgoingMail(models.Model):
    """One mail to one mailbox. The row is the truth: what is not here is not sent, what is here is accounted for.

    Written by ``foundation.mail.enqueue``; its state changes in ``foundation.outbox`` only.
    """

    class State(models.TextChoices):
        """Where the mail stands; the groups below say what counts as what."""

        DUE = "due", _("waiting")
        CLAIMED = "claimed", _("claimed")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")
        SUPPRESSED = "suppressed", _("suppressed")
        SKIPPED = "skipped", _("skipped")

    IN_FLIGHT = (State.CLAIMED, State.SENDING)
    # How a mail ends that is not tried any more.
    NOT_TRIED = (State.EXPIRED, State.SUPPRESSED, State.SKIPPED)
    FINAL = (State.SENT, State.FAILED, *NOT_TRIED)

    class Priority(models.IntegerChoices):
        """Lower goes first: a login code never waits behind a campaign."""

        NOW = 0, _("at once")
        SOON = 5, _("soon")
        CAMPAIGN = 9, _("campaign")

    dedupe_key = models.CharField(_("key"), max_length=200)
    purpose = models.CharField(_("purpose"), max_length=40)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.SOON)
    campaign = models.CharField(
        _("campaign"), max_length=40, blank=True, help_text=_("Mails of one campaign can be held together.")
    )
    address = models.EmailField(_("address"), max_length=254)
    language = models.CharField(_("language"), max_length=10, default="en")
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    headers = models.JSONField(_("extra headers"), default=dict, blank=True)
    sensitive = models.BooleanField(
        _("sensitive"), default=False, help_text=_("The text is erased as soon as the mail is final.")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DUE)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    unknown_outcomes = models.PositiveSmallIntegerField(
        _("unknown outcomes"),
        default=0,
        help_text=_("How often the line dropped after the text was handed over."),
    )
    created_at = models.DateTimeField(_("made at"), default=timezone.now)
    not_before = models.DateTimeField(_("not before"))
    expires_at = models.DateTimeField(_("useless after"))
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    claim_token = models.UUIDField(_("claim"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    message_id = models.CharField(_("Message-ID"), max_length=200)
    reply = models.CharField(_("answer of the mail server"), max_length=500, blank=True)
    resend_of = models.ForeignKey(
        "self",
        verbose_name=_("resend of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="resends",
        db_index=False,
    )

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        ordering = ["-pk"]
        constraints = [
            # Not unique=True: that brings a second index for LIKE, which each of a mail's three marks writes to.
            models.UniqueConstraint(name="outgoingmail_one_per_key", fields=["dedupe_key"]),
            models.UniqueConstraint(name="outgoingmail_one_per_message_id", fields=["message_id"]),
            models.CheckConstraint(
                name="outgoingmail_sent_has_time",
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="outgoingmail_in_flight_has_lease",
                condition=Q(state__in=["claimed", "sending"], lease_until__isnull=False, claim_token__isnull=False)
                | (~Q(state__in=["claimed", "sending"]) & Q(lease_until__isnull=True, claim_token__isnull=True)),
            ),
            models.CheckConstraint(
                name="outgoingmail_expires_after_start", condition=Q(expires_at__gt=F("not_before"))
            ),
            models.CheckConstraint(
                name="outgoingmail_state_known",
                condition=Q(
                    state__in=["due", "claimed", "sending", "sent", "failed", "expired", "suppressed", "skipped"]
                ),
            ),
        ]
        indexes = [
            # The claim's query: what is due, most urgent first.
            models.Index(name="outgoingmail_due", fields=["priority", "not_before", "id"], condition=Q(state="due")),
            # The reaper's query: claims whose worker is gone.
            models.Index(
                name="outgoingmail_leases", fields=["lease_until"], condition=Q(state__in=["claimed", "sending"])
            ),
            # The pace's query: what went out within the last minute.
            models.Index(name="outgoingmail_sent", fields=["sent_at"], condition=Q(state="sent")),
            # Few mails are resends; the others need no entry.
            models.Index(name="outgoingmail_resends", fields=["resend_of"], condition=Q(resend_of__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} → {self.address}"


class OutboxControl(models.Model):
    """The one row of how the outbox fares with its mail server; ``foundation.outbox_control`` reads and writes it."""

    uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    failures_in_a_row = models.PositiveIntegerField(_("failures of the mail server in a row"), default=0)
    rests_until = models.DateTimeField(_("rests until"), null=True, blank=True)
    database = models.CharField(
        _("database"), max_length=60, blank=True, help_text=_("Another one than before means a restored backup.")
    )

    class Meta:
        verbose_name = _("control of the outbox")
        verbose_name_plural = _("control of the outbox")
        constraints = [models.CheckConstraint(name="outboxcontrol_one_row", condition=Q(pk=1))]

    def __str__(self) -> str:
        return str(_("control of the outbox"))


class Pause(models.Model):
    """Mail that waits until somebody lets it go; ``foundation.pauses`` makes and ends it.

    Of one campaign, or, where none is named, all that can wait.
    """

    campaign = models.CharField(_("campaign"), max_length=40, unique=True, blank=True)
    title = models.CharField(_("title"), max_length=300, blank=True)
    paused_at = models.DateTimeField(_("paused at"))
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("paused by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.CharField(_("why it is paused"), max_length=300)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        constraints = [
            models.CheckConstraint(name="pause_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(name="pause_of_campaign_has_title", condition=Q(campaign="") | ~Q(title="")),
        ]

    def __str__(self) -> str:
        return self.title or str(_("all mail but login codes"))


class HistoryEntry(models.Model):
    """Who did what to what, and when. Only ever added, by ``foundation.history.record``."""

    at = models.DateTimeField(_("when"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    verb = models.CharField(_("did what"), max_length=60)
    subject_type = models.CharField(_("kind of subject"), max_length=60)
    subject_uuid = models.UUIDField(_("subject"))
    changes = models.JSONField(_("changes"), default=dict, blank=True)

    class Meta:
        verbose_name = _("history entry")
        verbose_name_plural = _("history entries")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(name="history_of_a_subject", fields=["subject_type", "subject_uuid", "-at"]),
            models.Index(name="history_by_moment", fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_type} {self.subject_uuid}"


class Job(models.Model):
    """A piece of work too long for one request, claimed by the tick, with its progress and its report.

    Its state changes in ``foundation.jobs`` only.
    """

    class State(models.TextChoices):
        """Where the work stands."""

        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    progress = models.PositiveIntegerField(_("done so far"), default=0)
    total = models.PositiveIntegerField(_("to do"), default=0)
    file = models.FileField(_("file"), upload_to="jobs/", blank=True)
    sha256 = models.CharField(
        _("fingerprint"), max_length=64, blank=True, db_index=True, help_text=_("Of the file that was brought.")
    )
    failure = models.CharField(_("why it failed"), max_length=1000, blank=True)
    report = models.JSONField(_("report"), default=dict, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("requested by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    requested_at = models.DateTimeField(_("requested at"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    claim_token = models.UUIDField(_("claim"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="job_finished_has_time",
                condition=Q(state__in=["done", "failed"], finished_at__isnull=False)
                | Q(state__in=["waiting", "running"], finished_at__isnull=True),
            ),
            models.CheckConstraint(name="job_progress_within_total", condition=Q(progress__lte=F("total"))),
            models.CheckConstraint(
                name="job_running_has_lease",
                condition=Q(state="running", lease_until__isnull=False, claim_token__isnull=False)
                | (~Q(state="running") & Q(lease_until__isnull=True, claim_token__isnull=True)),
            ),
        ]
        indexes = [
            # What the tick asks every few seconds.
            models.Index(name="job_open", fields=["id"], condition=Q(state__in=["waiting", "running"])),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"


class Heartbeat(models.Model):
    """When a piece of background work last came to its end; the readiness page turns red when it is late."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    at = models.DateTimeField(_("last ended at"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Stamp(models.Model):
    """A number that rises whenever something that pages show has changed; ``foundation.stamps`` reads and raises it."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    number = models.PositiveBigIntegerField(_("number"), default=0)

    class Meta:
        verbose_name = _("stamp")
        verbose_name_plural = _("stamps")
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name}: {self.number}"
