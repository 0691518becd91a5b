"""Sessions in the administration: facts, speakers, what becomes public, and who would have to be in two places."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from events import programme_workflow as workflow
from events.admin.events import PublicFilter
from events.admin.programme_inlines import DocumentsInline
from events.admin.shown import PublishingAdmin, RevisionForm, WebAddressField, acting, moment
from events.clashes import Clash, is_outside_its_event
from events.models import Document, Event, Session
from events.programme import clashes_in
from events.programme_views import render_programme
from events.publishing import was_ever_public
from foundation.text import clean_line, clean_text

_MOST_SPEAKERS = 40
_LONGEST_NAME, _LONGEST_FUNCTION = 150, 200


class SpeakersField(forms.CharField):
    """Speakers, one "name | function" a line."""

    widget = forms.Textarea(attrs={"rows": 5, "cols": 80})

    def clean(self, value: Any) -> Any:
        """Name and function of each, in order."""
        lines = [line for line in clean_text(str(value or "")).splitlines() if line.strip()]
        if len(lines) > _MOST_SPEAKERS:
            raise ValidationError(_("At most %(most)d speakers, please.") % {"most": _MOST_SPEAKERS})
        speakers = [_speaker(number, line) for number, line in enumerate(lines, 1)]
        names = [name for name, _function in speakers]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValidationError(_("Named twice: %(names)s.") % {"names": ", ".join(twice)})
        return speakers


def _speaker(number: int, line: str) -> tuple[str, str]:
    name, _bar, function = (clean_line(part) for part in line.partition("|"))
    if not name or len(name) > _LONGEST_NAME or len(function) > _LONGEST_FUNCTION:
        raise ValidationError(
            _(
                "Line %(number)d: write a name of at most %(name)d characters, a bar, and a function of at most "
                "%(function)d."
            )
            % {"number": number, "name": _LONGEST_NAME, "function": _LONGEST_FUNCTION}
        )
    return name, function


def as_lines(session: Session) -> str:
    """The speakers as the field reads them."""
    lines = (f"{name} | {function}" if function else name for name, function in workflow.speakers_of(session))
    return "\n".join(lines)


class SessionForm(RevisionForm):
    """A session as staff write it."""

    one_line = ("title", "room", "spoken_languages")
    several_lines = ("description",)
    speaker_lines = SpeakersField(
        label=gettext_lazy("Speakers"),
        required=False,
        help_text=gettext_lazy("One a line, in order: name | function. Public with the session."),
    )

    link = WebAddressField(label=gettext_lazy("Link to take part"), help_text=gettext_lazy("Public once published."))
    recording_url = WebAddressField(label=gettext_lazy("Recording"), help_text=gettext_lazy("Public once published."))

    class Meta:
        model = Session
        fields = (
            "event",
            "title",
            "description",
            "language",
            "day",
            "start_time",
            "end_time",
            "room",
            "link",
            "spoken_languages",
            "recording_url",
        )
        widgets = {
            "day": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "start_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "end_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "title": forms.TextInput(attrs={"size": 80}),
            "description": forms.Textarea(attrs={"rows": 5, "cols": 80}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["speaker_lines"] = as_lines(self.instance)


class ClashFilter(admin.SimpleListFilter):
    """Sessions that need a speaker or a room at the same time as another."""

    title = gettext_lazy("clashes")
    parameter_name = "clashes"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The one question."""
        return [("yes", _("with a clash"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        """Those that clash."""
        return queryset.filter(pk__in=clashes_in()) if self.value() == "yes" else queryset


@admin.register(Session)
class SessionAdmin(PublishingAdmin):
    """The sessions of all programmes."""

    form = SessionForm
    inlines = (DocumentsInline,)
    list_display = ("when", "title", "event", "room", "clash_words", "is_public")
    list_display_links = ("title",)
    list_filter = ("event__cycle", PublicFilter, ClashFilter)
    list_select_related = ("event", "event__cycle")
    search_fields = ("title", "room", "speakers__name", "event__title")
    autocomplete_fields = ("event",)
    ordering = ("day", "start_time", "pk")
    date_hierarchy = "day"
    readonly_fields = ("warnings", "preview_link", "published_at", "updated_at", "sequence")
    fieldsets = (
        (
            None,
            {
                "fields": ("warnings", "event", "title", "description", "language", "revision"),
                "description": gettext_lazy(
                    "Saving does not publish. Once a session is published, each change shows on the programme and "
                    "in people's calendars at once."
                ),
            },
        ),
        (gettext_lazy("When and where"), {"fields": ("day", "start_time", "end_time", "room", "link")}),
        (gettext_lazy("Who and how"), {"fields": ("speaker_lines", "spoken_languages", "recording_url")}),
        (gettext_lazy("For staff"), {"fields": ("preview_link", "published_at", "updated_at", "sequence")}),
    )

    def publish_rows(self, *, at: Any, actor: User, rows: Iterable[Session]) -> int:
        """By the workflow."""
        return workflow.publish_sessions(at=at, actor=actor, sessions=rows)

    def withdraw_rows(self, *, at: Any, actor: User, rows: Iterable[Session]) -> int:
        """By the workflow."""
        return workflow.withdraw_sessions(at=at, actor=actor, sessions=rows)

    def get_readonly_fields(self, request: HttpRequest, obj: Session | None = None) -> tuple[str, ...]:
        """A session that was public stays with its event."""
        known = obj is not None and was_ever_public(obj)
        return (*self.readonly_fields, "event") if known else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Session, form: Any, change: bool) -> None:
        """By the workflow; what should be looked at is said, and saved all the same."""
        workflow.save_session(
            at=moment(request), actor=acting(request), session=obj, speakers=form.cleaned_data["speaker_lines"]
        )
        for words in _warnings(obj):
            self.message_user(request, words, messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: Session) -> None:
        """By the workflow."""
        workflow.delete_unpublished_session(at=moment(request), actor=acting(request), session=obj)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """With the clashes of the rows shown, looked up once."""
        changes = super().get_changelist_instance(request)
        rows = list(changes.result_list)
        found = clashes_in({row.event.cycle_id for row in rows}) if rows else {}
        for row in rows:
            row.clashes = found.get(row.pk, [])
        changes.result_list = rows  # Django only walks through it
        return changes

    def get_urls(self) -> list[URLPattern]:
        """With the address of the preview of an event's programme."""
        view = self.admin_site.admin_view(self.preview)
        return [path("programme/<int:pk>/preview/", view, name="events_programme_preview"), *super().get_urls()]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The programme of an event as it will look."""
        self.may_preview(request)
        event = get_object_or_404(Event.objects.select_related("cycle"), pk=pk)
        sessions, documents = Session.objects.filter(event=event), Document.objects.filter(event=event)
        return render_programme(request, event, sessions, documents, preview=True)

    def view_on_site(self, obj: Session) -> str | None:
        """Its place on the public page, if there is one."""
        if not (obj.published_at and obj.event.published_at and obj.event.cycle.published_at):
            return None
        return f"{reverse('events:programme', args=[obj.event.slug])}#session-{obj.uuid}"

    @admin.display(description=gettext_lazy("when"), ordering="day")
    def when(self, session: Session) -> str:
        """Day and hours in the event's zone."""
        return f"{date_format(session.day, 'j M Y')}, {session.start_time:%H:%M}–{session.end_time:%H:%M}"

    @admin.display(description=gettext_lazy("clashes"))
    def clash_words(self, session: Session) -> str:
        """Who or what would have to be in two places."""
        return " ".join(clash_words(clash) for clash in getattr(session, "clashes", []))

    @admin.display(description=gettext_lazy("speakers"))
    def speaker_lines(self, session: Session) -> str:
        """For those who may read and not write."""
        return as_lines(session)

    @admin.display(description=gettext_lazy("please check"))
    def warnings(self, session: Session) -> str:
        """What is probably not meant."""
        return " ".join(_warnings(session)) or _("nothing") if session.pk else _("after the first save")

    @admin.display(description=gettext_lazy("preview"))
    def preview_link(self, session: Session) -> str:
        """A link to the programme as it will look."""
        if session.pk is None:
            return _("after the first save")
        address = reverse("admin:events_programme_preview", args=[session.event_id])
        return format_html('<a href="{}#session-{}">{}</a>', address, session.uuid, _("Preview"))


def clash_words(clash: Clash) -> str:
    """A clash in a sentence."""
    facts = {"name": clash.name, "title": clash.other.title, "hours": _hours(clash)}
    if clash.what == "room":
        return _("The room “%(name)s” is also taken by “%(title)s”, %(hours)s.") % facts
    return _("%(name)s also speaks in “%(title)s”, %(hours)s.") % facts


def _hours(clash: Clash) -> str:
    return f"{clash.other.starts_at:%H:%M}–{clash.other.ends_at:%H:%M}"


def _warnings(session: Session) -> list[str]:
    words = [clash_words(clash) for clash in clashes_in({session.event.cycle_id}).get(session.pk, [])]
    if is_outside_its_event(session.day, session.event.starts_on, session.event.ends_before):
        words.append(_("The day is none of the days of its event."))
    return words
