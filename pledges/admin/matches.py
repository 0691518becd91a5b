"""Matches of pledges in the administration: what waits for an answer, what was matched, what came to nothing."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import DateTimeField, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.requests import at_of
from pledges.admin import match_pages
from pledges.admin.decided import DecidedByButtonsAdmin
from pledges.admin.updates import StandFilter
from pledges.models import PledgeMatch
from pledges.templatetags.reporting import day_in_zone

State = PledgeMatch.State
_BY_STAND = {
    "waiting": (State.OFFERED,),
    "matched": (State.ACCEPTED,),
    "over": (State.DECLINED, State.WITHDRAWN),
    "all": tuple(State),
}
_DAYS = {"week": 7, "fortnight": 14, "month": 30}


class MatchStandFilter(StandFilter):
    """What waits for an answer, unless something else is asked for."""

    title = gettext_lazy("state")
    default = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The states of an offer, those that came to nothing together."""
        return [
            ("waiting", _("waits for an answer")),
            ("matched", _("matched")),
            ("over", _("declined or withdrawn")),
            ("all", _("all")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of one state."""
        return queryset.filter(state__in=_BY_STAND.get(self.value() or self.default, tuple(State)))


class WaitingFilter(admin.SimpleListFilter):
    """For how long nobody has answered."""

    title = gettext_lazy("waiting since")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Three spans."""
        return [
            ("week", _("a week or longer")),
            ("fortnight", _("two weeks or longer")),
            ("month", _("30 days or longer")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[PledgeMatch]) -> QuerySet[PledgeMatch]:
        """Only what still waits."""
        days = _DAYS.get(self.value() or "")
        if days is None:
            return queryset
        return queryset.filter(state=State.OFFERED, offered_at__lte=at_of(request) - timedelta(days=days))


@admin.register(PledgeMatch)
class PledgeMatchAdmin(DecidedByButtonsAdmin):
    """Read here, answered by buttons on request of a side; each button calls one workflow function."""

    change_list_template = "admin/pledges/pledgematch/change_list.html"
    list_display = ("asked", "stakeholder", "offered_with", "state_in_words", "since", "days")
    list_display_links = ("asked",)
    list_filter = (MatchStandFilter, WaitingFilter, "pledge__occasion", "pledge__is_sample")
    list_select_related = ("pledge__occasion", "stakeholder", "own_pledge")
    # What waits longest first.
    ordering = ("offered_at", "pk")
    search_fields = ("pledge__reference", "own_pledge__reference", "stakeholder__name", "pledge__versions__title")
    search_help_text = gettext_lazy("Search by reference, title of the policy pledge or who offers.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PledgeMatch]:
        """With the moment from which days are counted."""
        rows: QuerySet[PledgeMatch] = super().get_queryset(request)
        return rows.annotate(at_now=Value(at_of(request), output_field=DateTimeField()))

    @admin.display(description=gettext_lazy("policy pledge"), ordering="pledge__reference")
    def asked(self, match: PledgeMatch) -> str:
        """Which pledge asks."""
        return match.pledge.reference

    @admin.display(description=gettext_lazy("with the pledge"), ordering="own_pledge__reference")
    def offered_with(self, match: PledgeMatch) -> str:
        """The pledge that is offered, if not only words are."""
        return match.own_pledge.reference if match.own_pledge else _("only in words")

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_in_words(self, match: PledgeMatch) -> str:
        """One of four."""
        return match.get_state_display()

    @admin.display(description=gettext_lazy("offered on"), ordering="offered_at")
    def since(self, match: PledgeMatch) -> str:
        """The day, in the zone of the pledge's occasion."""
        return day_in_zone(match.offered_at, match.pledge.occasion.zone)

    @admin.display(description=gettext_lazy("days waiting"), ordering="offered_at")
    def days(self, match: PledgeMatch) -> str:
        """Whole days without an answer."""
        at: datetime = match.at_now  # type: ignore[attr-defined] # annotated above
        return str(max((at - match.offered_at).days, 0)) if match.state == State.OFFERED else "–"

    def get_urls(self) -> list[URLPattern]:
        """With a button for each verb, and what fits."""
        wrap, name = self.admin_site.admin_view, "pledges_pledgematch"
        return [
            path("suggestions/", wrap(match_pages.suggestions), name=f"{name}_suggestions"),
            path("<int:pk>/accept/", wrap(match_pages.accept), name=f"{name}_accept"),
            path("<int:pk>/decline/", wrap(match_pages.decline), name=f"{name}_decline"),
            path("<int:pk>/withdraw/", wrap(match_pages.withdraw), name=f"{name}_withdraw"),
            path("<int:pk>/note/", wrap(match_pages.note), name=f"{name}_note"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Both sides on one page, instead of a form over the row's columns."""
        return match_pages.show(request, object_id)
