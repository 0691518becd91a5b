"""Areas of focus, types of contribution and objectives: filters and labels come from here."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from foundation.text import clean_line
from pledges.models import ContributionType, Objective, Theme


class _NameForm(forms.ModelForm):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """A name that shows on public pages."""

    def clean_name(self) -> str:
        """On one line."""
        return clean_line(self.cleaned_data["name"])


class _SmallTable(admin.ModelAdmin):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """Names may be reworded; addresses stay, and nothing is deleted, since pledges and findings point here."""

    form = _NameForm
    list_display: tuple[str, ...] = ("name", "slug", "position")
    search_fields = ("name", "slug")
    ordering = ("position", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The address stays what it is once the row exists."""
        return ("slug",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(Theme)
class ThemeAdmin(_SmallTable):
    """Areas of focus of pledges, and the cross-cutting themes of the stocktaking."""

    list_display = ("name", "slug", "is_area_of_focus", "position")
    list_filter = ("is_area_of_focus",)


@admin.register(ContributionType)
class ContributionTypeAdmin(_SmallTable):
    """What is given."""


@admin.register(Objective)
class ObjectiveAdmin(_SmallTable):
    """The objectives of the Compact."""
