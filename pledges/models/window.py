"""Windows in which updates are asked for, the rules by which people are reminded, and the reminders themselves."""

from datetime import date, datetime, time, timedelta
from typing import ClassVar

from django.contrib.postgres.fields import RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Stakeholder, User
from events.models import Cycle, Event
from foundation.constraints import PostgresExclusionConstraint
from foundation.models import OutgoingMail
from foundation.pauses import Campaign
from foundation.zones import local_moment
from pledges.models.pledge import Pledge


class UpdateWindow(models.Model):
    """A period in which progress updates are requested. It never closes the form."""

    cycle = models.ForeignKey(Cycle, verbose_name=_("cycle"), on_delete=models.PROTECT, related_name="windows")
    occasions = models.ManyToManyField(
        Cycle, verbose_name=_("pledges made at"), related_name="asked_in", help_text=_("Whose pledges are asked for.")
    )
    opens_on = models.DateField(_("opens on"), help_text=_("Read in the cycle's time zone, from midnight."))
    closes_on = models.DateField(_("closes on"), help_text=_("The last day; it belongs to the window."))
    activated_at = models.DateTimeField(
        _("reminders switched on at"), null=True, blank=True, help_text=_("Empty: this window sends no reminders.")
    )
    event = models.OneToOneField(
        Event,
        verbose_name=_("row of the roadmap"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="update_window",
    )

    class Meta:
        verbose_name = _("update window")
        verbose_name_plural = _("update windows")
        ordering = ["-opens_on"]
        constraints = [
            models.CheckConstraint(
                name="updatewindow_opens_before_it_closes",
                condition=Q(closes_on__gte=F("opens_on")),
                violation_error_message=_("A window cannot close before it opens."),
            ),
            # int8range instead of "=" spares the btree_gist extension.
            PostgresExclusionConstraint(
                name="updatewindow_no_overlap",
                expressions=[
                    (Func(F("cycle_id"), F("cycle_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (Func(F("opens_on"), F("closes_on"), Value("[]"), function="daterange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle}: {self.opens_on} – {self.closes_on}"

    def clean(self) -> None:
        """Says in words what the exclusion constraint says, on both databases."""
        if not (self.cycle_id and self.opens_on and self.closes_on):
            return
        others = UpdateWindow.objects.filter(
            cycle=self.cycle, opens_on__lte=self.closes_on, closes_on__gte=self.opens_on
        )
        if others.exclude(pk=self.pk).exists():
            raise ValidationError(_("This window overlaps another one of the same cycle."))

    @property
    def campaign_name(self) -> str:
        """What the outbox calls the reminders of this window."""
        return f"window-{self.pk}"

    @property
    def campaign(self) -> Campaign:
        """The reminders of this window, as what is paused together."""
        return Campaign(self.campaign_name, str(self))

    @property
    def opens_at(self) -> datetime:
        """The first instant of the window."""
        return local_moment(self.opens_on, time(0), self.cycle.zone)

    @property
    def ends_at(self) -> datetime:
        """The first instant after the window."""
        return local_moment(self.closes_on + timedelta(days=1), time(0), self.cycle.zone)

    def is_open(self, at: datetime) -> bool:
        """Whether updates are being asked for at ``at``."""
        return self.opens_at <= at < self.ends_at


class ReminderRule(models.Model):
    """When people are reminded: so many days after the opening, or before the last day, at an hour."""

    class Anchor(models.TextChoices):
        """What the days are counted from."""

        OPENS = "opens", _("days after the window opens")
        CLOSES = "closes", _("days before the last day")

    window = models.ForeignKey(UpdateWindow, on_delete=models.PROTECT, related_name="rules")
    name = models.CharField(_("name"), max_length=40)
    anchor = models.CharField(_("counted in"), max_length=10, choices=Anchor)
    offset_days = models.PositiveSmallIntegerField(_("days"), default=0)
    at_time = models.TimeField(_("at"), default=time(9), help_text=_("In the cycle's time zone."))
    enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(_("made at"), default=timezone.now)
    planned_at = models.DateTimeField(
        _("planned at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When a plan last came to its end while this rule was due."),
    )

    class Meta:
        verbose_name = _("reminder rule")
        verbose_name_plural = _("reminder rules")
        ordering = ["window", "pk"]
        constraints = [models.UniqueConstraint(name="reminderrule_name", fields=["window", "name"])]

    def __str__(self) -> str:
        return f"{self.window}: {self.name}"

    @property
    def day(self) -> date:
        """The day on which the rule falls; weekends are not avoided."""
        if self.anchor == self.Anchor.OPENS:
            return self.window.opens_on + timedelta(days=self.offset_days)
        return self.window.closes_on - timedelta(days=self.offset_days)

    @property
    def moment(self) -> datetime:
        """The instant from which the reminder is due."""
        return local_moment(self.day, self.at_time, self.window.cycle.zone)


class Reminder(models.Model):
    """One person's intent to be told, for one rule; replaced if it told nobody and is due after all."""

    class Outcome(models.TextChoices):
        """What became of the intent; the mail row tells how the mail fared."""

        MAILED = "mailed", _("a mail was made")
        SUPERSEDED = "superseded", _("a later reminder was due as well")

    rule = models.ForeignKey(ReminderRule, on_delete=models.PROTECT, related_name="reminders")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reminders")
    address = models.EmailField(_("address"))
    due_at = models.DateTimeField(_("due at"))
    pledges = models.JSONField(_("references of the pledges"), default=list)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    mail = models.OneToOneField(OutgoingMail, null=True, blank=True, on_delete=models.PROTECT, related_name="reminder")

    _NEVER_LEFT_AGAIN: ClassVar = Q(mail__resends__state__in=OutgoingMail.NOT_TRIED, mail__resends__unknown_outcomes=0)
    # Those that told nobody, nor will: superseded, or with a mail that never left or that an address of before refused,
    # and that nobody sent again by hand.
    IN_VAIN: ClassVar = (
        Q(outcome="superseded")
        | Q(mail__state__in=OutgoingMail.NOT_TRIED, mail__unknown_outcomes=0, mail__resends=None)
        | (
            Q(mail__state=OutgoingMail.State.FAILED, mail__unknown_outcomes=0)
            & ~Q(address=Lower("user__email"))
            & (Q(mail__resends=None) | _NEVER_LEFT_AGAIN)
        )
    )

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["-due_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="reminder_once_per_person", fields=["rule", "user"]),
            models.UniqueConstraint(F("rule"), Lower("address"), name="reminder_once_per_mailbox"),
        ]

    def __str__(self) -> str:
        return f"{self.rule.name} → {self.address}"


class Handover(models.Model):
    """The lead lets a partner report on a pledge for one window."""

    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="handovers")
    stakeholder = models.ForeignKey(Stakeholder, on_delete=models.PROTECT, related_name="handovers")
    window = models.ForeignKey(UpdateWindow, on_delete=models.PROTECT, related_name="handovers")

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        constraints = [models.UniqueConstraint(name="handover_one_per_window", fields=["pledge", "window"])]

    def __str__(self) -> str:
        return f"{self.pledge} → {self.stakeholder}"
