"""Pledges in the administration: what they say, what is public, and what they said before."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin.import_pages import ImportPages
from accounts.admin.requests import at_of, staff_of
from foundation.admin_autocomplete import KeyedAutocomplete
from foundation.history import Subject
from foundation.history_admin import HistoryMixin
from pledges import pledge_workflow, selectors
from pledges.admin.pledge_form import PledgeAdminForm
from pledges.facts import QUALITY_FIELDS, versions_with_facts
from pledges.filters import NO_UPDATE
from pledges.loading import PLEDGES
from pledges.models import Pledge, PledgeVersion, Stage
from pledges.pledge_form import PledgeForm
from pledges.wording import party_name, target_words

_OWN_FIELDS = ("kind", "parent", "occasion", "source_url")

IMPORT = ImportPages(
    kind=PLEDGES,
    model=Pledge,
    title=gettext_lazy("Import pledges"),
    help=gettext_lazy(
        "First you see what is new, what would change from what to what, and every cell that is bad; nothing is saved "
        "until you confirm. Rows are known by their reference; stakeholders that are not here yet are added. A change "
        "makes a new version of a pledge, public at once if the pledge is. What the file leaves out stays as it is."
    ),
    publishes=True,
    labels={name: field.label for name, field in PledgeForm.base_fields.items()},
)


class PublicFilter(admin.SimpleListFilter):
    """Public or not."""

    title = gettext_lazy("public")
    parameter_name = "public"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The two answers."""
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Pledge]) -> QuerySet[Pledge]:
        """The rows of one answer."""
        if self.value() in {"yes", "no"}:
            return queryset.filter(published_at__isnull=self.value() == "no")
        return queryset


class StageFilter(admin.SimpleListFilter):
    """By the stage of the last accepted update."""

    title = gettext_lazy("stage")
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The three stages, and none."""
        return [(stage.value, str(stage.label)) for stage in Stage] + [(NO_UPDATE, _("No update yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Pledge]) -> QuerySet[Pledge]:
        """The rows of one answer; the stage was added by the list."""
        if self.value() in {NO_UPDATE, *Stage.values}:
            wanted = {"stage": None if self.value() == NO_UPDATE else self.value()}
            return queryset.filter(**wanted)
        return queryset


class VersionsInline(admin.TabularInline):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """What was true from when to when. Only ever added, by saving the pledge."""

    model = PledgeVersion
    extra = 0
    can_delete = False
    fields = readonly_fields = ("number", "valid_from", "valid_until", "title", "who", "target")
    ordering = ("-number",)
    verbose_name_plural = gettext_lazy("versions, the last one first")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PledgeVersion]:
        """With parties, so that many versions cost no more than one."""
        return versions_with_facts().order_by("-number")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may read the pledge may read what it said."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never by hand."""
        return False

    @admin.display(description=gettext_lazy("parties"))
    def who(self, version: PledgeVersion) -> str:
        """All parties, the lead first."""
        return "; ".join(party_name(party) for party in version.parties.all())

    @admin.display(description=gettext_lazy("target"))
    def target(self, version: PledgeVersion) -> str:
        """What was promised by when."""
        return target_words(version) or "–"


