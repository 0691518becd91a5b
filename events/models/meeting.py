"""What a cycle's own pages say: its texts and its frequently asked questions. All Markdown, all by staff."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.models.cycle import Cycle


class MeetingTextQuerySet(models.QuerySet["MeetingText"]):
    """Texts by audience."""

    def for_public(self) -> "MeetingTextQuerySet":
        """Published texts of published cycles."""
        return self.filter(published_at__isnull=False, cycle__published_at__isnull=False)


class MeetingText(models.Model):
    """One text of a cycle's pages, in one language."""

    class Part(models.TextChoices):
        """Where on the pages it stands."""

        PURPOSE = "purpose", _("Purpose and priorities")
        PARTICIPATION = "participation", _("Participation")
        PROGRAMME = "programme", _("Note beside the programme")
        CONTACT = "contact", _("Contact")

    cycle = models.ForeignKey(Cycle, verbose_name=_("cycle"), on_delete=models.PROTECT, related_name="texts")
    part = models.CharField(_("part"), max_length=20, choices=Part)
    language = models.CharField(_("language"), max_length=10, default="en")
    text = models.TextField(_("text"), help_text=_("Public once published. Markdown: # heading, **bold**, - list."))
    updated_at = models.DateTimeField(_("changed at"), editable=False)
    published_at = models.DateTimeField(
        _("published at"), null=True, blank=True, help_text=_("Empty: nobody but staff sees the text.")
    )

    objects = MeetingTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("text of a meeting")
        verbose_name_plural = _("texts of a meeting")
        ordering = ["cycle", "part", "language"]
        constraints = [
            models.UniqueConstraint(
                name="meeting_text_once_a_part",
                fields=["cycle", "part", "language"],
                violation_error_message=_("This part has a text in this language already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.cycle}: {self.get_part_display()}"

    @property
    def uuid(self) -> uuid.UUID:
        """Names the text in the history: the same for the same cycle, part and language, for ever."""
        return uuid.uuid5(uuid.NAMESPACE_URL, f"text:{self.cycle.slug}:{self.part}:{self.language}")


class QuestionGroup(models.Model):
    """A heading of a cycle's frequently asked questions."""

    cycle = models.ForeignKey(Cycle, verbose_name=_("cycle"), on_delete=models.PROTECT, related_name="question_groups")
    title = models.CharField(_("title"), max_length=120, help_text=_("Public."))
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("group of questions")
        verbose_name_plural = _("groups of questions")
        ordering = ["cycle", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="question_group_once_in_a_cycle",
                fields=["cycle", "title"],
                violation_error_message=_("The cycle has a group of this title already."),
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def uuid(self) -> uuid.UUID:
        """Names the group in the history."""
        return uuid.uuid5(uuid.NAMESPACE_URL, f"question-group:{self.pk}")


class QuestionQuerySet(models.QuerySet["Question"]):
    """Questions by audience and order."""

    def for_public(self) -> "QuestionQuerySet":
        """Published questions of published cycles."""
        return self.filter(published_at__isnull=False, group__cycle__published_at__isnull=False)

    def in_page_order(self) -> "QuestionQuerySet":
        """By group, then in the order that staff gave them."""
        return self.order_by("group__position", "group_id", "position", "pk")


class Question(models.Model):
    """One frequently asked question with its answer."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    group = models.ForeignKey(
        QuestionGroup, verbose_name=_("group"), on_delete=models.PROTECT, related_name="questions"
    )
    slug = models.SlugField(
        _("address"), max_length=80, blank=True, help_text=_("Names the question in links to it; never changes.")
    )
    question = models.CharField(_("question"), max_length=250, help_text=_("Public once published."))
    answer = models.TextField(_("answer"), help_text=_("Public once published. Markdown."))
    language = models.CharField(_("language"), max_length=10, default="en")
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    updated_at = models.DateTimeField(_("changed at"), editable=False)
    published_at = models.DateTimeField(
        _("published at"), null=True, blank=True, help_text=_("Empty: nobody but staff sees the question.")
    )

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["group", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="question_address_once_in_a_group",
                fields=["group", "slug"],
                violation_error_message=_("Another question of the group has this address."),
            )
        ]

    def __str__(self) -> str:
        return self.question
