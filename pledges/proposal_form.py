"""The form of a new pledge, and of a correction to a published one."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Country
from events.models import Cycle
from foundation.text import clean_line
from pledges.content import TEXT_LANGUAGES, checked_line, checked_text
from pledges.form_fields import HIGHEST_REVISION, CheckedField, KindChoiceField, marked
from pledges.models import ContributionType, Objective, Pledge, PledgeVersion, Theme
from pledges.models.pledge import SUPPORT_AT_MOST
from pledges.proposal_content import (
    DESCRIPTION_AT_MOST,
    LINE_AT_MOST,
    LISTS,
    PROPOSAL_LABELS,
    TEXT_AT_MOST,
    TITLE_AT_MOST,
    ProposalContent,
    checked_partners,
    checked_target,
    checked_unit,
    checked_year,
    empty_proposal,
    missing_in,
)

_LOST = gettext_lazy("A part of the form got lost on the way. Copy your text, and reload the page.")


class SlugsField(forms.MultipleChoiceField):
    """Any number of choices; names what it does not know."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def validate(self, value: list[str]) -> None:
        """Refuses unknown values with a sentence that names the first."""
        for each in value:
            if not self.valid_value(each):
                raise ValidationError(
                    _("“%(value)s” is not on the list. Please choose from it.")
                    % {"value": clean_line(each, at_most=40)}
                )

    def clean(self, value: Any) -> list[str]:
        """Each once, in one order."""
        return sorted(set(super().clean(value)))


def _line(name: str, help_text: str | Promise = "", *, at_most: int = LINE_AT_MOST) -> CheckedField:
    return CheckedField(
        check=lambda text: checked_line(text, at_most=at_most),
        label=PROPOSAL_LABELS[name],
        help_text=help_text,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )


def _text(name: str, help_text: str | Promise, *, rows: int, at_most: int = TEXT_AT_MOST) -> CheckedField:
    return CheckedField(
        check=lambda text: checked_text(text, at_most=at_most),
        label=PROPOSAL_LABELS[name],
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows, "dir": "auto", "data-at-most": at_most}),
    )


