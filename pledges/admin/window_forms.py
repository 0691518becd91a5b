"""The forms on the page of an update window."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Stakeholder
from events.models import Event
from foundation.text import clean_line
from pledges.models import Handover, Pledge, ReminderRule, UpdateWindow
from pledges.window_file import YEARS


class EventField(forms.ModelChoiceField):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """Rows of the roadmap by their first day: the two of 2021 have one title."""

    def label_from_instance(self, obj: Any) -> str:
        """Day, then title."""
        return f"{obj.starts_on or '–'}: {obj.title}"


class WindowForm(forms.ModelForm):  # type: ignore[type-arg] # as above
    """A window as staff write it."""

    event = EventField(
        Event.objects.filter(kind=Event.Kind.UPDATE_WINDOW),
        required=False,
        label=gettext_lazy("Row of the roadmap"),
        help_text=gettext_lazy("Public. Its days should be the window's; reminders go by the window."),
    )

    class Meta:
        model = UpdateWindow
        fields = ("cycle", "occasions", "opens_on", "closes_on", "event")

    def clean(self) -> dict[str, Any]:
        """The row of the roadmap is one of the same cycle."""
        cleaned: dict[str, Any] = super().clean() or {}
        event, cycle = cleaned.get("event"), cleaned.get("cycle")
        if event and cycle and event.cycle_id != cycle.pk:
            self.add_error("event", _("This row belongs to the roadmap of another cycle."))
        for name in ("opens_on", "closes_on"):
            if cleaned.get(name) and cleaned[name].year not in YEARS:
                self.add_error(name, _("Check the year."))
        return cleaned


class RuleForm(forms.ModelForm):  # type: ignore[type-arg] # as above
    """A reminder rule; its moment must exist and lie in the window."""

    class Meta:
        model = ReminderRule
        fields = ("name", "anchor", "offset_days", "at_time", "enabled")
        # Small enough that "falls on" and "mails" are seen beside them.
        widgets = {
            "name": forms.TextInput({"size": 11}),
            "at_time": forms.TimeInput({"type": "time"}, format="%H:%M"),
        }

    def clean_name(self) -> str:
        """On one line."""
        return clean_line(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        """Refuses an hour that the clocks pass over, and a moment at which nobody is asked."""
        cleaned: dict[str, Any] = super().clean() or {}
        # The page's own window, with the days as they stand in the form above.
        window = cleaned.get("window")
        if self.errors or not (window and window.opens_on and window.closes_on and window.cycle_id):
            return cleaned
        rule = ReminderRule(window=window, **{name: cleaned[name] for name in ("anchor", "offset_days", "at_time")})
        try:
            lies_in_window = window.is_open(rule.moment)
        except OverflowError:
            lies_in_window = False
        except ValueError as error:
            self.add_error("at_time", str(error))
            return cleaned
        if not lies_in_window:
            self.add_error("offset_days", _("This day does not lie in the window."))
        return cleaned


class HandoverForm(forms.ModelForm):  # type: ignore[type-arg] # as above
    """Which partner reports on which pledge in this window."""

    pledge = forms.ModelChoiceField(
        Pledge.objects.all(),
        to_field_name="reference",
        widget=forms.TextInput,
        label=gettext_lazy("pledge"),
        help_text=gettext_lazy("Its reference, for example PUB-001."),
    )

    class Meta:
        model = Handover
        fields = ("pledge", "stakeholder")

    def clean(self) -> dict[str, Any]:
        """Only a partner of the pledge can report for it."""
        cleaned: dict[str, Any] = super().clean() or {}
        pledge, stakeholder = cleaned.get("pledge"), cleaned.get("stakeholder")
        if pledge and stakeholder and not self._partners(pledge).filter(pk=stakeholder.pk).exists():
            raise ValidationError(_("%(name)s is no party of this pledge."), params={"name": stakeholder.name})
        return cleaned

    @staticmethod
    def _partners(pledge: Pledge) -> Any:
        return Stakeholder.objects.filter(parties__version__pledge=pledge, parties__version__valid_until=None)


class PreviewForm(forms.Form):
    """The query string of the page that says who gets what."""

    rule = forms.ModelChoiceField(ReminderRule.objects.none(), required=False)
    page = forms.IntegerField(min_value=1, max_value=100_000, required=False)

    def __init__(self, data: Any, *, window: UpdateWindow) -> None:
        super().__init__(data)
        self.fields["rule"].queryset = window.rules.all()  # type: ignore[attr-defined]
