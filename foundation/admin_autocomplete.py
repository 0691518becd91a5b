"""Fields of the administration that are filled by searching. Django's own fail on a value that is no key at all."""

from typing import Any

from django.contrib.admin.widgets import AutocompleteMixin, AutocompleteSelect, AutocompleteSelectMultiple
from django.db.models import Field, ForeignKey, ManyToManyField
from django.http import HttpRequest

_DIGITS_OF_A_KEY = 19


def is_key(value: Any) -> bool:
    """Whether it can be the key of a row: a number that fits the database's largest."""
    text = str(value)
    return text.isascii() and text.isdigit() and len(text) < _DIGITS_OF_A_KEY


class _KeysOnly(AutocompleteMixin):
    """Shows the rows that are chosen, and looks up nothing else."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        """As Django's, of what can be a key; the field itself refuses the rest in words."""
        return super().optgroups(name, [key for key in value if is_key(key)], attr)


class KeyedSelect(_KeysOnly, AutocompleteSelect):
    """One row, found by searching."""


class KeyedSelectMultiple(_KeysOnly, AutocompleteSelectMultiple):
    """Several rows, found by searching; each is taken away by itself."""

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        """As Django's, without the sign that takes all away: it would stand as an item that is none in the list."""
        return super().build_attrs(base_attrs, extra_attrs) | {"data-allow-clear": "false"}


class KeyedAutocomplete:
    """For an admin class with ``autocomplete_fields``, in front of Django's: gives them the widgets above."""

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """One row."""
        self._choose_widget(KeyedSelect, db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Several rows."""
        self._choose_widget(KeyedSelectMultiple, db_field, request, kwargs)
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    def _choose_widget(self, widget: Any, field: "Field[Any, Any]", request: HttpRequest, kwargs: Any) -> None:
        admin: Any = self
        if field.name in admin.get_autocomplete_fields(request):
            kwargs.setdefault("widget", widget(field, admin.admin_site, using=kwargs.get("using")))