class ProposalForm(forms.Form):
    """All fields of a pledge. A draft may be incomplete; with ``submits`` it must have what a pledge needs.

    Of a correction the occasion stays; ``content`` is what the cleaned fields say, in the workflow's shape.
    """

    occasion = KindChoiceField(
        label=PROPOSAL_LABELS["occasion"],
        help_text=gettext_lazy("The forum or meeting for which you make this pledge."),
    )
    title = _line("title", gettext_lazy("What you promise, in one line."), at_most=TITLE_AT_MOST)
    description = _text(
        "description",
        gettext_lazy("What you will do, for whom, and with whom. A few sentences are enough."),
        rows=9,
        at_most=DESCRIPTION_AT_MOST,
    )
    expected_impact = _line("expected_impact", gettext_lazy("In one sentence: what will be better for whom."))
    language = KindChoiceField(
        label=PROPOSAL_LABELS["language"],
        choices=TEXT_LANGUAGES,
        help_text=gettext_lazy("The language in which you write; the pledge is published as you wrote it."),
    )
    partners = CheckedField(
        check=str,
        label=PROPOSAL_LABELS["partners"],
        help_text=gettext_lazy("Who makes this pledge together with you: one name on each line. May stay empty."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    linked_pledges = SlugsField(
        label=PROPOSAL_LABELS["linked_pledges"], help_text=gettext_lazy("If yours is a part of them. May stay empty.")
    )
    themes = SlugsField(label=PROPOSAL_LABELS["themes"])
    contribution_types = SlugsField(label=PROPOSAL_LABELS["contribution_types"])
    objectives = SlugsField(label=PROPOSAL_LABELS["objectives"])
    host_countries = SlugsField(label=PROPOSAL_LABELS["host_countries"])
    support_asked = _text(
        "support_asked",
        gettext_lazy(
            "If this is a policy of a host country: what it needs from others, such as money, places or knowledge. "
            "Public once published; other stakeholders can then offer it. May stay empty."
        ),
        rows=4,
        at_most=SUPPORT_AT_MOST,
    )
    target_value = CheckedField(
        check=checked_target,
        label=PROPOSAL_LABELS["target_value"],
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    target_unit = CheckedField(
        check=checked_unit,
        label=PROPOSAL_LABELS["target_unit"],
        help_text=gettext_lazy("What is counted, such as “children”, or a currency, such as EUR."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    target_period = KindChoiceField(label=PROPOSAL_LABELS["target_period"], choices=PledgeVersion.Period.choices)
    target_year = CheckedField(
        check=checked_year,
        label=PROPOSAL_LABELS["target_year"],
        help_text=gettext_lazy("A year, such as 2027."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    aligned_with = _line(
        "aligned_with",
        gettext_lazy("Of the High-Level Officials Meeting 2021: their numbers, 1 to 20, or a few words."),
    )
    is_additional = KindChoiceField(
        label=PROPOSAL_LABELS["is_additional"],
        choices=PledgeVersion.Additional.choices,
        help_text=gettext_lazy("Does this add to what you had planned anyway?"),
    )
    prematched_with = _line(
        "prematched_with",
        gettext_lazy(
            "A policy of a host country, or a pledge, with which this one was agreed already. May stay empty."
        ),
    )
    refugees_consulted = _text(
        "refugees_consulted", gettext_lazy("How refugees had a say in this pledge. May stay empty."), rows=3
    )
    diversity = _text(
        "diversity",
        gettext_lazy("How the pledge looks at women and men, the young and the old. May stay empty."),
        rows=3,
    )
    uuid = forms.UUIDField(widget=forms.HiddenInput, error_messages={"required": _LOST, "invalid": _LOST})
    revision = forms.IntegerField(
        min_value=0,
        max_value=HIGHEST_REVISION,
        widget=forms.HiddenInput,
        error_messages={"required": _LOST, "invalid": _LOST, "min_value": _LOST, "max_value": _LOST},
    )

    def __init__(self, *args: Any, corrects: Pledge | None = None, submits: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.corrects, self.submits = corrects, submits
        offers: dict[str, list[tuple[str, str]]] = {
            "themes": _rows(Theme.objects.filter(is_area_of_focus=True) | _kept_themes(corrects)),
            "contribution_types": _rows(ContributionType.objects.all()),
            "objectives": _rows(Objective.objects.all()),
            "linked_pledges": _parents(corrects),
        }
        if corrects:
            del self.fields["occasion"]
        else:
            offers["occasion"] = _occasions()
        self.regions: dict[str, str] = {}
        countries = list(Country.objects.order_by("region", "name"))
        self.regions = {country.code: country.region for country in countries}
        offers["host_countries"] = [(country.code, country.name) for country in countries]
        for name, choices in offers.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined] # all of these are choices
        if not offers["linked_pledges"]:
            del self.fields["linked_pledges"]

    def clean_partners(self) -> list[str]:
        """The names, one a line."""
        return checked_partners(self.cleaned_data["partners"])

    def clean_language(self) -> str:
        """English where nothing was said."""
        return self.cleaned_data["language"] or "en"

    def clean_target_period(self) -> str:
        """In all where nothing was said."""
        return self.cleaned_data["target_period"] or PledgeVersion.Period.TOTAL.value

    def clean_occasion(self) -> str:
        """The first that is offered where nothing was said."""
        return self.cleaned_data["occasion"] or next((slug for slug, _name in self.fields["occasion"].choices), "")  # type: ignore[attr-defined]

    def clean(self) -> None:
        """Asks for what a submission must have."""
        if self.submits:
            for name, sentence in missing_in(self.content).items():
                if name not in self.errors:
                    self.add_error(name, sentence)

    @property
    def content(self) -> ProposalContent:
        """What the form says; fields with errors count as empty."""
        said = {name: self.cleaned_data[name] for name in PROPOSAL_LABELS if name in self.cleaned_data}
        if self.corrects:
            said["occasion"] = self.corrects.occasion.slug
        return empty_proposal(**said)

    def countries_by_region(self) -> Iterator[tuple[str, list[Any], int]]:
        """The boxes of each region, and how many of them are ticked."""
        boxes = self["host_countries"].subwidgets
        for region, group in groupby(boxes, key=lambda box: self.regions[str(box.data["value"])]):
            in_region = list(group)
            yield region, in_region, sum(bool(box.data["selected"]) for box in in_region)

    def problems(self) -> list[tuple[str, str, str]]:
        """For the summary above the form: where to jump to, the field's name, and what is wrong."""
        order = [*PROPOSAL_LABELS]
        found: list[tuple[str, str, str]] = []
        for name, errors in sorted(
            self.errors.items(), key=lambda item: order.index(item[0]) if item[0] in order else -1
        ):
            is_shown = name in PROPOSAL_LABELS
            place = f"div_{self[name].auto_id}" if is_shown else ""
            found += [(place, str(self[name].label) if is_shown else "", str(error)) for error in errors]
        return list(dict.fromkeys(found))

    def show_controls(self) -> None:
        """Lets the form show invisible control characters as symbols, so that they can be found and taken out."""
        if isinstance(self.data, QueryDict):
            self.data = marked(self.data)


def initial_of_proposal(content: ProposalContent, *, uuid: object, revision: int) -> dict[str, Any]:
    """A content as the form's fields show it."""
    return {**content, "partners": "\n".join(content["partners"]), "uuid": uuid, "revision": revision}


def one_input(field: str) -> list[str]:
    """The names of the inputs that make up one field: here each is one."""
    return [field]


def is_list(field: str) -> bool:
    """Whether a field of the form has many values."""
    return field in LISTS and field != "partners"


def _rows(rows: Iterable[Any]) -> list[tuple[str, str]]:
    return [(row.slug, row.name) for row in rows]


def _kept_themes(corrects: Pledge | None) -> Any:
    """What the pledge has already must not be lost because it is no longer offered."""
    if corrects is None:
        return Theme.objects.none()
    return Theme.objects.filter(pk__in=corrects.current.themes.values("pk"))


def _occasions() -> list[tuple[str, str]]:
    """Public meetings, the one of today first, then the latest."""
    cycles = Cycle.objects.filter(published_at__isnull=False).order_by("-is_current", "-starts_on")
    return [(cycle.slug, cycle.title) for cycle in cycles]


def _parents(corrects: Pledge | None) -> list[tuple[str, str]]:
    """Published pledges of many, and the one to which the pledge belongs already."""
    many = Pledge.objects.for_public().filter(kind__in=[Pledge.Kind.MULTI, Pledge.Kind.INITIATIVE])
    if corrects is not None:
        many = (many | Pledge.objects.filter(members=corrects)).exclude(pk=corrects.pk)
    named = many.filter(versions__valid_until=None).values_list("reference", "versions__title").order_by("reference")
    return [(reference, f"{reference}: {title}") for reference, title in named]
