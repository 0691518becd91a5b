"""Roles in the administration: given and ended, never edited or deleted."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import membership_workflow
from accounts.access import outranks
from accounts.admin.requests import at_of, staff_of
from accounts.models import Membership
from foundation import history
from foundation.admin_autocomplete import KeyedAutocomplete
from foundation.history_admin import HistoryMixin
from foundation.models import HistoryEntry


class OpenFilter(admin.SimpleListFilter):
    """Roles that hold now, and those that ended."""

    title = gettext_lazy("holds now")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The two answers."""
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> QuerySet[Membership]:
        """The rows of one answer."""
        holds = Q(pk__in=Membership.objects.open_at(at_of(request)).values("pk"))
        return {"yes": queryset.filter(holds), "no": queryset.exclude(holds)}.get(self.value() or "", queryset)


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """Who gets which role for whom."""

    class Meta:
        model = Membership
        fields = ("user", "stakeholder", "role")
        help_texts = {
            "user": gettext_lazy("Somebody who is here already. Others are invited on the stakeholder's page."),
            "role": gettext_lazy("Not public. A lesser role that the person has for the stakeholder ends."),
        }

    def clean(self) -> dict[str, Any]:
        """Refuses what would change nothing, and what nobody could use."""
        super().clean()
        user, stakeholder = self.cleaned_data.get("user"), self.cleaned_data.get("stakeholder")
        if not user or not stakeholder or "role" not in self.cleaned_data:
            return self.cleaned_data
        if not user.is_active:
            raise ValidationError({"user": _("This account is closed. Open it again first.")})
        if stakeholder.merged_into_id:
            raise ValidationError({"stakeholder": _("This entry was merged into another one. Choose that one.")})
        held = Membership.objects.filter(user=user, stakeholder=stakeholder, ends_at=None).first()
        if held and not outranks(self.cleaned_data["role"], held.role):
            raise ValidationError(_("This person already has this role, or a higher one. End that one first."))
        return self.cleaned_data

    def validate_unique(self) -> None:
        """Said by ``clean``: a lesser role makes room."""

    def validate_constraints(self) -> None:
        """As above."""


@admin.register(Membership)
class MembershipAdmin(HistoryMixin, KeyedAutocomplete, admin.ModelAdmin):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """Who reports for whom, since when, until when."""

    form = MembershipForm
    list_display = ("user", "stakeholder", "role", "begins_at", "ends_at")
    list_filter = (OpenFilter, "role")
    list_select_related = ("user", "stakeholder")
    list_per_page = 50
    autocomplete_fields = ("user", "stakeholder")
    search_fields = ("user__email", "user__name", "stakeholder__name")
    actions = ("end_roles",)

    def get_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        """The days are set by the workflow."""
        return ("user", "stakeholder", "role", "begins_at", "ends_at") if obj else ("user", "stakeholder", "role")

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """A role that was wrong ends, and a right one begins: past days stay as they were."""
        return obj is None and super().has_change_permission(request)

    def history_subjects(self, obj: Membership) -> dict[history.Subject, str]:
        """The stakeholder, whose history tells of its people, and the entries that were merged into it."""
        return {obj.stakeholder: "", **{each: each.slug for each in obj.stakeholder.merged.all()}}

    def history_entries(self, obj: Membership, entries: QuerySet[HistoryEntry]) -> QuerySet[HistoryEntry]:
        """What is said of this person, under each address that the person has had."""
        changed = history.of(obj.user).filter(verb="address changed")
        addresses = [obj.user.email, *(entry.changes["old"] for entry in changed)]
        about = Q(changes__person__in=addresses) | Q(changes__address__in=addresses)
        return entries.filter(about | Q(changes__successor__in=addresses))

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """End it instead."""
        return False

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """By the workflow, which tells the colleagues."""
        given = membership_workflow.open_membership(
            at=at_of(request), actor=staff_of(request), user=obj.user, stakeholder=obj.stakeholder, role=obj.role
        )
        obj.pk, obj.begins_at = given.pk, given.begins_at

    @admin.action(description=gettext_lazy("End the roles today"), permissions=["change"])
    def end_roles(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        """Those who stay are told."""
        at, actor = at_of(request), staff_of(request)
        ended = [
            membership
            for membership in queryset
            if membership_workflow.end_membership(at=at, actor=actor, membership=membership)
        ]
        count = len(ended)
        for name in sorted({str(row.stakeholder) for row in ended if membership_workflow.is_last(row, at=at)}):
            words = _("Nobody is focal point of %(name)s now. It stands in the list of requests about contacts.")
            self.message_user(request, words % {"name": name}, messages.WARNING)
        self.message_user(
            request, ngettext("%(count)d role ended.", "%(count)d roles ended.", count) % {"count": count}
        )
