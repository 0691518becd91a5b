"""Findings as staff write and publish them."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from foundation.admin_autocomplete import KeyedAutocomplete
from foundation.http import PortalRequest
from foundation.text import clean_text
from stocktaking import workflow
from stocktaking.models import Finding

TEXT_AT_MOST = 4000


class FindingForm(forms.ModelForm):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """A finding as staff write it."""

    class Meta:
        model = Finding
        fields = ("kind", "theme", "text", "language", "event", "pledges")

    def clean_text(self) -> str:
        """Without control characters, and of a length that a list can show."""
        text = clean_text(self.cleaned_data["text"])
        if len(text) > TEXT_AT_MOST:
            raise ValidationError(
                _("Please use at most %(most)d characters; there are %(length)d.")
                % {"most": TEXT_AT_MOST, "length": len(text)}
            )
        return text


class PublicFilter(admin.SimpleListFilter):
    """Public or not."""

    title = gettext_lazy("public")
    parameter_name = "public"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The two answers."""
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Finding]) -> QuerySet[Finding]:
        """The rows of one answer."""
        if self.value() in {"yes", "no"}:
            return queryset.filter(published_at__isnull=self.value() == "no")
        return queryset


@admin.register(Finding)
class FindingAdmin(KeyedAutocomplete, admin.ModelAdmin):  # type: ignore[type-arg] # as above
    """What the stocktaking found. Saving does not publish."""

    form = FindingForm
    list_display = ("beginning", "kind", "theme", "event", "language", "is_public", "is_sample")
    list_display_links = ("beginning",)
    list_filter = (PublicFilter, "kind", "theme", ("event", admin.RelatedOnlyFieldListFilter), "is_sample")
    list_select_related = ("theme", "event")
    list_per_page = 50
    search_fields = ("text", "theme__name", "event__title")
    search_help_text = gettext_lazy("Search in texts, themes and events.")
    autocomplete_fields = ("event", "pledges")
    actions = ("publish", "withdraw")
    readonly_fields = ("is_sample", "published_at")
    fieldsets = (
        (
            None,
            {
                "fields": ("kind", "theme", "text", "language", "event", "pledges"),
                "description": gettext_lazy(
                    "Saving does not publish; the action “publish” of the list does. Once a finding is public, each "
                    "change shows on the list of findings at once. Write no data about refugees or other persons."
                ),
            },
        ),
        (gettext_lazy("For staff"), {"fields": ("is_sample", "published_at")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Finding | None = None) -> bool:
        """One by one, and only what is not public; withdraw the others first."""
        return obj is not None and obj.published_at is None and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Finding, form: Any, change: bool) -> None:
        """By the workflow."""
        if form.changed_data or not change:
            workflow.save_finding(at=_at(request), actor=_staff(request), finding=obj, changed=form.changed_data)

    @admin.display(description=gettext_lazy("finding"), ordering="text")
    def beginning(self, finding: Finding) -> str:
        """The first words."""
        return str(finding)

    @admin.display(description=gettext_lazy("public"), boolean=True)
    def is_public(self, finding: Finding) -> bool:
        """Whether anybody may see it."""
        return finding.published_at is not None

    @admin.action(description=gettext_lazy("Publish: anybody sees the findings"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Finding]) -> None:
        """Puts the chosen findings on the public list."""
        count = workflow.publish_findings(at=_at(request), actor=_staff(request), findings=queryset)
        words = ngettext("%(count)d finding became public.", "%(count)d findings became public.", count)
        self.message_user(request, words % {"count": count})

    @admin.action(description=gettext_lazy("Withdraw: nobody but staff sees the findings"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Finding]) -> None:
        """Takes the chosen findings from the public list."""
        count = workflow.withdraw_findings(at=_at(request), actor=_staff(request), findings=queryset)
        words = ngettext("%(count)d finding was withdrawn.", "%(count)d findings were withdrawn.", count)
        self.message_user(request, words % {"count": count})


def _at(request: HttpRequest) -> Any:
    return cast("PortalRequest", request).at


def _staff(request: HttpRequest) -> User:
    return cast("User", request.user)
