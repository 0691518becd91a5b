"""Documents in the administration: a link or a checked file, private until published."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from events import document_workflow as workflow
from events.admin.events import PublicFilter
from events.admin.shown import PublishingAdmin, RevisionForm, WebAddressField, acting, moment
from events.meeting_views import render_documents
from events.models import Cycle, Document, Event, Session
from events.programme_views import file_of
from foundation.uploads import UnsafeUploadError, take


class DocumentForm(RevisionForm):
    """A document as staff write it."""

    one_line = ("title",)
    url = WebAddressField(label=gettext_lazy("Link"), help_text=gettext_lazy("Either a link or a file."))
    upload = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        help_text=gettext_lazy(
            "PDF, Word (docx), Excel (xlsx), PNG or JPEG, without macros. Takes the place of the file or link before."
        ),
    )

    class Meta:
        model = Document
        fields = ("cycle", "event", "session", "kind", "title", "language", "url")
        widgets = {"title": forms.TextInput(attrs={"size": 80})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A session says its event, and an event its cycle.
        if "cycle" in self.fields:
            self.fields["cycle"].required = False

    def clean_upload(self) -> Any:
        """Refuses what is not one of the kinds by its content."""
        upload = self.cleaned_data["upload"]
        if upload:
            try:
                take(upload, upload.name, most_bytes=settings.DOCUMENT_MOST_BYTES)
            except UnsafeUploadError as error:
                raise ValidationError(str(error)) from error
        return upload

    def clean(self) -> dict[str, Any]:
        """A link or a file, and what it belongs to fits together."""
        data = super().clean()
        session, event, cycle = (data.get(name) for name in ("session", "event", "cycle"))
        if session and not event:
            event = data["event"] = session.event
        if event and not cycle:
            cycle = data["cycle"] = event.cycle
        if not cycle and "cycle" not in self.errors and "event" not in self.errors:
            self.add_error("cycle", _("Choose the cycle, or an event of it."))
        self.instance.session, self.instance.event = session, event
        for name, words in workflow.misfits(session, event, cycle):
            self.add_error(name, words)
        self._one_of_both(data)
        return data

    def _one_of_both(self, data: dict[str, Any]) -> None:
        upload, url = data.get("upload"), data.get("url")
        if upload and url and "url" in self.changed_data:
            self.add_error("url", _("Give a link or a file, not both."))
        elif upload:
            data["url"] = ""
        elif not url and not self.instance.file and not {"upload", "url"} & self.errors.keys():
            self.add_error("upload", _("Choose a file, or write a link above."))


@admin.register(Document)
class DocumentAdmin(PublishingAdmin):
    """Documents of cycles, events and sessions."""

    form = DocumentForm
    list_display = ("title", "kind", "belongs_to", "language", "file_link", "is_public")
    list_filter = ("cycle", "kind", PublicFilter)
    list_select_related = ("cycle", "event", "session")
    search_fields = ("title", "file_name", "event__title")
    autocomplete_fields = ("cycle", "event", "session")
    readonly_fields = ("file_link", "published_at", "updated_at")
    fieldsets = (
        (
            None,
            {
                "fields": ("title", "kind", "language", "url", "upload", "file_link", "revision"),
                "description": gettext_lazy(
                    "Saving does not publish. Once published, anybody can read the document, unless the event or the "
                    "session that it belongs to is not public."
                ),
            },
        ),
        (
            gettext_lazy("Belongs to"),
            {
                "fields": ("cycle", "event", "session"),
                "description": gettext_lazy("Only the cycle: a document of the meeting as a whole."),
            },
        ),
        (gettext_lazy("For staff"), {"fields": ("published_at", "updated_at")}),
    )

    def publish_rows(self, *, at: Any, actor: User, rows: Iterable[Document]) -> int:
        """By the workflow."""
        return workflow.publish_documents(at=at, actor=actor, documents=rows)

    def withdraw_rows(self, *, at: Any, actor: User, rows: Iterable[Document]) -> int:
        """By the workflow."""
        return workflow.withdraw_documents(at=at, actor=actor, documents=rows)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Added from a session or an event, the rest is known."""
        initial = super().get_changeform_initial_data(request)
        if session := _row(Session.objects.select_related("event"), initial.get("session")):
            initial |= {"event": session.event_id, "cycle": session.event.cycle_id}
        elif event := _row(Event.objects.all(), initial.get("event")):
            initial["cycle"] = event.cycle_id
        return initial

    def save_model(self, request: HttpRequest, obj: Document, form: Any, change: bool) -> None:
        """By the workflow."""
        upload = form.cleaned_data["upload"]
        workflow.save_document(
            at=moment(request),
            actor=acting(request),
            document=obj,
            upload=upload or None,
            upload_name=upload.name if upload else "",
        )

    def delete_model(self, request: HttpRequest, obj: Document) -> None:
        """By the workflow."""
        workflow.delete_unpublished_document(at=moment(request), actor=acting(request), document=obj)

    def get_urls(self) -> list[URLPattern]:
        """With the addresses of the previews."""
        file, page = self.admin_site.admin_view(self.preview_file), self.admin_site.admin_view(self.preview_page)
        return [
            path("<int:pk>/file/", file, name="events_document_file"),
            path("cycle/<int:pk>/preview/", page, name="events_documents_preview"),
            *super().get_urls(),
        ]

    def preview_file(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The file, public or not."""
        self.may_preview(request)
        return file_of(get_object_or_404(Document.objects.exclude(file=""), pk=pk))

    def preview_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A cycle's page of documents as it will look."""
        self.may_preview(request)
        cycle = get_object_or_404(Cycle, pk=pk)
        return render_documents(request, cycle, Document.objects.filter(cycle=cycle), preview=True)

    def view_on_site(self, obj: Document) -> str | None:
        """The public address, if there is one."""
        return obj.get_absolute_url() if Document.objects.for_public().filter(pk=obj.pk).exists() else None

    @admin.display(description=gettext_lazy("belongs to"))
    def belongs_to(self, document: Document) -> str:
        """The narrowest of session, event and cycle."""
        return str(document.session or document.event or document.cycle)

    @admin.display(description=gettext_lazy("link or file"))
    def file_link(self, document: Document) -> str:
        """What is there now, to look at."""
        if document.pk is None:
            return _("after the first save")
        address = reverse("admin:events_document_file", args=[document.pk]) if document.file else document.url
        return format_html('<a href="{}">{}</a>', address, document.file_name or document.url)


def _row(rows: Any, key: Any) -> Any:
    """The row of a key that came in an address, None without one."""
    return rows.filter(pk=key).first() if str(key).isdecimal() and len(str(key)) < 19 else None
