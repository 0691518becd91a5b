"""People in the administration: who may log in, and what they may do."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import account_workflow, contacts
from accounts.admin.inlines import RolesOfPersonInline
from accounts.admin.requests import at_of, staff_of
from accounts.models import User
from foundation.history_admin import HistoryMixin
from foundation.text import clean_line
from foundation.zones import zone_choices


class PersonForm(forms.ModelForm):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """What staff may write about a person."""

    # Mails exist in these languages only.
    language = forms.ChoiceField(label=gettext_lazy("Language of mails"), choices=settings.LANGUAGES)
    zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), choices=zone_choices, help_text=gettext_lazy("Times in mails are shown in it.")
    )

    class Meta:
        model = User
        fields = ("email", "name", "language", "zone", "is_staff", "is_superuser", "groups")
        widgets = {"groups": forms.CheckboxSelectMultiple}
        help_texts = {
            "email": gettext_lazy("Never public. Codes and reminders go there; the old address is told of a change."),
            "is_superuser": gettext_lazy("May do everything here, and give rights to others."),
            "groups": gettext_lazy("Editors keep the data; reviewers decide on updates."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "zone" in self.fields:
            self.fields["zone"].initial = "Europe/Zurich"

    def clean_email(self) -> str:
        """In lower case, as the database keeps it."""
        return clean_line(self.cleaned_data["email"]).lower()

    def clean_name(self) -> str:
        """One clean line."""
        return clean_line(self.cleaned_data["name"])


@admin.register(User)
class UserAdmin(HistoryMixin, admin.ModelAdmin):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """There is no password to set. Only superusers see, and change, who is staff and with which rights."""

    form = PersonForm
    inlines = (RolesOfPersonInline,)
    list_display = ("email", "name", "is_staff", "is_active", "reminders_stopped_at", "address_failed_at", "created_at")
    list_filter = (
        "is_active",
        "is_staff",
        ("address_failed_at", admin.EmptyFieldListFilter),
        ("reminders_stopped_at", admin.EmptyFieldListFilter),
    )
    list_per_page = 50
    search_fields = ("email", "name")
    readonly_fields = ("account", "reminders_stopped_at", "address_failed_at", "created_at")
    actions = (
        "close_accounts",
        "open_accounts",
        "take_second_factors_away",
        "mark_addresses_failed",
        "mark_addresses_working",
    )

    @admin.display(description=gettext_lazy("account"))
    def account(self, user: User) -> str:
        """Whether the person can log in."""
        return _("open") if user.is_active else _("closed: nobody can log in")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Rights are there for superusers only: nobody can give themselves more."""
        person = (None, {"fields": ("email", "name", "language", "zone")})
        facts = (
            gettext_lazy("What happened"),
            {
                "fields": self.readonly_fields,
                "description": gettext_lazy("To close an account, choose it in the list and then the action above it."),
            },
        )
        rights = (gettext_lazy("Rights"), {"fields": ("is_staff", "is_superuser", "groups")})
        return [person, *([rights] if staff_of(request).is_superuser else []), *([facts] if obj else [])]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Second factors are taken away by superusers."""
        actions: dict[str, Any] = super().get_actions(request)
        if not staff_of(request).is_superuser:
            actions.pop("take_second_factors_away", None)
        return actions

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers add staff; focal points are invited on their stakeholder's page."""
        return staff_of(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Accounts of staff are changed by superusers: whoever could change an address could take the account."""
        return super().has_change_permission(request, obj) and (obj is None or _may_touch(staff_of(request), obj))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Close accounts instead: what people reported stays."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """By the workflow; a new address takes its own way."""
        at, actor = at_of(request), staff_of(request)
        if not change:
            account_workflow.add_person(at=at, actor=actor, user=obj)
            return
        changed = set(form.changed_data)
        if "email" in changed:
            wanted, obj.email = obj.email, form.initial["email"]
            account_workflow.change_address(at=at, actor=actor, user=obj, address=wanted)
        if changed - {"email"}:
            account_workflow.save_changes(at=at, actor=actor, row=obj, changed=changed - {"email"})

    @admin.action(
        description=gettext_lazy("Close the accounts: nobody logs in, all stays on record"), permissions=["change"]
    )
    def close_accounts(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Ends live sessions too: the next request is a stranger's."""
        at, actor = at_of(request), staff_of(request)
        self._each(request, queryset, lambda user: account_workflow.close_account(at=at, actor=actor, user=user))

    @admin.action(description=gettext_lazy("Open the accounts again"), permissions=["change"])
    def open_accounts(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """With the roles that have not ended."""
        at, actor = at_of(request), staff_of(request)
        self._each(request, queryset, lambda user: account_workflow.open_account(at=at, actor=actor, user=user))

    @admin.action(
        description=gettext_lazy("Take the second factors away: for a lost telephone"), permissions=["change"]
    )
    def take_second_factors_away(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Make sure first that it is the person who asks."""
        at, actor = at_of(request), staff_of(request)
        verb = account_workflow.take_second_factor_away
        self._each(request, queryset, lambda user: verb(at=at, actor=actor, user=user))

    @admin.action(
        description=gettext_lazy("Mail does not reach them: mark the addresses, tell the colleagues"),
        permissions=["change"],
    )
    def mark_addresses_failed(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """As if a mail server had refused them."""
        at, actor = at_of(request), staff_of(request)
        self._each(request, queryset, lambda user: contacts.mark_address_failed(at=at, actor=actor, user=user))

    @admin.action(description=gettext_lazy("Mail reaches them again"), permissions=["change"])
    def mark_addresses_working(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Reminders and codes go there again."""
        at, actor = at_of(request), staff_of(request)
        self._each(request, queryset, lambda user: contacts.mark_address_working(at=at, actor=actor, user=user))

    def _each(self, request: HttpRequest, users: QuerySet[User], verb: Callable[[User], bool]) -> None:
        done = 0
        for user in users:
            try:
                if not _may_touch(staff_of(request), user):
                    raise ValidationError(_("Accounts of staff are changed by superusers only."))
                done += verb(user)
            except ValidationError as error:
                self.message_user(request, f"{user}: {error.messages[0]}", messages.WARNING)
        self.message_user(
            request,
            ngettext("%(count)d account was changed.", "%(count)d accounts were changed.", done) % {"count": done},
        )


def _may_touch(actor: User, user: User) -> bool:
    return actor.is_superuser or not (user.is_staff or user.is_superuser)
