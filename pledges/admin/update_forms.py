"""What reviewers and editors fill in about updates."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Stakeholder
from foundation.text import clean_line
from foundation.zones import local_moment
from pledges.content import empty_content
from pledges.forms import UpdateForm
from pledges.models import Pledge, PledgeParty, UpdateRound
from pledges.review import REVOKE_NOTE_AT_MOST

CHANNELS = [
    choice
    for choice in UpdateRound.Channel.choices
    if choice[0] not in (UpdateRound.Channel.WEB, UpdateRound.Channel.IMPORT)
]


class AcceptForm(forms.Form):
    """Which round is accepted: the one that the reviewer read."""

    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=32_000)


class ReturnForm(AcceptForm):
    """The comment that the focal points read."""

    comment = forms.CharField(
        label=_("Comment"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 70}),
        help_text=_("The focal points read it in a mail and above the form. It is never public."),
    )


class RevokeForm(AcceptForm):
    """The note that takes the update's place in public."""

    note = forms.CharField(
        label=_("Public note"),
        max_length=REVOKE_NOTE_AT_MOST,
        widget=forms.TextInput(attrs={"size": 70}),
        help_text=_("Public: stands in place of the update. Say why, without repeating what must not be read."),
    )


class OnBehalfForm(UpdateForm):
    """The fields of an update, and how and when it reached us."""

    pledge = forms.ModelChoiceField(label=_("Pledge"), queryset=Pledge.objects.for_public())
    channel = forms.ChoiceField(label=_("How it reached us"), choices=CHANNELS)
    received_on = forms.DateField(
        label=_("Received on"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("It counts for the window in which it was received."),
    )
    source_note = forms.CharField(
        label=_("Source"),
        max_length=500,
        required=False,
        help_text=_("For staff only, for example “Note verbale 12/2021”."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # There is no draft whose revision could be missed.
        del self.fields["revision"]

    def arguments(self) -> dict[str, Any]:
        """What ``workflow.enter_on_behalf`` takes."""
        pledge: Pledge = self.cleaned_data["pledge"]
        return {
            "pledge": pledge,
            "stakeholder": _lead_of(pledge),
            "content": empty_content(**self.content),
            "channel": self.cleaned_data["channel"],
            "received_at": _noon_in_geneva(self.cleaned_data["received_on"]),
            "source_note": clean_line(self.cleaned_data["source_note"]),
        }


def _lead_of(pledge: Pledge) -> Stakeholder:
    party = PledgeParty.objects.select_related("stakeholder").get(
        version__pledge=pledge, version__valid_until=None, role=PledgeParty.Role.LEAD
    )
    assert party.stakeholder is not None  # noqa: S101 -- the database demands an entity of a lead
    return party.stakeholder


def _noon_in_geneva(day: date) -> datetime:
    return local_moment(day, time(12), "Europe/Zurich")
