"""Cycles in the administration: publish, make current, see the roadmap before the public does."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events import workflow
from events.admin import roadmap_copy, roadmap_import, roadmap_page
from events.admin.programme_inlines import CycleDocumentsInline, QuestionGroupsInline, TextsInline
from events.dates import EARLIEST, LATEST
from events.models import Cycle
from events.stamp import CALENDAR
from events.views import render_roadmap
from foundation.http import PortalRequest
from foundation.stamps import raise_stamp
from foundation.text import clean_line
from foundation.zones import zone_choices


class CycleForm(forms.ModelForm):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """A cycle as staff write it."""

    zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=zone_choices,
        initial="Europe/Zurich",
        help_text=gettext_lazy("Dates of this cycle are read in this zone."),
    )

    class Meta:
        model = Cycle
        fields = ("title", "slug", "kind", "zone", "starts_on", "ends_on")

    def clean_title(self) -> str:
        """On one line."""
        return clean_line(self.cleaned_data["title"])

    def clean(self) -> dict[str, Any]:
        """Refuses years that can only be slips of the keyboard: pages cannot show them."""
        cleaned: dict[str, Any] = super().clean() or {}
        for name in ("starts_on", "ends_on"):
            if cleaned.get(name) and not EARLIEST <= cleaned[name] <= LATEST:
                self.add_error(name, _("Years go from 1950 to 2199."))
        return cleaned


@admin.register(Cycle)
class CycleAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """Forums and meetings. A cycle is never deleted: its address is a promise."""

    form = CycleForm
    list_display = ("title", "kind", "starts_on", "is_current", "is_public", "events_count", "preview_link")
    list_filter = ("kind", "is_current")
    search_fields = ("title", "slug")
    # Said again: counting the events takes the model's own order away.
    ordering = ("-starts_on", "slug")
    inlines = (TextsInline, QuestionGroupsInline, CycleDocumentsInline)
    actions = ("publish", "withdraw", "make_current")
    readonly_fields = ("is_current", "published_at", "roadmap_link", "preview_link")
    fields = (
        "title",
        "slug",
        "kind",
        "zone",
        "starts_on",
        "ends_on",
        "is_current",
        "published_at",
        "roadmap_link",
        "preview_link",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cycle]:
        """With the number of events, so that the list asks for it once."""
        cycles: QuerySet[Cycle] = super().get_queryset(request).annotate(events_count=Count("events"))
        return cycles

    def get_readonly_fields(self, request: HttpRequest, obj: Cycle | None = None) -> tuple[str, ...]:
        """The address stays what it is once the cycle exists."""
        return (*self.readonly_fields, "slug") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Cycle, form: forms.Form, change: bool) -> None:
        """Kept pages name the cycle and its days, so they are told; the admin saves in one transaction."""
        super().save_model(request, obj, form, change)
        raise_stamp(CALENDAR)

    def has_delete_permission(self, request: HttpRequest, obj: Cycle | None = None) -> bool:
        """Withdraw instead."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """With the preview, and the pages of the cycle's roadmap."""
        pages: list[tuple[str, Callable[..., HttpResponseBase], str]] = [
            ("<int:pk>/preview/", self.preview, "preview"),
            ("<int:pk>/roadmap/", roadmap_page.roadmap, "roadmap"),
            ("<int:pk>/roadmap.csv", roadmap_page.export_csv, "export_csv"),
            ("<int:pk>/roadmap.xlsx", roadmap_page.export_xlsx, "export_xlsx"),
            ("<int:pk>/import/", roadmap_import.upload, "import"),
            ("import/<uuid:uuid>/", roadmap_import.check, "import_check"),
            ("import/<uuid:uuid>/errors.xlsx", roadmap_import.errors_file, "import_errors"),
            ("<int:pk>/duplicate/", roadmap_copy.duplicate, "duplicate"),
        ]
        own = [
            path(route, self.admin_site.admin_view(view), name=f"events_cycle_{name}") for route, view, name in pages
        ]
        return [*own, *super().get_urls()]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The roadmap as it will look, with what is not public yet."""
        cycle = get_object_or_404(Cycle, pk=pk)
        if not self.has_view_permission(request, cycle):
            raise PermissionDenied(_("Your role does not include the roadmap."))
        return render_roadmap(
            cast("PortalRequest", request), cycle, cycle.events.all(), feed=reverse("feeds:current"), preview=True
        )

    @admin.display(description=gettext_lazy("public"), boolean=True)
    def is_public(self, cycle: Cycle) -> bool:
        """Whether anybody may see it."""
        return cycle.published_at is not None

    @admin.display(description=gettext_lazy("rows of the roadmap"))
    def events_count(self, cycle: Cycle) -> str:
        """How many, public or not, with the way to them."""
        count: int = cycle.events_count  # type: ignore[attr-defined]
        return self._link("roadmap", cycle, str(count), label=_("Roadmap of %(cycle)s") % {"cycle": cycle})

    @admin.display(description=gettext_lazy("roadmap"))
    def roadmap_link(self, cycle: Cycle) -> str:
        """The way to the cycle's rows."""
        return self._link("roadmap", cycle, _("All rows: sort, import, export, duplicate"))

    @admin.display(description=gettext_lazy("preview"))
    def preview_link(self, cycle: Cycle) -> str:
        """A link to the roadmap as it will look."""
        return self._link("preview", cycle, _("Preview"))

    @staticmethod
    def _link(name: str, cycle: Cycle, words: str, label: str = "") -> str:
        if cycle.pk is None:
            return ""
        address = reverse(f"admin:events_cycle_{name}", args=[cycle.pk])
        return format_html('<a href="{}" aria-label="{}">{}</a>', address, label or words, words)

    @admin.action(description=gettext_lazy("Publish: anybody sees the roadmap"), permissions=["change"])
    def publish(self, request: PortalRequest, queryset: QuerySet[Cycle]) -> None:
        """Makes the chosen cycles public."""
        self._for_each(request, queryset, lambda cycle: workflow.publish_cycle(at=request.at, cycle=cycle))

    @admin.action(description=gettext_lazy("Withdraw: nobody but staff sees the roadmap"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Cycle]) -> None:
        """Hides the chosen cycles."""
        self._for_each(request, queryset, lambda cycle: workflow.withdraw_cycle(cycle=cycle))

    @admin.action(description=gettext_lazy("Make current: home page and calendar show it"), permissions=["change"])
    def make_current(self, request: HttpRequest, queryset: QuerySet[Cycle]) -> None:
        """Marks one cycle as current."""
        if queryset.count() != 1:
            self.message_user(request, _("Choose exactly one cycle to be current."), messages.WARNING)
            return
        self._for_each(request, queryset, lambda cycle: workflow.make_current(cycle=cycle))

    def _for_each(self, request: HttpRequest, cycles: QuerySet[Cycle], verb: Callable[[Cycle], bool]) -> None:
        changed = [cycle for cycle in cycles if verb(cycle)]
        for cycle in changed:
            self.log_change(request, cycle, f"{cycle.slug}: {request.POST.get('action')}")
        self.message_user(request, _("Done for %(count)d of the chosen cycles.") % {"count": len(changed)})
