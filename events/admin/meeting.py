"""A meeting's own pages in the administration: its texts and its questions, all Markdown, private until published."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from events import meeting_workflow as workflow
from events.admin.events import PublicFilter
from events.admin.programme_inlines import QuestionsInline
from events.admin.shown import PublishingAdmin, RevisionForm, acting, moment
from events.meeting_views import render_overview, render_questions
from events.models import Cycle, MeetingText, Question, QuestionGroup, Session
from foundation.http import PortalRequest
from foundation.markdown import MOST_CHARACTERS
from foundation.text import clean_line

_LONG = {"rows": 18, "cols": 100, "maxlength": MOST_CHARACTERS}
_HOW = gettext_lazy(
    "Public once published. Markdown: an empty line between paragraphs, # heading, **bold**, - list, "
    "[words](https://address). HTML and pictures are not shown."
)


class LongTextForm(RevisionForm):
    """A form with one long text."""

    def _limit(self, name: str) -> None:
        if name in self.fields:
            field = cast("forms.CharField", self.fields[name])
            field.max_length = MOST_CHARACTERS
            field.validators.append(forms.CharField(max_length=MOST_CHARACTERS).validators[0])


class TextForm(LongTextForm):
    """A text as staff write it."""

    several_lines = ("text",)

    class Meta:
        model = MeetingText
        fields = ("cycle", "part", "language", "text")
        widgets = {"text": forms.Textarea(attrs=_LONG)}
        help_texts = {"text": _HOW}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limit("text")


@admin.register(MeetingText)
class MeetingTextAdmin(PublishingAdmin):
    """Purpose, participation, programme note and contact of each cycle."""

    form = TextForm
    list_display = ("part", "cycle", "language", "updated_at", "is_public", "preview_link")
    list_filter = ("cycle", "part", PublicFilter)
    list_select_related = ("cycle",)
    search_fields = ("text",)
    readonly_fields = ("preview_link", "published_at", "updated_at")
    fields = ("cycle", "part", "language", "text", "revision", "preview_link", "published_at", "updated_at")

    def publish_rows(self, *, at: Any, actor: User, rows: Iterable[MeetingText]) -> int:
        """By the workflow."""
        return workflow.publish_texts(at=at, actor=actor, texts=rows)

    def withdraw_rows(self, *, at: Any, actor: User, rows: Iterable[MeetingText]) -> int:
        """By the workflow."""
        return workflow.withdraw_texts(at=at, actor=actor, texts=rows)

    def get_readonly_fields(self, request: HttpRequest, obj: MeetingText | None = None) -> tuple[str, ...]:
        """An existing text stays with its cycle, part and language."""
        return (*self.readonly_fields, "cycle", "part", "language") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: MeetingText, form: Any, change: bool) -> None:
        """By the workflow."""
        workflow.save_text(at=moment(request), actor=acting(request), text=obj)

    def delete_model(self, request: HttpRequest, obj: MeetingText) -> None:
        """By the workflow."""
        workflow.delete_unpublished_text(at=moment(request), actor=acting(request), text=obj)

    def get_urls(self) -> list[URLPattern]:
        """With the address of the preview."""
        view = self.admin_site.admin_view(self.preview)
        return [path("cycle/<int:pk>/preview/", view, name="events_meeting_preview"), *super().get_urls()]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The meeting's page as it will look."""
        self.may_preview(request)
        cycle = get_object_or_404(Cycle, pk=pk)
        return render_overview(
            cast("PortalRequest", request),
            cycle,
            texts=MeetingText.objects.filter(cycle=cycle),
            events=cycle.events.all(),
            sessions=Session.objects.all(),
            preview=True,
        )

    @admin.display(description=gettext_lazy("preview"))
    def preview_link(self, text: MeetingText) -> str:
        """A link to the page as it will look."""
        return _preview("admin:events_meeting_preview", text.cycle_id)


class GroupForm(forms.ModelForm):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """A heading as staff write it."""

    class Meta:
        model = QuestionGroup
        fields = ("cycle", "title", "position")

    def clean_title(self) -> str:
        """On one line."""
        return clean_line(self.cleaned_data["title"])


