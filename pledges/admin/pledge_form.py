"""The form of a pledge in the administration: boxes that search instead of lists of thousands."""

from typing import Any

from django import forms
from django.contrib import admin

from foundation.admin_autocomplete import KeyedSelect, KeyedSelectMultiple
from pledges.models import PledgeParty, PledgeVersion
from pledges.pledge_form import PledgeForm


class PledgeAdminForm(PledgeForm):
    """The same fields and rules."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, widget in (
            ("lead", KeyedSelect(PledgeParty.stakeholder.field, admin.site)),
            ("partners", KeyedSelectMultiple(PledgeParty.stakeholder.field, admin.site)),
            ("host_countries", KeyedSelectMultiple(PledgeVersion.host_countries.field, admin.site)),
        ):
            field = self.fields.get(name)
            # People who only read get a page without these.
            if isinstance(field, forms.ModelChoiceField):
                widget.is_required, widget.choices = field.required, field.choices
                field.widget = widget
