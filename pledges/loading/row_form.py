"""One row of a file as the form of a pledge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Country, Stakeholder
from events.models import Cycle
from foundation.row_reading import CellField
from pledges.facts import QUALITY_FIELDS
from pledges.loading import cells
from pledges.loading.parties import Parties
from pledges.models import ContributionType, Pledge, Theme
from pledges.pledge_form import PledgeForm

# By field of the form the column that it is read from.
COLUMNS = {
    "reference": "reference",
    "title": "title",
    "description": "description",
    "language": "language",
    "lead": "entity",
    "lead_kind": "entity_type",
    "lead_country": "country",
    "partners": "partners",
    "labels": "partners",
    "contribution_types": "contribution_types",
    "themes": "area_of_focus",
    "occasion": "occasion",
    "target_value": "target_value",
    "target_unit": "target_unit",
    "target_period": "target_unit",
    "target_year": "target_year",
    "host_countries": "host_countries",
    "source_url": "source",
}
# What no file says: it stays as it is, or as it is for a new pledge.
_NOT_IN_FILES = ("objectives", "seen_version", "support_asked", *QUALITY_FIELDS)
_OF_A_LEAD = {"name": "lead", "kind": "lead_kind", "country": "lead_country"}


@dataclass
class Known:
    """What cells may refer to, read once for the whole file."""

    cycles: dict[str, Cycle] = field(default_factory=lambda: {cycle.slug: cycle for cycle in Cycle.objects.all()})
    types: dict[str, ContributionType] = field(
        default_factory=lambda: {row.slug: row for row in ContributionType.objects.all()}
    )
    areas: dict[str, Theme] = field(
        default_factory=lambda: {row.slug: row for row in Theme.objects.filter(is_area_of_focus=True)}
    )
    parties: Parties = field(default_factory=Parties)

    @property
    def countries(self) -> dict[str, Country]:
        """By ISO code."""
        return self.parties.countries


class PledgeRowForm(PledgeForm):
    """The same rules; rows are found in what was read once for the file, so that no row costs a query.

    Beyond them a file says who leads, of what kind that is and where, and leaves no area, type and source open.
    """

    lead_kind = forms.CharField(required=False)
    lead_country = forms.CharField(required=False)
    target_value = cells.PlainNumberField(max_digits=18, decimal_places=2, required=False)

    class Meta:
        model = Pledge
        fields = ("reference", "occasion", "source_url")

    def __init__(self, *, known: Known) -> None:
        super().__init__({})
        self.known = known
        for name in _NOT_IN_FILES:
            del self.fields[name]
        self.fields["lead"] = forms.CharField(required=False)
        self.fields["partners"] = forms.CharField(required=False)
        self.fields["occasion"] = CellField(cells.occasion(known.cycles), required=True)
        self.fields["themes"] = CellField(cells.some_of(known.areas), required=True)
        self.fields["contribution_types"] = CellField(cells.some_of(known.types), required=True)
        self.fields["host_countries"] = CellField(cells.some_of(known.countries))
        self.fields["source_url"].required = True

    def fill(self, texts: Mapping[str, str]) -> None:
        """Takes the next row and judges it: one form serves a whole file, since making one costs more than its use."""
        self.data = _form_data(texts)
        self.full_clean()

    def clean(self) -> dict[str, Any]:
        """Finds the parties, then what the form itself looks at."""
        said = self.cleaned_data
        said |= {"objectives": (), "support_asked": "", **dict.fromkeys(QUALITY_FIELDS, "")}
        lead, wrong = self.known.parties.lead(
            said.get("lead", ""), said.get("lead_kind", ""), said.get("lead_country", "")
        )
        for name, sentence in wrong.items():
            self.add_error(_OF_A_LEAD.get(name, "lead"), sentence)
        if lead is not None:
            said["lead"] = lead
        try:
            said["partners"] = self._partners(said.get("partners", ""))
        except ValidationError as error:
            self.add_error("partners", error)
        return super().clean()

    def _partners(self, cell: str) -> list[Stakeholder]:
        found = self.known.parties.partners(name for name in cells.parts(cell) if not _is_label(name))
        if len({each.slug for each in found}) < len(found):
            raise ValidationError(_("An entity is named twice."))
        return found

    def _in_the_old_order(self, slugs: list[str]) -> tuple[str, ...]:
        """In the order of the file."""
        return tuple(slugs)

    def _post_clean(self) -> None:
        """Nothing to compare with the database here: rows are known by their reference, and compared as a whole."""


def _is_label(name: str) -> bool:
    """ "118 actors" counts some and names none."""
    return name[0].isdigit()


def _form_data(texts: Mapping[str, str]) -> dict[str, str]:
    data = {name: texts.get(column, "") for name, column in COLUMNS.items()}
    data["target_unit"], data["target_period"] = cells.unit_and_period(data["target_unit"])
    data["labels"] = "\n".join(filter(_is_label, cells.parts(data["partners"])))
    data["language"] = data["language"].strip() or "en"
    data["source_url"] = data["source_url"].strip()
    return data
