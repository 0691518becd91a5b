"""The forms with which staff decide on proposals of pledges."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pledges.content import checked_line
from pledges.form_fields import HIGHEST_REVISION, CheckedField
from pledges.models import Pledge, PledgeProposal
from pledges.models.pledge import REFERENCE_FORM
from pledges.pledge_form import REFERENCE_ASKED
from pledges.proposal_content import checked_partners
from pledges.proposal_review import Parties, parties_named, sent_content
from pledges.references import next_reference


class AnswerForm(forms.Form):
    """Why a text is returned or declined."""

    revision = forms.IntegerField(min_value=1, max_value=HIGHEST_REVISION, widget=forms.HiddenInput)
    comment = forms.CharField(
        label=gettext_lazy("What should be changed, or why is it not published?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Not public. Mailed to all focal points of the stakeholder."),
        error_messages={"required": gettext_lazy("Say why in a few words; the stakeholder reads it.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        # The form for publishing stands on the same page and has a revision, too.
        super().__init__(*args, **options | {"auto_id": "answer_%s"})


class PublishForm(forms.Form):
    """What staff add to the stakeholder's words."""

    revision = forms.IntegerField(min_value=1, max_value=HIGHEST_REVISION, widget=forms.HiddenInput)
    seen_version = forms.IntegerField(min_value=1, max_value=HIGHEST_REVISION, required=False, widget=forms.HiddenInput)
    reference = CheckedField(
        check=lambda text: checked_line(text, at_most=20),
        label=gettext_lazy("Reference"),
        help_text=gettext_lazy("Public and part of addresses; never changes. Proposed is the next free one."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Pledge.Kind.choices, initial=Pledge.Kind.SINGLE)
    parent = forms.ModelChoiceField(
        label=gettext_lazy("Part of"),
        queryset=Pledge.objects.filter(kind__in=[Pledge.Kind.MULTI, Pledge.Kind.INITIATIVE]),
        required=False,
        help_text=gettext_lazy("A pledge belongs to one multi-stakeholder pledge or initiative."),
    )
    partners = CheckedField(
        check=str,
        label=gettext_lazy("Partners"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "One a line, as the stakeholder named them. A line that is exactly the name of a stakeholder here becomes "
            "that stakeholder, which then sees the pledge among its own; write its name as it is here if it differs."
        ),
    )

    def __init__(self, *args: Any, proposal: PledgeProposal, **options: Any) -> None:
        super().__init__(*args, **options)
        self.proposal = proposal
        if proposal.corrects_id:
            del self.fields["reference"], self.fields["kind"]

    def clean_reference(self) -> str:
        """As the database asks, and free."""
        reference: str = self.cleaned_data["reference"]
        if not REFERENCE_FORM.fullmatch(reference):
            raise ValidationError(REFERENCE_ASKED)
        if Pledge.objects.filter(reference=reference).exists():
            free = next_reference(self.proposal.occasion, is_sample=self.proposal.stakeholder.is_sample)
            raise ValidationError(_("This reference is taken; %(free)s is free.") % {"free": free})
        return reference

    def clean_partners(self) -> Parties:
        """Entities here, and names of those that are none."""
        parties = parties_named(checked_partners(self.cleaned_data["partners"]), self.proposal)
        if self.proposal.stakeholder in parties.partners:
            raise ValidationError(_("The lead is not a partner as well."))
        return parties

    @property
    def verb_arguments(self) -> dict[str, Any]:
        """What the workflow function takes; only after the form proved valid."""
        said = dict(self.cleaned_data)
        if not self.proposal.corrects_id:
            del said["seen_version"]
        return said | {"parties": said.pop("partners")}


def publish_initial(proposal: PledgeProposal, *, seen_version: int | None) -> dict[str, Any]:
    """What the text itself suggests; staff look at it before they publish."""
    linked = sent_content(proposal)["linked_pledges"]
    parent = Pledge.objects.filter(reference__in=linked).order_by("reference").first()
    return {
        "revision": proposal.revision,
        "seen_version": seen_version,
        "reference": next_reference(proposal.occasion, is_sample=proposal.stakeholder.is_sample),
        "kind": Pledge.Kind.SINGLE,
        "parent": parent.pk if parent else None,
        "partners": "\n".join(sent_content(proposal)["partners"]),
    }
