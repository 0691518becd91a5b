"""Progress that a stakeholder reports, the rounds in which it was submitted, and "nothing changed"."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Stakeholder
from pledges.models.pledge import Pledge

NARRATIVE_AT_MOST = 4000
REASON_AT_MOST = 500


class Stage(models.TextChoices):
    """The three official stages, as UNHCR's pledge follow-up names them; stakeholders classify themselves."""

    PLANNING = "planning", _("Planning stage")
    IN_PROGRESS = "in-progress", _("In progress")
    FULFILLED = "fulfilled", _("Fulfilled")


class ScopeChange(models.TextChoices):
    """What the three stages cannot say; stands beside them, never instead."""

    NONE = "", _("No change of scope")
    ADAPTED = "adapted", _("Adapted")
    ACCELERATED = "accelerated", _("Accelerated")
    DELAYED = "delayed", _("Delayed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXCEEDED = "exceeded", _("Exceeded")


class ProgressUpdateQuerySet(models.QuerySet["ProgressUpdate"]):
    """Updates by state."""

    def open(self) -> "ProgressUpdateQuerySet":
        """The one of a pledge that is being worked on."""
        return self.filter(state__in=ProgressUpdate.OPEN)

    def accepted_as_of(self, at: datetime) -> "ProgressUpdateQuerySet":
        """What counted as published at ``at``: accepted by then and not revoked by then."""
        return self.filter(accepted_at__lte=at).filter(Q(revoked_at=None) | Q(revoked_at__gt=at))

    def latest_first(self) -> "ProgressUpdateQuerySet":
        """The order in which updates follow each other: by the moment they were first submitted."""
        return self.order_by("-first_submitted_at", "-pk")


class ProgressUpdate(models.Model):
    """A stakeholder's report on one pledge: a draft of its own until submitted, frozen once accepted.

    Changes go through ``pledges.workflow`` only.
    """

    class State(models.TextChoices):
        """Where the report stands between the stakeholder and the reviewers."""

        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("waiting for review")
        RETURNED = "returned", _("returned with a comment")
        ACCEPTED = "accepted", _("published")
        REVOKED = "revoked", _("withdrawn from the public")

    OPEN = (State.DRAFT, State.SUBMITTED, State.RETURNED)
    EDITABLE = (State.DRAFT, State.RETURNED)
    DRAFT_FIELDS = (
        "stage",
        "scope_change",
        "narrative",
        "results",
        "challenges",
        "support_needed",
        "refugees_involved",
        "links",
        "no_evidence_reason",
        "language",
    )

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="updates")
    stakeholder = models.ForeignKey(
        Stakeholder, verbose_name=_("reported by"), on_delete=models.PROTECT, related_name="updates"
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    revision = models.PositiveIntegerField(_("revision"), default=0)
    stage = models.CharField(_("stage"), max_length=20, choices=Stage, blank=True)
    scope_change = models.CharField(_("change of scope"), max_length=20, choices=ScopeChange, blank=True)
    narrative = models.TextField(_("narrative"), max_length=NARRATIVE_AT_MOST, blank=True)
    results = models.JSONField(_("results"), default=list, blank=True)
    challenges = models.TextField(_("challenges"), max_length=NARRATIVE_AT_MOST, blank=True)
    support_needed = models.TextField(_("support needed"), max_length=NARRATIVE_AT_MOST, blank=True)
    refugees_involved = models.TextField(
        _("how refugees were consulted or involved"), max_length=NARRATIVE_AT_MOST, blank=True
    )
    links = models.JSONField(_("links"), default=list, blank=True)
    no_evidence_reason = models.CharField(_("why there is no evidence"), max_length=REASON_AT_MOST, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    saved_at = models.DateTimeField(_("last saved at"), default=timezone.now)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("last saved by"),
    )
    first_submitted_at = models.DateTimeField(_("first submitted at"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoke_note = models.CharField(
        _("public note"), max_length=300, blank=True, help_text=_("Public: says why an update was withdrawn.")
    )

    objects = ProgressUpdateQuerySet.as_manager()

    class Meta:
        verbose_name = _("progress update")
        verbose_name_plural = _("progress updates")
        ordering = ["-first_submitted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="progressupdate_one_open",
                fields=["pledge"],
                condition=Q(state__in=["draft", "submitted", "returned"]),
            ),
            models.CheckConstraint(
                name="progressupdate_state_has_times",
                condition=Q(state="draft", first_submitted_at=None, accepted_at=None, revoked_at=None)
                | Q(
                    state__in=["submitted", "returned"],
                    first_submitted_at__isnull=False,
                    accepted_at=None,
                    revoked_at=None,
                )
                | Q(state="accepted", first_submitted_at__isnull=False, accepted_at__isnull=False, revoked_at=None)
                | Q(
                    state="revoked",
                    first_submitted_at__isnull=False,
                    accepted_at__isnull=False,
                    revoked_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="progressupdate_submitted_has_stage",
                condition=Q(state="draft") | Q(stage__in=["planning", "in-progress", "fulfilled"]),
            ),
            models.CheckConstraint(
                name="progressupdate_accepted_after_submitted",
                condition=Q(accepted_at=None) | Q(accepted_at__gte=F("first_submitted_at")),
            ),
        ]
        indexes = [
            # All that tells a pledge's stage at a moment: read from the index alone.
            models.Index(
                name="progressupdate_published",
                fields=["pledge", "-first_submitted_at", "-id", "stage", "accepted_at", "revoked_at"],
                condition=Q(accepted_at__isnull=False),
            ),
            models.Index(
                name="progressupdate_by_age", fields=["first_submitted_at"], condition=Q(accepted_at__isnull=False)
            ),
            models.Index(
                name="progressupdate_in_review", fields=["first_submitted_at"], condition=Q(state="submitted")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pledge} ({self.get_state_display()})"

    @property
    def is_open(self) -> bool:
        """Whether it is the one that is being worked on: the same rule as ``open``."""
        return self.state in self.OPEN

    @property
    def is_editable(self) -> bool:
        """Whether the stakeholder may write: not while the reviewers have it, never once accepted."""
        return self.state in self.EDITABLE


class UpdateRound(models.Model):
    """One submission, frozen whole with the labels of its day, and what was decided on it. Its UUID is the receipt."""

    class Channel(models.TextChoices):
        """How it reached the portal."""

        WEB = "web", _("web form")
        EMAIL = "email", _("e-mail, entered by staff")
        LETTER = "letter", _("letter or note verbale, entered by staff")
        MEETING = "meeting", _("meeting or call, entered by staff")
        IMPORT = "import", _("imported from an earlier system")

    class Decision(models.TextChoices):
        """What the reviewers answered."""

        ACCEPTED = "accepted", _("accepted")
        RETURNED = "returned", _("returned")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    update = models.ForeignKey(ProgressUpdate, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveSmallIntegerField(_("number"))
    content = models.JSONField(_("content"))
    labels = models.JSONField(_("labels"), default=dict)
    submitted_at = models.DateTimeField(_("submitted at"))
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel, default=Channel.WEB)
    source_note = models.CharField(
        _("source"), max_length=500, blank=True, help_text=_("For staff: where the text came from.")
    )
    decision = models.CharField(_("decision"), max_length=10, choices=Decision, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    comment = models.TextField(_("comment"), blank=True)
    # Part of the decision, as the comment on the whole is, so that one statement writes them and one rule asks for
    # either.
    field_comments = models.JSONField(_("comments on fields"), default=dict, blank=True)
    by_policy = models.BooleanField(
        _("accepted by policy"),
        default=False,
        help_text=_("Routine progress, published at once without a reviewer."),
    )

    class Meta:
        verbose_name = _("round of an update")
        verbose_name_plural = _("rounds of updates")
        ordering = ["update", "number"]
        constraints = [
            models.UniqueConstraint(name="updateround_number", fields=["update", "number"]),
            models.UniqueConstraint(
                name="updateround_one_accepted", fields=["update"], condition=Q(decision="accepted")
            ),
            models.UniqueConstraint(name="updateround_one_undecided", fields=["update"], condition=Q(decision="")),
            models.CheckConstraint(
                name="updateround_decision_has_time",
                condition=Q(decision="", decided_at=None) | (~Q(decision="") & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="updateround_return_says_why",
                condition=~Q(decision="returned") | ~Q(comment="") | ~Q(field_comments={}),
            ),
            models.CheckConstraint(
                name="updateround_policy_accepts_alone",
                condition=Q(by_policy=False) | Q(decision="accepted", decided_by=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.update.pledge} #{self.number}"


class Confirmation(models.Model):
    """A dated "no significant change since the last update"."""

    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="confirmations")
    stakeholder = models.ForeignKey(Stakeholder, on_delete=models.PROTECT, related_name="confirmations")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("when"))
    since_round = models.ForeignKey(
        UpdateRound,
        verbose_name=_("since"),
        on_delete=models.PROTECT,
        related_name="confirmations",
        help_text=_("The accepted round since which nothing significant changed."),
    )

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.pledge}: {self.at:%Y-%m-%d}"
