"""The form for an event: last days instead of exclusive ends, links as lines, and no silent overwriting."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Stakeholder
from events import links
from events.admin.announcing import AnnouncingForm
from events.dates import EARLIEST, LATEST, whole_span
from events.facts import as_text
from events.models import Event
from events.workflow import EDITABLE
from foundation.languages import language_code
from foundation.text import clean_line, clean_text

_LINES = ("title", "place", "status_reason", "source_key", "change_reason")


class LinksField(forms.CharField):
    """Links, one "label | address" a line."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 80})

    def prepare_value(self, value: Any) -> Any:
        """Lines for what is stored; what was typed stays as typed."""
        return value if isinstance(value, str) else links.as_lines(value)

    def to_python(self, value: Any) -> Any:
        """The list that is stored."""
        return links.read_lines(clean_text(str(value or "")))

    def validate(self, value: Any) -> None:
        """Said already while reading."""

    def run_validators(self, value: Any) -> None:
        """The validators of plain text have nothing to say about a list."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares lines."""
        return super().has_changed(self.prepare_value(initial), data)


class EventForm(AnnouncingForm):
    """What staff may write; the workflow saves it."""

    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy(
            "It belongs to the event. Empty: it is over on the day, month, quarter or year it begins."
        ),
    )
    links = LinksField(
        label=gettext_lazy("Links"),
        required=False,
        max_length=12_000,
        help_text=gettext_lazy("One a line: label | https://address. Public once published."),
    )
    audiences = forms.MultipleChoiceField(
        label=gettext_lazy("Stakeholder groups"),
        required=False,
        choices=Stakeholder.Kind.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Public: whom it is for. None ticked: it is for all."),
    )
    registration_url = forms.URLField(
        label=gettext_lazy("Registration"),
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"size": 80}),
        help_text=gettext_lazy(
            "Public: where participants register, such as the UN's own registration system. https://…"
        ),
    )
    revision = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Event
        fields = (
            "cycle",
            "title",
            "slug",
            "kind",
            "description",
            "language",
            "precision",
            "starts_on",
            "date_confirmed",
            "start_time",
            "end_time",
            "zone",
            "mode",
            "place",
            "status",
            "status_reason",
            "links",
            "audiences",
            "registration_url",
            "source_key",
        )
        widgets = {
            "starts_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "start_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "end_time": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "title": forms.TextInput(attrs={"size": 80}),
            "place": forms.TextInput(attrs={"size": 60}),
            "status_reason": forms.TextInput(attrs={"size": 80}),
            "description": forms.Textarea(attrs={"rows": 5, "cols": 80}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("slug", "source_key"):
            if name in self.fields:
                self.fields[name].required = False
        if "language" in self.fields:
            self.fields["language"].validators.append(language_code)
        self.initial["last_day"] = self.instance.last_day
        if self.instance.pk:
            self.initial["revision"] = self.instance.updated_at.isoformat()

    def clean_registration_url(self) -> str:
        """Only what a browser can follow safely: no other scheme, and no user name before the host."""
        url: str = self.cleaned_data["registration_url"]
        if url and not links.is_web_address(url):
            raise ValidationError(_("Write a web address that begins with https://."))
        return url

    def clean(self) -> dict[str, Any]:
        """Brings the span to whole months, quarters or years and the texts to what may be stored."""
        super().clean()
        for name in _LINES:
            if self.cleaned_data.get(name):
                self.cleaned_data[name] = clean_line(self.cleaned_data[name])
        self.cleaned_data["description"] = clean_text(self.cleaned_data.get("description") or "")
        if not self.errors:
            self._clean_span()
            self._refuse_taken_key()
            self._refuse_overwriting()
        if not self.errors:
            self.show_what_will_be_announced()
        return self.cleaned_data

    def _clean_span(self) -> None:
        precision = self.cleaned_data["precision"]
        first = self.cleaned_data.get("starts_on")
        last = self.cleaned_data.get("last_day") or first
        if precision == Event.Precision.UNKNOWN:
            self.instance.ends_before = None
            if first or last:
                self.add_error("starts_on", _("Leave both days empty while the date is not known."))
        elif first is None or last is None:
            self.add_error("starts_on", _("Give the first day, or choose “not known yet” as the precision."))
        elif not EARLIEST <= first <= last <= LATEST:
            self.add_error("last_day", _("The last day cannot come before the first, and years go from 1950 to 2199."))
        else:
            self.cleaned_data["starts_on"], self.instance.ends_before = whole_span(precision, first, last)

    def _refuse_taken_key(self) -> None:
        """Django leaves this rule out once the cycle is no field of the form any more."""
        key = self.cleaned_data.get("source_key")
        cycle = self.cleaned_data.get("cycle") or self.instance.cycle
        if key and Event.objects.filter(cycle=cycle, source_key=key).exclude(pk=self.instance.pk).exists():
            self.add_error("source_key", _("Another event of this roadmap has this key."))

    def _refuse_overwriting(self) -> None:
        """Two people in one form: the second is told what the first changed, and keeps what they typed."""
        if not self.instance.pk:
            return
        # The admin saves in the same transaction, so nobody comes between this look and the write.
        stored = Event.objects.select_for_update().get(pk=self.instance.pk)
        if stored.updated_at.isoformat() == self.cleaned_data.get("revision"):
            return
        differences = [
            _("%(field)s is now “%(value)s”") % {"field": self._label(name), "value": as_text(getattr(stored, name))}
            for name in EDITABLE
            if self.cleaned_data.get(name, getattr(stored, name)) != getattr(stored, name)
        ]
        self.replace_typed("revision", stored.updated_at.isoformat())
        self.add_error(
            None,
            _(
                "Somebody saved this event while you were writing: %(differences)s. "
                "Nothing of yours is lost. Save again to keep your version."
            )
            % {"differences": "; ".join(differences) or _("nothing that you changed")},
        )

    def _label(self, name: str) -> str:
        return str(self.fields[name].label) if name in self.fields else name
