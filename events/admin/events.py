"""Events in the administration: the roadmap by date, what becomes public, and the page before it does."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events import dates, workflow
from events.admin.event_form import EventForm
from events.admin.history import EventHistoryMixin
from events.admin.programme_inlines import DocumentsInline, SessionsInline
from events.models import Event, EventChange
from events.publishing import was_ever_public
from events.views import render_event
from foundation.http import PortalRequest


class PublicFilter(admin.SimpleListFilter):
    """Public or not."""

    title = gettext_lazy("public")
    parameter_name = "public"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The two answers."""
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        """The rows of one answer."""
        if self.value() in {"yes", "no"}:
            return queryset.filter(published_at__isnull=self.value() == "no")
        return queryset


class ChangesInline(admin.TabularInline):  # type: ignore[type-arg] # as below
    """What the public was told; only ever added, by the workflow."""

    model = EventChange
    extra = 0
    fields = readonly_fields = ("at", "field", "old", "new", "reason", "actor")
    can_delete = False
    verbose_name_plural = gettext_lazy("changes that the public page tells")

    def get_queryset(self, request: HttpRequest) -> QuerySet[EventChange]:
        """With the people, so that many changes cost no more than one."""
        return super().get_queryset(request).select_related("actor", "event")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never by hand."""
        return False


@admin.register(Event)
class EventAdmin(EventHistoryMixin, admin.ModelAdmin):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """The rows of the roadmaps."""

    form = EventForm
    inlines = (SessionsInline, DocumentsInline, ChangesInline)
    # The date says when it is not confirmed, and a filter tells cycles apart: what stays fits beside the filters.
    list_display = ("when", "title", "kind", "status", "is_public", "preview_link")
    list_display_links = ("title",)
    list_filter = ("cycle", "kind", "status", PublicFilter, "date_confirmed")
    list_select_related = ("cycle",)
    list_per_page = 50
    # Unknown dates last. (The stubs know names only, Django knows expressions as well.)
    ordering = (F("starts_on").asc(nulls_last=True), F("start_time").asc(nulls_first=True), "pk")  # type: ignore[assignment]
    search_fields = ("title", "description", "place", "slug", "source_key")
    date_hierarchy = "starts_on"
    actions = ("publish", "withdraw")
    save_on_top = True
    readonly_fields = ("preview_link", "published_at", "updated_at", "sequence")
    fieldsets = (
        (
            None,
            {
                "fields": ("title", "kind", "description", "language", "cycle", "slug", "revision"),
                "description": gettext_lazy(
                    "Saving does not publish. Once an event is published, each change shows on its page and in "
                    "people's calendars at once."
                ),
            },
        ),
        (
            gettext_lazy("When"),
            {
                "fields": (
                    "precision",
                    "starts_on",
                    "last_day",
                    "date_confirmed",
                    "start_time",
                    "end_time",
                    "zone",
                ),
                "description": gettext_lazy(
                    "Say no more than is known: for “May–June” choose the precision “month” and any day of May and "
                    "of June. Times are what the clocks show in the zone."
                ),
            },
        ),
        (gettext_lazy("Where and whether"), {"fields": ("mode", "place", "status", "status_reason", "links")}),
        (gettext_lazy("For whom"), {"fields": ("audiences", "registration_url")}),
        (
            gettext_lazy("For staff"),
            {"fields": ("preview_link", "published_at", "updated_at", "sequence", "source_key")},
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Event | None = None) -> Any:
        """With what readers are told, once there are readers."""
        told = (
            gettext_lazy("What readers are told of this change"),
            {"fields": ("change_reason", "only_corrects", "seen")},
        )
        sets = list(super().get_fieldsets(request, obj))
        return [*sets[:-1], told, sets[-1]] if obj and obj.published_at else sets

    def get_readonly_fields(self, request: HttpRequest, obj: Event | None = None) -> tuple[str, ...]:
        """The address and the cycle stay once somebody may know them."""
        known = obj is not None and was_ever_public(obj)
        return (*self.readonly_fields, "slug", "cycle") if known else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        """Only one by one, and only what was never public; withdraw the others."""
        if obj is None or was_ever_public(obj):
            return False
        return super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Event, form: forms.Form, change: bool) -> None:
        """By the workflow, like everybody else."""
        workflow.save_event(
            at=cast("PortalRequest", request).at,
            actor=request.user,  # type: ignore[arg-type]
            event=obj,
            announce=not form.cleaned_data.get("only_corrects"),
            reason=form.cleaned_data.get("change_reason", ""),
        )

    def delete_model(self, request: HttpRequest, obj: Event) -> None:
        """By the workflow."""
        workflow.delete_unpublished_event(at=cast("PortalRequest", request).at, actor=request.user, event=obj)  # type: ignore[arg-type]

    def view_on_site(self, obj: Event) -> str | None:
        """The public page, if there is one."""
        return obj.get_absolute_url() if obj.published_at and obj.cycle.published_at else None

    def get_urls(self) -> list[URLPattern]:
        """With the preview's address."""
        preview = path("<int:pk>/preview/", self.admin_site.admin_view(self.preview), name="events_event_preview")
        return [preview, *super().get_urls()]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The event's page as it will look."""
        event = get_object_or_404(Event.objects.select_related("cycle"), pk=pk)
        if not self.has_view_permission(request, event):
            raise PermissionDenied(_("Your role does not include the roadmap."))
        return render_event(cast("PortalRequest", request), event, event.cycle.events.all(), preview=True)

    @admin.display(description=gettext_lazy("when"), ordering="starts_on")
    def when(self, event: Event) -> str:
        """The date as the public reads it."""
        words = dates.date_words(event.starts_on, event.ends_before, event.precision, with_year=True)
        return (
            words if event.date_confirmed or not event.starts_on else _("%(date)s (to be confirmed)") % {"date": words}
        )

    @admin.display(description=gettext_lazy("public"), boolean=True)
    def is_public(self, event: Event) -> bool:
        """Whether anybody may see it."""
        return event.published_at is not None and event.cycle.published_at is not None

    @admin.display(description=gettext_lazy("preview"))
    def preview_link(self, event: Event) -> str:
        """A link to the page as it will look."""
        if event.pk is None:
            return _("after the first save")
        return format_html('<a href="{}">{}</a>', reverse("admin:events_event_preview", args=[event.pk]), _("Preview"))

    @admin.action(description=gettext_lazy("Publish: anybody sees the events"), permissions=["change"])
    def publish(self, request: PortalRequest, queryset: QuerySet[Event]) -> None:
        """Makes the chosen events public."""
        count = workflow.publish_events(at=request.at, actor=request.user, events=queryset)  # type: ignore[arg-type]
        self.message_user(
            request,
            ngettext("%(count)d event became public.", "%(count)d events became public.", count) % {"count": count},
        )

    @admin.action(description=gettext_lazy("Withdraw: nobody but staff sees the events"), permissions=["change"])
    def withdraw(self, request: PortalRequest, queryset: QuerySet[Event]) -> None:
        """Takes the chosen events from the public pages and feeds."""
        count = workflow.withdraw_events(at=request.at, actor=request.user, events=queryset)  # type: ignore[arg-type]
        self.message_user(
            request,
            ngettext("%(count)d event was withdrawn.", "%(count)d events were withdrawn.", count) % {"count": count},
        )
