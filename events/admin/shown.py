"""What the staff's pages of programmes and meetings share: rows that are only shown, forms that overwrite nothing."""

from collections.abc import Callable, Iterable
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from events import publishing
from events.links import is_web_address
from foundation.admin_autocomplete import KeyedAutocomplete, is_key
from foundation.http import PortalRequest
from foundation.languages import language_code
from foundation.text import clean_line, clean_text


class WebAddressField(forms.URLField):
    """Only what a browser can follow safely: http or https, a host, and no user name before it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.URLInput(attrs={"size": 80})
        super().__init__(required=False, max_length=500, assume_scheme="https", widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        """The address, or nothing."""
        address = str(super().clean(value) or "")
        if address and not is_web_address(address):
            raise ValidationError(_("Write a web address that begins with https://."))
        return address


class ShownFormSet(BaseInlineFormSet):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """Never reads what was sent: rows that others delete meanwhile cannot trip the page."""

    def __init__(self, data: Any = None, files: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def is_valid(self) -> bool:
        """There is nothing to check."""
        return True

    def save(self, commit: bool = True) -> list[Any]:
        """There is nothing to save."""
        self.new_objects, self.changed_objects, self.deleted_objects = [], [], []
        return []


class ShownInline(admin.TabularInline):  # type: ignore[type-arg] # as above
    """Rows with a link to the page where each is changed, and one to add another."""

    template = "admin/events/rows_inline.html"
    formset = ShownFormSet
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """On a page of its own."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As above."""
        return False

    @property
    def add_permission(self) -> str:
        """Who may add another."""
        return f"{self.opts.app_label}.add_{self.opts.model_name}"

    @property
    def parent_field(self) -> str:
        """What a new row needs to know of the page that it is added from."""
        return self.fk_name or self.parent_model._meta.model_name or ""  # noqa: SLF001 -- Django's public name

    @admin.display(description=gettext_lazy("public"), boolean=True)
    def is_public(self, row: Any) -> bool:
        """Whether it is published."""
        return row.published_at is not None


class RevisionForm(forms.ModelForm):  # type: ignore[type-arg] # as above
    """A form that notices when somebody else saved the same row meanwhile."""

    one_line: tuple[str, ...] = ()
    several_lines: tuple[str, ...] = ()
    revision = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            self.fields["language"].validators.append(language_code)
        if self.instance.pk:
            self.initial["revision"] = self.instance.updated_at.isoformat()

    def clean(self) -> dict[str, Any]:
        """Cleans the texts, and tells the second of two people what the first changed."""
        super().clean()
        for names, clean in ((self.one_line, clean_line), (self.several_lines, clean_text)):
            for name in names:
                if self.cleaned_data.get(name):
                    self.cleaned_data[name] = clean(self.cleaned_data[name])
        if self.instance.pk and not self.errors:
            self._refuse_overwriting()
        return self.cleaned_data

    def _refuse_overwriting(self) -> None:
        # The admin saves in the same transaction, so nobody comes between this look and the write.
        stored = type(self.instance)._default_manager.select_for_update().get(pk=self.instance.pk)  # noqa: SLF001 -- as above
        if stored.updated_at.isoformat() == self.cleaned_data.get("revision"):
            return
        model_fields = {field.name for field in stored._meta.fields}  # noqa: SLF001 -- as above
        names = [name for name in self.cleaned_data if name in model_fields]
        told = [
            _("%(field)s is now “%(value)s”") % {"field": self.fields[name].label, "value": getattr(stored, name)}
            for name in names
            if self.cleaned_data[name] != getattr(stored, name)
        ]
        typed = cast("QueryDict", self.data).copy()
        typed[self.add_prefix("revision")] = stored.updated_at.isoformat()
        self.data = typed
        self.add_error(
            None,
            _(
                "Somebody saved this while you were writing: %(differences)s. "
                "Nothing of yours is lost. Save again to keep your version."
            )
            % {"differences": "; ".join(told) or _("nothing that you changed")},
        )


Verb = Callable[..., int]


class PublishingAdmin(KeyedAutocomplete, admin.ModelAdmin):  # type: ignore[type-arg] # as above
    """Rows that are private until published, and deleted only if they never were."""

    actions = ("publish", "withdraw")
    list_per_page = 50
    save_on_top = True

    def publish_rows(self, *, at: Any, actor: User, rows: Iterable[Any]) -> int:
        """By the workflow."""
        raise NotImplementedError

    def withdraw_rows(self, *, at: Any, actor: User, rows: Iterable[Any]) -> int:
        """By the workflow."""
        raise NotImplementedError

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the address says of the new row, without keys that no database knows."""
        given: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        return {name: value for name, value in given.items() if name not in self._keys() or is_key(value)}

    def _keys(self) -> set[str]:
        return {field.name for field in self.opts.get_fields() if field.many_to_one}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only one by one, and only what was never public; withdraw the others."""
        if obj is None or publishing.was_ever_public(obj):
            return False
        return super().has_delete_permission(request, obj)

    def may_preview(self, request: HttpRequest) -> None:
        """Raises PermissionDenied for staff whose role does not include these rows."""
        if not self.has_view_permission(request):
            raise PermissionDenied(_("Your role does not include this page."))

    @admin.display(description=gettext_lazy("public"), boolean=True)
    def is_public(self, row: Any) -> bool:
        """Whether it is published; what it belongs to may still not be."""
        return row.published_at is not None

    @admin.action(description=gettext_lazy("Publish: anybody sees the chosen rows"), permissions=["change"])
    def publish(self, request: PortalRequest, queryset: QuerySet[Model]) -> None:
        """Makes the chosen rows public."""
        count = self.publish_rows(at=request.at, actor=acting(request), rows=queryset)
        words = ngettext("%(count)d became public.", "%(count)d became public.", count) % {"count": count}
        self.message_user(request, words, messages.SUCCESS if count else messages.INFO)

    @admin.action(description=gettext_lazy("Withdraw: nobody but staff sees the chosen rows"), permissions=["change"])
    def withdraw(self, request: PortalRequest, queryset: QuerySet[Model]) -> None:
        """Takes the chosen rows from the public pages and feeds."""
        count = self.withdraw_rows(at=request.at, actor=acting(request), rows=queryset)
        words = ngettext("%(count)d was withdrawn.", "%(count)d were withdrawn.", count) % {"count": count}
        self.message_user(request, words, messages.SUCCESS if count else messages.INFO)


def acting(request: HttpRequest) -> User:
    """Who acts; the admin lets nobody in who is not logged in."""
    return cast("User", request.user)


def moment(request: HttpRequest) -> Any:
    """The moment of the request."""
    return cast("PortalRequest", request).at
