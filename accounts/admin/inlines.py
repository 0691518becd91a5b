"""Roles and invitations, shown on the pages of people and stakeholders."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import Invitation, Membership


class _Shown(admin.TabularInline):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """Rows that are read here and changed elsewhere."""

    template = "admin/shown_inline.html"
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """On the list of roles, or by invitation."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As above."""
        return False


class MembershipsInline(_Shown):
    """Roles, those that ended too."""

    model = Membership
    ordering = ("-begins_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """With names, so that many cost no more than one."""
        return super().get_queryset(request).select_related("user", "stakeholder")


class RolesOfPersonInline(MembershipsInline):
    """What a person does for whom."""

    fields = readonly_fields = ("stakeholder", "role", "begins_at", "ends_at")


class PeopleOfStakeholderInline(MembershipsInline):
    """Who does what for a stakeholder."""

    fields = readonly_fields = ("user", "role", "begins_at", "ends_at")


class InvitationsInline(_Shown):
    """Who was asked."""

    model = Invitation
    fields = readonly_fields = ("address", "role", "created_at", "expires_at", "accepted_at", "revoked_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        """With the name that each row is headed by."""
        return super().get_queryset(request).select_related("stakeholder")
