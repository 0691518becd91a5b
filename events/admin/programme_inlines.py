"""Sessions, documents, texts and questions, shown where they belong."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.admin.shown import ShownInline
from events.models import Document, MeetingText, Question, QuestionGroup, Session


class SessionsInline(ShownInline):
    """The programme of an event."""

    model = Session
    fields = readonly_fields = ("day", "hours", "title", "room", "is_public")
    ordering = ("day", "start_time", "pk")
    verbose_name_plural = gettext_lazy("sessions of the programme")

    @admin.display(description=gettext_lazy("hours"))
    def hours(self, session: Session) -> str:
        """In the event's zone."""
        return f"{session.start_time:%H:%M}–{session.end_time:%H:%M}"


class DocumentsInline(ShownInline):
    """Documents of an event or a session."""

    model = Document
    fields = readonly_fields = ("kind", "title", "language", "where", "is_public")

    @admin.display(description=gettext_lazy("link or file"))
    def where(self, document: Document) -> str:
        """The link, or the name of the file."""
        return document.file_name or document.url


class CycleDocumentsInline(DocumentsInline):
    """Documents of a meeting as a whole."""

    verbose_name_plural = gettext_lazy("documents of the meeting as a whole")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        """Those of an event stand on its page."""
        return super().get_queryset(request).filter(event=None)


class TextsInline(ShownInline):
    """The texts of a meeting's pages."""

    model = MeetingText
    fields = readonly_fields = ("part", "language", "is_public")


class QuestionGroupsInline(ShownInline):
    """The headings of the questions."""

    model = QuestionGroup
    fields = readonly_fields = ("position", "title")


class QuestionsInline(ShownInline):
    """The questions under a heading."""

    model = Question
    fk_name = "group"
    fields = readonly_fields = ("position", "question", "language", "length", "is_public")
    ordering = ("position", "pk")

    @admin.display(description=gettext_lazy("answer"))
    def length(self, question: Question) -> str:
        """How long it is, so that empty-handed ones are seen."""
        return _("%(count)d words") % {"count": len(question.answer.split())}
