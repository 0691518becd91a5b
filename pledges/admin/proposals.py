"""Proposals of pledges in the administration: what waits, what was decided; of a draft only that there is one."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import DateTimeField, F, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.requests import at_of
from pledges.admin import proposal_review
from pledges.admin.decided import DecidedByButtonsAdmin
from pledges.admin.updates import StandFilter
from pledges.models import PledgeProposal
from pledges.templatetags.reporting import day_in_zone

State = PledgeProposal.State
_BY_STAND = {
    "review": (State.SUBMITTED,),
    "stakeholder": (State.DRAFT, State.RETURNED),
    "published": (State.PUBLISHED,),
    "over": (State.DECLINED, State.DISCARDED),
    "all": tuple(State),
}


class ProposalStandFilter(StandFilter):
    """What needs review, unless something else is asked for."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The stands of a proposal."""
        return [
            ("review", _("needs review")),
            ("stakeholder", _("with the stakeholder")),
            ("published", _("published")),
            ("over", _("declined or discarded")),
            ("all", _("all")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of one stand."""
        return queryset.filter(state__in=_BY_STAND.get(self.value() or "review", tuple(State)))


@admin.register(PledgeProposal)
class PledgeProposalAdmin(DecidedByButtonsAdmin):
    """Read here, decided by buttons; each button calls one workflow function."""

    list_display = ("title", "stakeholder", "what", "state_in_words", "since", "age")
    list_display_links = ("title",)
    list_filter = (ProposalStandFilter, "occasion")
    list_select_related = ("stakeholder", "occasion", "corrects")
    # The oldest first.
    ordering = ("submitted_at", "pk")
    # Never the text: a draft must not be found by its words.
    search_fields = ("stakeholder__name", "corrects__reference", "published_as__reference")
    search_help_text = gettext_lazy("Search by stakeholder or by the reference of the pledge.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PledgeProposal]:
        """With the age of each, and without any text of a draft."""
        rows: QuerySet[PledgeProposal] = super().get_queryset(request)
        return rows.defer("content").annotate(
            since_at=Coalesce(F("submitted_at"), F("saved_at")),
            at_now=Value(at_of(request), output_field=DateTimeField()),
        )

    @admin.display(description=gettext_lazy("heading"))
    def title(self, proposal: PledgeProposal) -> str:
        """As it was submitted last."""
        return str(proposal.sent.get("title", "")) or _("(not submitted yet)")

    @admin.display(description=gettext_lazy("what"), ordering="corrects__reference")
    def what(self, proposal: PledgeProposal) -> str:
        """New, or a correction."""
        if proposal.corrects is None:
            return _("new pledge, %(occasion)s") % {"occasion": proposal.occasion}
        return _("correction of %(reference)s") % {"reference": proposal.corrects.reference}

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_in_words(self, proposal: PledgeProposal) -> str:
        """One of six."""
        return proposal.get_state_display()

    @admin.display(description=gettext_lazy("since"), ordering="since_at")
    def since(self, proposal: PledgeProposal) -> str:
        """The day on which it was submitted or last saved."""
        return day_in_zone(_since(proposal), proposal.occasion.zone)

    @admin.display(description=gettext_lazy("days"), ordering="since_at")
    def age(self, proposal: PledgeProposal) -> int:
        """Whole days since then."""
        at: datetime = proposal.at_now  # type: ignore[attr-defined] # annotated above
        return max((at - _since(proposal)).days, 0)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the filters offer: an address must not search the words of a draft either."""
        return lookup.startswith((StandFilter.parameter_name, "occasion"))

    def get_urls(self) -> list[URLPattern]:
        """With a button for each verb."""
        wrap, name = self.admin_site.admin_view, "pledges_pledgeproposal"
        return [
            path("<int:pk>/publish/", wrap(proposal_review.publish), name=f"{name}_publish"),
            path("<int:pk>/return/", wrap(proposal_review.send_back), name=f"{name}_return"),
            path("<int:pk>/decline/", wrap(proposal_review.decline), name=f"{name}_decline"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page for reviewing, instead of a form over the row's columns."""
        return proposal_review.show(request, object_id)


def _since(proposal: PledgeProposal) -> datetime:
    moment: datetime = proposal.since_at  # type: ignore[attr-defined] # annotated above
    return moment
