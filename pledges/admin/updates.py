"""Progress updates in the administration: what waits, what was decided; of a draft only that there is one."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin.requests import at_of
from foundation.admin import ReadOnlyAdmin
from pledges.admin import update_entry, update_policy, update_review
from pledges.admin.decided import DecidedByButtonsAdmin
from pledges.models import Confirmation, ProgressUpdate
from pledges.review_queue import flags_of, with_queue_facts
from pledges.templatetags.reporting import day_in_zone

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
    default = "review"

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
        """Without Django's own “All”, since nothing chosen means the default."""
        for value, words in self.lookup_choices:
            yield {
                "selected": (self.value() or self.default) == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": words,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[ProgressUpdate]) -> QuerySet[ProgressUpdate]:
        """The rows of one stand."""
        return queryset.filter(state__in=_BY_STAND.get(self.value() or "review", tuple(State)))


@admin.register(ProgressUpdate)
class ProgressUpdateAdmin(DecidedByButtonsAdmin):
    """Read here, decided by buttons; each button calls one workflow function."""

    change_list_template = "admin/pledges/progressupdate/change_list.html"
    list_display = ("pledge_in_words", "stakeholder", "state_in_words", "stage_in_words", "age", "window")
    list_display_links = ("pledge_in_words",)
    list_filter = (StandFilter, "pledge__occasion", "pledge__is_sample")
    list_select_related = ("pledge__occasion", "stakeholder")
    # Never the texts: a draft must not be found by its words.
    search_fields = ("pledge__reference", "pledge__versions__title", "stakeholder__name")
    search_help_text = gettext_lazy("Search by reference, title of the pledge or stakeholder.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProgressUpdate]:
        """With the age of each, and without any text of a draft."""
        return with_queue_facts(ProgressUpdate.objects.defer(*_TEXTS), at=at_of(request))

    def get_ordering(self, request: HttpRequest) -> list[str]:
        """What waits longest comes first."""
        return ["since_at", "pk"]

    def get_list_display(self, request: HttpRequest) -> Any:
        """Without the state where all rows have the same."""
        hides = request.GET.get(StandFilter.parameter_name, "review") == "review"
        return [name for name in self.list_display if not (hides and name == "state_in_words")]

    @admin.display(description=gettext_lazy("pledge"), ordering="pledge__reference")
    def pledge_in_words(self, update: ProgressUpdate) -> str:
        """PUB-001 and the pledge's title of today."""
        title: str = update.pledge_title  # type: ignore[attr-defined] # annotated in get_queryset
        return format_html("<b>{}</b> {}", update.pledge.reference, title)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_in_words(self, update: ProgressUpdate) -> str:
        """One of five."""
        return update.get_state_display()

    @admin.display(description=gettext_lazy("stage"))
    def stage_in_words(self, update: ProgressUpdate) -> str:
        """As it was submitted, and what deserves a closer look; of what the stakeholder is writing nothing."""
        if update.is_editable:
            return "–"
        marks = format_html_join("", ' <span class="queue-flag">{}</span>', ((words,) for words in flags_of(update)))
        return format_html("{}{}", update.get_stage_display(), marks)

    @admin.display(description=gettext_lazy("waits"), ordering="since_at")
    def age(self, update: ProgressUpdate) -> str:
        """Whole days since the newest round came, or the draft was last saved, and the day where it was pledged."""
        since: datetime = update.since_at  # type: ignore[attr-defined] # annotated in get_queryset
        at: datetime = update.at_now  # type: ignore[attr-defined] # annotated in get_queryset
        days = max((at - since).days, 0)
        words = ngettext("%(days)d day", "%(days)d days", days) % {"days": days} if days else _("since today")
        day = day_in_zone(since, update.pledge.occasion.zone)
        return format_html('<b>{}</b> <span class="queue-day">{}</span>', words, day)

    @admin.display(description=gettext_lazy("counts for the window"))
    def window(self, update: ProgressUpdate) -> str:
        """By the day on which it was first submitted."""
        name: str = update.window_name  # type: ignore[attr-defined] # annotated in get_queryset
        return name or "–"

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the filters offer: an address must not search the words of a draft either."""
        return lookup.startswith((StandFilter.parameter_name, "pledge__occasion", "pledge__is_sample"))

    def get_urls(self) -> list[URLPattern]:
        """With a page or a button for each verb."""
        wrap, name = self.admin_site.admin_view, "pledges_progressupdate"
        return [
            path("on-behalf/", wrap(update_entry.enter), name=f"{name}_on_behalf"),
            path("policy/", wrap(update_policy.policy), name=f"{name}_policy"),
            path("import/", wrap(update_entry.import_file), name=f"{name}_import"),
            path("<int:pk>/accept/", wrap(update_review.accept), name=f"{name}_accept"),
            path("<int:pk>/return/", wrap(update_review.send_back), name=f"{name}_return"),
            path("<int:pk>/revoke/", wrap(update_review.revoke), name=f"{name}_revoke"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page for reviewing, instead of a form over the row's columns."""
        return update_review.show(request, object_id)


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
