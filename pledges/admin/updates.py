"""Progress updates in the administration: what waits, what was decided; of a draft only that there is one."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import BooleanField, Case, DateTimeField, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.requests import at_of
from foundation.admin import ReadOnlyAdmin
from foundation.history_admin import HistoryMixin
from pledges.admin import update_entry, update_review
from pledges.models import Confirmation, PledgeVersion, ProgressUpdate
from pledges.templatetags.reporting import day_in_zone
from pledges.windows import open_windows

State = ProgressUpdate.State
_BY_STAND = {
    "review": (State.SUBMITTED,),
    "stakeholder": (State.DRAFT, State.RETURNED),
    "published": (State.ACCEPTED,),
    "withdrawn": (State.REVOKED,),
    "all": tuple(State),
}

# What may be of a draft, which staff do not read.
_TEXTS = ("narrative", "results", "challenges", "support_needed", "refugees_involved", "links", "no_evidence_reason")


class StandFilter(admin.SimpleListFilter):
    """What needs review, unless something else is asked for."""

    title = gettext_lazy("stand")
    parameter_name = "stand"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The default has no entry of its own here; see ``choices``."""
        return [
            ("review", _("needs review")),
            ("stakeholder", _("with the stakeholder")),
            ("published", _("published")),
            ("withdrawn", _("withdrawn from the public")),
            ("all", _("all")),
        ]

    def choices(self, changelist: ChangeList) -> Any:
        """Without Django's own “All”, since nothing chosen means “needs review”."""
        for value, words in self.lookup_choices:
            yield {
                "selected": (self.value() or "review") == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": words,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[ProgressUpdate]) -> QuerySet[ProgressUpdate]:
        """The rows of one stand."""
        return queryset.filter(state__in=_BY_STAND.get(self.value() or "review", tuple(State)))


@admin.register(ProgressUpdate)
class ProgressUpdateAdmin(HistoryMixin, ReadOnlyAdmin):
    """Read here, decided by buttons; each button calls one workflow function."""

    change_list_template = "admin/pledges/progressupdate/change_list.html"
    list_display = ("reference", "title", "stakeholder", "state_in_words", "since", "age", "for_open_window")
    list_display_links = ("reference", "title")
    list_filter = (StandFilter, "pledge__occasion", "pledge__is_sample")
    list_select_related = ("pledge__occasion", "stakeholder")
    list_per_page = 50
    # The oldest first.
    ordering = ("first_submitted_at", "pk")
    # Never the texts: a draft must not be found by its words.
    search_fields = ("pledge__reference", "pledge__versions__title", "stakeholder__name")
    search_help_text = gettext_lazy("Search by reference, title of the pledge or stakeholder.")
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProgressUpdate]:
        """With the age of each, and without any text of a draft."""
        at = at_of(request)
        versions = PledgeVersion.objects.filter(pledge=OuterRef("pledge"), valid_until=None)
        rows: QuerySet[ProgressUpdate] = super().get_queryset(request)
        return rows.defer(*_TEXTS).annotate(
            pledge_title=Subquery(versions.values("title")[:1]),
            since_at=Coalesce(Max("rounds__submitted_at"), F("saved_at")),
            at_now=Value(at, output_field=DateTimeField()),
            in_open_window=Case(
                When(_first_submitted_in_an_open_window(at), then=Value(True)),
                default=Value(False),
                output_field=BooleanField(),
            ),
        )

    @admin.display(description=gettext_lazy("pledge"), ordering="pledge__reference")
    def reference(self, update: ProgressUpdate) -> str:
        """PUB-001."""
        return update.pledge.reference

    @admin.display(description=gettext_lazy("title"))
    def title(self, update: ProgressUpdate) -> str:
        """The pledge's title of today."""
        return str(update.pledge_title)  # type: ignore[attr-defined] # annotated above

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_in_words(self, update: ProgressUpdate) -> str:
        """One of five."""
        return update.get_state_display()

    @admin.display(description=gettext_lazy("since"), ordering="since_at")
    def since(self, update: ProgressUpdate) -> str:
        """The day on which the newest round came or the draft was last saved, where the pledge was made."""
        return day_in_zone(_since(update), update.pledge.occasion.zone)

    @admin.display(description=gettext_lazy("days"), ordering="since_at")
    def age(self, update: ProgressUpdate) -> int:
        """Whole days since then."""
        at: datetime = update.at_now  # type: ignore[attr-defined] # annotated above
        return max((at - _since(update)).days, 0)

    @admin.display(description=gettext_lazy("window"))
    def for_open_window(self, update: ProgressUpdate) -> str:
        """Whether it counts as an answer in a window that is open now."""
        return _("yes") if update.in_open_window else "–"  # type: ignore[attr-defined] # annotated above

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the filters offer: an address must not search the words of a draft either."""
        return lookup.startswith((StandFilter.parameter_name, "pledge__occasion", "pledge__is_sample"))

    def get_urls(self) -> list[URLPattern]:
        """With a page or a button for each verb."""
        wrap, name = self.admin_site.admin_view, "pledges_progressupdate"
        return [
            path("on-behalf/", wrap(update_entry.enter), name=f"{name}_on_behalf"),
            path("import/", wrap(update_entry.import_file), name=f"{name}_import"),
            path("<int:pk>/accept/", wrap(update_review.accept), name=f"{name}_accept"),
            path("<int:pk>/return/", wrap(update_review.send_back), name=f"{name}_return"),
            path("<int:pk>/revoke/", wrap(update_review.revoke), name=f"{name}_revoke"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Under a heading that does not speak of changing."""
        title = {"title": capfirst(str(self.opts.verbose_name_plural))}
        return super().changelist_view(request, title | (extra_context or {}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page for reviewing, instead of a form over the row's columns."""
        return update_review.show(request, object_id)


def _since(update: ProgressUpdate) -> datetime:
    moment: datetime = update.since_at  # type: ignore[attr-defined] # annotated above
    return moment


def _first_submitted_in_an_open_window(at: datetime) -> Q:
    inside = Q(pk__in=[])
    for window in open_windows(at):
        inside |= Q(
            first_submitted_at__gte=window.opens_at,
            first_submitted_at__lt=window.ends_at,
            pledge__occasion__in=[cycle.pk for cycle in window.occasions.all()],
        )
    return inside


@admin.register(Confirmation)
class ConfirmationAdmin(ReadOnlyAdmin):
    """Who said when that nothing significant had changed."""

    list_display = ("pledge", "stakeholder", "at", "by", "since_round_number")
    list_filter = ("pledge__occasion", "pledge__is_sample")
    list_select_related = ("pledge", "stakeholder", "by", "since_round")
    list_per_page = 50
    date_hierarchy = "at"
    search_fields = ("pledge__reference", "stakeholder__name")
    fields = ("pledge", "stakeholder", "by", "at", "since_round_number")

    @admin.display(description=gettext_lazy("since the round with the receipt"))
    def since_round_number(self, confirmation: Confirmation) -> str:
        """Its number."""
        return str(confirmation.since_round.uuid)
