"""The forms of those who review, enter and import updates."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.zones import local_moment
from pledges.content import checked_line
from pledges.form_fields import CheckedField
from pledges.forms import UpdateForm
from pledges.models import Pledge, PledgeVersion, UpdateRound
from pledges.review import FIELD_COMMENT_AT_MOST, REVOKE_NOTE_AT_MOST, SAY_WHAT
from pledges.round_text import label_of
from pledges.update_file import SOURCE_AT_MOST
from pledges.window_file import YEARS

FILE_AT_MOST = 10 * 1024 * 1024
# Inputs of comments on single fields begin so.
COMMENT_ON = "on_"
Channel = UpdateRound.Channel


class DecisionForm(forms.Form):
    """Which round was read, and what the stakeholder should change: on the whole, or on single fields."""

    number = forms.IntegerField(min_value=1, max_value=32_000, widget=forms.HiddenInput)
    comment = forms.CharField(
        label=gettext_lazy("On the whole"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "Not public. Mailed to all focal points of the stakeholder, and shown above their form."
        ),
    )

    def __init__(self, *args: Any, names: Iterable[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.names = list(names)
        for name in self.names:
            self.fields[COMMENT_ON + name] = forms.CharField(
                label=_("Comment on “%(field)s”") % {"field": label_of(name)},
                max_length=FIELD_COMMENT_AT_MOST,
                required=False,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def on_field(self, name: str) -> forms.BoundField | None:
        """The input for a comment on one field; none for a field that the round does not have."""
        return self[COMMENT_ON + name] if name in self.names else None

    def field_comments(self) -> dict[str, str]:
        """What was written, by the names of the fields."""
        return {name: self.cleaned_data[COMMENT_ON + name] for name in self.names if self._says(name)}

    def says_something(self) -> bool:
        """Whether any comment was written."""
        return bool(self.cleaned_data.get("comment") or any(self._says(name) for name in self.names))

    def _says(self, name: str) -> bool:
        return bool(self.cleaned_data.get(COMMENT_ON + name))


class ReturnForm(DecisionForm):
    """To give a round back something must be said."""

    def clean(self) -> None:
        """One comment is enough, wherever it stands."""
        if not self.errors and not self.says_something():
            self.add_error("comment", SAY_WHAT)


class AcceptForm(DecisionForm):
    """To publish a round nothing may be left to say."""

    def clean(self) -> None:
        """What was written is neither lost nor sent with the wrong button."""
        if self.says_something():
            self.add_error(
                None,
                _(
                    "You wrote a comment. Return the update to send it, or empty the comment to publish the update as "
                    "it stands."
                ),
            )


class RevokeForm(forms.Form):
    """Why an update is withdrawn."""

    note = CheckedField(
        check=lambda text: checked_line(text, at_most=REVOKE_NOTE_AT_MOST),
        label=gettext_lazy("Public note"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Public: it stands where the update stood. Name no person and nothing private."),
    )

    def clean_note(self) -> str:
        """Some words are needed."""
        note: str = self.cleaned_data["note"]
        if not note:
            raise ValidationError(_("Say why; the note stands where the update stood."))
        return note


class PledgeChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """Pledges by reference and title."""

    def label_from_instance(self, obj: Any) -> str:
        """PUB-001 · Schools for 500 children."""
        return f"{obj.reference} · {obj.open_title}"


def _pledges_with_titles() -> Any:
    open_version = PledgeVersion.objects.filter(pledge=OuterRef("pk"), valid_until=None)
    with_lead = Pledge.objects.filter(versions__valid_until=None, versions__parties__role="lead")
    return with_lead.annotate(open_title=Subquery(open_version.values("title")[:1])).select_related("occasion")


class OnBehalfForm(UpdateForm):
    """An update that reached staff by other ways: the same fields, and where they came from."""

    asks_evidence = False

    pledge = PledgeChoiceField(
        Pledge.objects.none(),
        label=gettext_lazy("Pledge"),
        to_field_name="reference",
        error_messages={"invalid_choice": gettext_lazy("This pledge is not on the list.")},
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("How it came"),
        choices=[(each.value, each.label) for each in (Channel.EMAIL, Channel.LETTER, Channel.MEETING)],
    )
    received_on = forms.DateField(
        label=gettext_lazy("Received on"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("The update counts for the window in which this day lies."),
    )
    source_note = CheckedField(
        check=lambda text: checked_line(text, at_most=SOURCE_AT_MOST),
        label=gettext_lazy("Source"),
        help_text=gettext_lazy("For staff, not public: for example “note verbale 12/2021, on file”."),
    )
    field_order = ("pledge", "channel", "received_on", "source_note")

    def __init__(self, *args: Any, at: datetime, **options: Any) -> None:
        super().__init__(*args, submits=True, **options)
        self.at = at
        del self.fields["revision"]
        self.fields["pledge"].queryset = _pledges_with_titles()  # type: ignore[attr-defined] # a PledgeChoiceField
        self.order_fields(self.field_order)

    def clean_source_note(self) -> str:
        """Nobody should have to guess later."""
        note: str = self.cleaned_data["source_note"]
        if not note:
            raise ValidationError(_("Say where the text comes from, so that it can be found again."))
        return note

    def clean_received_on(self) -> date:
        """A year that is no slip of the keyboard."""
        day: date = self.cleaned_data["received_on"]
        if day.year not in YEARS:
            raise ValidationError(_("Check the year."))
        return day

    def clean(self) -> None:
        """The day becomes a moment: its noon where the pledge was made, or now if that is still to come."""
        super().clean()
        day, pledge = self.cleaned_data.get("received_on"), self.cleaned_data.get("pledge")
        if day and pledge:
            begins = local_moment(day, time(0), pledge.occasion.zone)
            if begins > self.at:
                self.add_error("received_on", _("The day of receipt cannot lie in the future."))
            noon = local_moment(day, time(12), pledge.occasion.zone)
            self.cleaned_data["received_at"] = min(noon, self.at)


class ImportForm(forms.Form):
    """A file with updates of the past."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV in UTF-8, at most 5,000 rows."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self) -> bytes:
        """What is in it."""
        file = self.cleaned_data["file"]
        if file.size > FILE_AT_MOST:
            raise ValidationError(_("The file is larger than 10 MB. Split it."))
        content: bytes = file.read()
        return content