@admin.register(QuestionGroup)
class QuestionGroupAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # as above
    """The headings of the frequently asked questions."""

    form = GroupForm
    inlines = (QuestionsInline,)
    list_display = ("title", "cycle", "position", "preview_link")
    list_filter = ("cycle",)
    list_select_related = ("cycle",)
    search_fields = ("title", "cycle__title")
    fields = ("cycle", "title", "position", "preview_link")
    readonly_fields = ("preview_link",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A group stays with its cycle."""
        return (*self.readonly_fields, "cycle") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: QuestionGroup | None = None) -> bool:
        """One by one, and only empty ones."""
        if obj is None or obj.questions.exists():
            return False
        return super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: QuestionGroup, form: Any, change: bool) -> None:
        """By the workflow."""
        workflow.save_question_group(at=moment(request), actor=acting(request), group=obj)

    def delete_model(self, request: HttpRequest, obj: QuestionGroup) -> None:
        """By the workflow."""
        workflow.delete_empty_group(at=moment(request), actor=acting(request), group=obj)

    @admin.display(description=gettext_lazy("preview"))
    def preview_link(self, group: QuestionGroup) -> str:
        """A link to the page as it will look."""
        return _preview("admin:events_questions_preview", group.cycle_id)


class QuestionForm(LongTextForm):
    """A question as staff write it."""

    one_line = ("question",)
    several_lines = ("answer",)

    class Meta:
        model = Question
        fields = ("group", "question", "answer", "language", "position")
        widgets = {"question": forms.TextInput(attrs={"size": 100}), "answer": forms.Textarea(attrs=_LONG)}
        help_texts = {"answer": _HOW}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limit("answer")

    def clean(self) -> dict[str, Any]:
        """A question stays with its cycle."""
        data = super().clean()
        group = data.get("group")
        if self.instance.pk and group:
            stored = Question.objects.select_related("group").get(pk=self.instance.pk)
            if stored.group.cycle_id != group.cycle_id:
                self.add_error("group", _("A question stays with its cycle."))
        return data


class OrderForm(forms.ModelForm):  # type: ignore[type-arg] # as above
    """The order of a question, in a row of the list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "position" in self.fields:
            label = _("Order of “%(question)s”") % {"question": self.instance.question}
            self.fields["position"].widget.attrs["aria-label"] = label


@admin.register(Question)
class QuestionAdmin(PublishingAdmin):
    """Frequently asked questions."""

    form = QuestionForm
    list_display = ("question", "group", "position", "language", "is_public", "preview_link")
    list_filter = ("group__cycle", PublicFilter, "language")
    list_select_related = ("group", "group__cycle")
    list_editable = ("position",)
    search_fields = ("question", "answer")
    autocomplete_fields = ("group",)
    ordering = ("group__cycle", "group__position", "position", "pk")
    readonly_fields = ("slug", "preview_link", "published_at", "updated_at")
    fields = (
        "group",
        "question",
        "answer",
        "language",
        "position",
        "revision",
        "slug",
        "preview_link",
        "published_at",
        "updated_at",
    )

    def publish_rows(self, *, at: Any, actor: User, rows: Iterable[Question]) -> int:
        """By the workflow."""
        return workflow.publish_questions(at=at, actor=actor, questions=rows)

    def withdraw_rows(self, *, at: Any, actor: User, rows: Iterable[Question]) -> int:
        """By the workflow."""
        return workflow.withdraw_questions(at=at, actor=actor, questions=rows)

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The list changes the order only, so it needs none of the form's rules."""
        return super().get_changelist_form(request, **{"form": OrderForm, **kwargs})

    def save_model(self, request: HttpRequest, obj: Question, form: Any, change: bool) -> None:
        """By the workflow."""
        workflow.save_question(at=moment(request), actor=acting(request), question=obj)

    def delete_model(self, request: HttpRequest, obj: Question) -> None:
        """By the workflow."""
        workflow.delete_unpublished_question(at=moment(request), actor=acting(request), question=obj)

    def get_urls(self) -> list[URLPattern]:
        """With the address of the preview."""
        view = self.admin_site.admin_view(self.preview)
        return [path("cycle/<int:pk>/preview/", view, name="events_questions_preview"), *super().get_urls()]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page of questions as it will look."""
        self.may_preview(request)
        cycle = get_object_or_404(Cycle, pk=pk)
        return render_questions(request, cycle, Question.objects.filter(group__cycle=cycle), preview=True)

    def view_on_site(self, obj: Question) -> str | None:
        """Its place on the public page, if there is one."""
        if not (obj.published_at and obj.group.cycle.published_at):
            return None
        return f"{reverse('events:questions', args=[obj.group.cycle.slug])}#{obj.slug}"

    @admin.display(description=gettext_lazy("preview"))
    def preview_link(self, question: Question) -> str:
        """A link to the page as it will look."""
        return _preview("admin:events_questions_preview", question.group.cycle_id if question.group_id else None)


def _preview(name: str, cycle: int | None) -> str:
    if cycle is None:
        return _("after the first save")
    return format_html('<a href="{}">{}</a>', reverse(name, args=[cycle]), _("Preview"))