@admin.register(Pledge)
class PledgeAdmin(HistoryMixin, KeyedAutocomplete, admin.ModelAdmin):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """Pledges are never deleted: withdraw them from the public."""

    form = PledgeAdminForm
    inlines = (VersionsInline,)
    change_list_template = "admin/pledges/pledge/change_list.html"
    list_display = ("reference", "title", "lead", "stage_word", "updated_on", "is_public", "occasion", "is_sample")
    list_display_links = ("reference", "title")
    list_filter = ("occasion", PublicFilter, StageFilter, "kind", "is_sample")
    list_select_related = ("occasion",)
    list_per_page = 50
    search_fields = ("reference", "versions__title", "versions__parties__stakeholder__name", "versions__parties__label")
    ordering = ("reference",)
    actions = ("publish", "withdraw")
    autocomplete_fields = ("parent",)
    readonly_fields = ("stage_word", "updated_on", "published_at", "is_sample")
    save_on_top = True
    fieldsets = (
        (
            None,
            {
                "fields": ("reference", "kind", "parent", "occasion", "source_url"),
                "description": gettext_lazy(
                    "Saving does not publish. Once a pledge is published, everything on this page is public at once; "
                    "each change makes a new version, and what was true before is kept."
                ),
            },
        ),
        (
            gettext_lazy("What is promised"),
            {"fields": ("title", "description", "language", "support_asked", "seen_version")},
        ),
        (gettext_lazy("By whom"), {"fields": ("lead", "partners", "labels")}),
        (
            gettext_lazy("How much by when"),
            {"fields": ("target_value", "target_unit", "target_period", "target_year")},
        ),
        (
            gettext_lazy("About what"),
            {"fields": ("themes", "contribution_types", "objectives", "host_countries")},
        ),
        (gettext_lazy("What makes it a good pledge"), {"fields": QUALITY_FIELDS}),
        (
            gettext_lazy("Where it stands"),
            {"fields": ("stage_word", "updated_on", "published_at", "is_sample")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pledge]:
        """With the stage, the title and the lead of today, so that the list asks for them once."""
        pledges = selectors.with_stage(Pledge.objects.all(), at=at_of(request))
        return selectors.with_title(pledges)

    def get_urls(self) -> list[URLPattern]:
        """With the pages of the import."""
        return [*IMPORT.urls(self.admin_site.admin_view), *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: Pledge | None = None) -> tuple[str, ...]:
        """The reference stays what it is once the pledge exists."""
        return (*self.readonly_fields, "reference") if obj else self.readonly_fields

    def get_fieldsets(self, request: HttpRequest, obj: Pledge | None = None) -> Any:
        """For those who only read what can be read: the form's fields are none of the pledge's own."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        own = ("reference", "title", "lead", "kind", "parent", "occasion", "source_url")
        return ((None, {"fields": (*own, "stage_word", "updated_on", "published_at", "is_sample")}),)

    def history_subjects(self, obj: Pledge) -> dict[Subject, str]:
        """With its updates; of drafts the history knows only that they were saved."""
        updates = obj.updates.only("uuid", "pledge", "stakeholder__name").select_related("stakeholder")
        return {obj: "", **{update: update.stakeholder.name for update in updates}}

    def has_delete_permission(self, request: HttpRequest, obj: Pledge | None = None) -> bool:
        """Withdraw instead."""
        return False

    def view_on_site(self, obj: Pledge) -> str | None:
        """The public page, if there is one."""
        return obj.get_absolute_url() if obj.published_at else None

    def save_model(self, request: HttpRequest, obj: Pledge, form: PledgeAdminForm, change: bool) -> None:
        """By the workflow: a change of facts is a new version."""
        own: dict[str, Any] = {name: form.cleaned_data[name] for name in _OWN_FIELDS}
        common: dict[str, Any] = {"facts": form.facts(), "at": at_of(request), "actor": staff_of(request)}
        if change:
            pledge_workflow.revise_pledge(pledge=obj, **common, **own)
            return
        made = pledge_workflow.create_pledge(reference=form.cleaned_data["reference"], **common, **own)
        # Django goes on with its own object: to its history and to the page that comes next.
        obj.pk, obj.uuid = made.pk, made.uuid

    @admin.display(description=gettext_lazy("title"), ordering="title")
    def title(self, pledge: Pledge) -> str:
        """What it says now."""
        return str(pledge.title or "–")  # type: ignore[attr-defined] # annotated above

    @admin.display(description=gettext_lazy("led by"), ordering="lead")
    def lead(self, pledge: Pledge) -> str:
        """Who leads now."""
        return str(pledge.lead or "–")  # type: ignore[attr-defined] # annotated above

    @admin.display(description=gettext_lazy("stage"), ordering="stage")
    def stage_word(self, pledge: Pledge) -> str:
        """By the last accepted update."""
        stage = getattr(pledge, "stage", None)
        return str(Stage(stage).label) if stage else _("No update yet")

    @admin.display(description=gettext_lazy("last update"), ordering="reported_at")
    def updated_on(self, pledge: Pledge) -> str:
        """The day, in the zone of its occasion, on which the last accepted update was first submitted."""
        reported_at = getattr(pledge, "reported_at", None)
        return date_format(reported_at.astimezone(pledge.occasion.zoneinfo), "j F Y") if reported_at else "–"

    @admin.display(description=gettext_lazy("public"), boolean=True)
    def is_public(self, pledge: Pledge) -> bool:
        """Whether anybody may see it."""
        return pledge.published_at is not None

    @admin.action(description=gettext_lazy("Publish: anybody sees the pledges"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Pledge]) -> None:
        """Makes the chosen pledges public."""
        facts: dict[str, Any] = {"at": at_of(request), "actor": staff_of(request)}
        count = sum(pledge_workflow.publish_pledge(pledge=pledge, **facts) for pledge in queryset)
        self.message_user(
            request,
            ngettext("%(count)d pledge became public.", "%(count)d pledges became public.", count) % {"count": count},
        )

    @admin.action(description=gettext_lazy("Withdraw: nobody but staff and parties sees them"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Pledge]) -> None:
        """Takes the chosen pledges, and the updates on them, from the public."""
        facts: dict[str, Any] = {"at": at_of(request), "actor": staff_of(request)}
        count = sum(pledge_workflow.withdraw_pledge(pledge=pledge, **facts) for pledge in queryset)
        self.message_user(
            request,
            ngettext("%(count)d pledge was withdrawn.", "%(count)d pledges were withdrawn.", count) % {"count": count},
        )
