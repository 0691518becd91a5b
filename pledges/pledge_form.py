"""A pledge as it is written: its own facts and those of the version that is true now, on one page.

Here alone stand the rules for what a pledge may say. The administration shows the form with boxes that search; files
are read through it row by row (``pledges.loading``).
"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Country, Stakeholder
from foundation.text import clean_line, clean_text
from pledges.content import TEXT_LANGUAGES
from pledges.currencies import CURRENCIES, is_no_currency
from pledges.facts import QUALITY_FIELDS, PledgeFacts, facts_of, versions_with_facts
from pledges.models import ContributionType, Objective, Pledge, PledgeParty, PledgeVersion, Theme
from pledges.models.pledge import REFERENCE_FORM, SUPPORT_AT_MOST
from pledges.pledge_workflow import refuse_impossible_family
from pledges.quality_fields import QualityFields

_PLAIN = (
    "title",
    "description",
    "language",
    "support_asked",
    "target_value",
    "target_unit",
    "target_period",
    "target_year",
    *QUALITY_FIELDS,
)
_DESCRIPTION_AT_MOST = 20_000
REFERENCE_ASKED = gettext_lazy("A reference is capital letters, a hyphen and digits, for example PUB-001.")


class PledgeForm(QualityFields, forms.ModelForm):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """Checks everything that the database would refuse, in words."""

    source_url = forms.URLField(
        label=gettext_lazy("Source"),
        max_length=500,
        required=False,
        assume_scheme="https",
        validators=[URLValidator(schemes=["http", "https"])],
        widget=forms.URLInput({"size": 70}),
        help_text=gettext_lazy("Public: where the pledge can be read."),
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=300,
        widget=forms.TextInput({"size": 70}),
        help_text=gettext_lazy("Public once published, in the stakeholder's own words."),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=_DESCRIPTION_AT_MOST,
        required=False,
        widget=forms.Textarea({"rows": 6, "cols": 80}),
        help_text=gettext_lazy("Public once published. No data about refugees or other persons."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Written in"), choices=TEXT_LANGUAGES, initial="en")
    support_asked = forms.CharField(
        label=gettext_lazy("Support asked for"),
        max_length=SUPPORT_AT_MOST,
        required=False,
        widget=forms.Textarea({"rows": 4, "cols": 80}),
        help_text=gettext_lazy(
            "Of the policy pledge of a host country: what it asks of others, in its own words. Public once published; "
            "other stakeholders can then offer support."
        ),
    )
    lead = forms.ModelChoiceField(
        label=gettext_lazy("Led by"),
        queryset=Stakeholder.objects.filter(merged_into=None),
        help_text=gettext_lazy("Reports for all. Public once published."),
    )
    partners = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Partners"),
        queryset=Stakeholder.objects.filter(merged_into=None),
        required=False,
        help_text=gettext_lazy("Public once published."),
    )
    labels = forms.CharField(
        label=gettext_lazy("Partners that are no entity"),
        required=False,
        widget=forms.Textarea({"rows": 3, "cols": 60}),
        help_text=gettext_lazy("One a line, for example “118 actors”. Public once published."),
    )
    target_value = forms.DecimalField(
        label=gettext_lazy("Target"), max_digits=18, decimal_places=2, min_value=0, required=False
    )
    target_unit = forms.CharField(
        label=gettext_lazy("Unit"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("What is counted, such as “children”, or a currency by its ISO code, such as EUR."),
    )
    target_period = forms.ChoiceField(
        label=gettext_lazy("Counted"), choices=PledgeVersion.Period.choices, initial=PledgeVersion.Period.TOTAL
    )
    target_year = forms.IntegerField(
        label=gettext_lazy("By the end of"), min_value=2000, max_value=2099, required=False
    )
    themes = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Areas of focus"),
        queryset=Theme.objects.filter(is_area_of_focus=True),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    contribution_types = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Types of contribution"),
        queryset=ContributionType.objects.all(),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    objectives = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Objectives of the Compact"),
        queryset=Objective.objects.all(),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    host_countries = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Host countries"),
        queryset=Country.objects.all(),
        required=False,
    )
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Pledge
        fields = ("reference", "kind", "parent", "occasion", "source_url", "is_sample")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version: PledgeVersion | None = None
        if self.instance.pk:
            self.version = versions_with_facts().get(pledge=self.instance, valid_until=None)
            self.initial.update(_initial(self.version, facts_of(self.version)))
            self._offer_what_stands(self.version)

    def _offer_what_stands(self, version: PledgeVersion) -> None:
        """An old value that is no longer offered must not be lost by saving something else."""
        language, themes = self.fields.get("language"), self.fields.get("themes")
        if isinstance(language, forms.ChoiceField) and version.language not in dict(TEXT_LANGUAGES):
            language.choices = [*TEXT_LANGUAGES, (version.language, version.language)]
        if isinstance(themes, forms.ModelMultipleChoiceField):
            kept = Theme.objects.filter(pledge_versions=version)
            themes.queryset = (
                Theme.objects.filter(is_area_of_focus=True) | Theme.objects.filter(pk__in=kept)
            ).distinct()
        for name in ("lead", "partners"):
            parties = self.fields.get(name)
            if isinstance(parties, forms.ModelChoiceField):
                own = PledgeParty.objects.filter(version=version, stakeholder__isnull=False).values("stakeholder")
                parties.queryset = Stakeholder.objects.filter(merged_into=None) | Stakeholder.objects.filter(pk__in=own)

    def clean_reference(self) -> str:
        """As the database asks."""
        reference: str = self.cleaned_data["reference"]
        if not REFERENCE_FORM.fullmatch(reference):
            raise ValidationError(REFERENCE_ASKED)
        return reference

    def clean_source_url(self) -> str:
        """Every character of a public link can be seen."""
        address: str = self.cleaned_data["source_url"]
        if clean_line(address) != address:
            raise ValidationError(_("This address holds a character that cannot be seen. Please type it."))
        return address

    def clean_title(self) -> str:
        """On one line, of which something can be seen."""
        title = clean_line(self.cleaned_data["title"])
        if not title:
            raise ValidationError(_("Nothing of this title can be seen. Please type it."))
        return title

    def clean_description(self) -> str:
        """Without control characters."""
        return clean_text(self.cleaned_data["description"])

    def clean_support_asked(self) -> str:
        """Without control characters."""
        return clean_text(self.cleaned_data["support_asked"])

    def clean_labels(self) -> tuple[str, ...]:
        """Each line once."""
        lines = [clean_line(line) for line in self.cleaned_data["labels"].splitlines()]
        if any(len(line) > 200 for line in lines):
            raise ValidationError(_("A line has at most 200 characters."))
        return tuple(dict.fromkeys(filter(None, lines)))

    def clean_target_unit(self) -> str:
        """On one line; what looks like a currency is one."""
        unit = clean_line(self.cleaned_data["target_unit"])
        if is_no_currency(unit):
            raise ValidationError(_("“%(unit)s” looks like a currency, but is no code of ISO 4217.") % {"unit": unit})
        return unit

    def clean(self) -> dict[str, Any]:
        """What needs two fields to be seen, and whether somebody else saved meanwhile."""
        super().clean()
        data = self.cleaned_data
        if data.get("lead") and data["lead"] in (data.get("partners") or ()):
            self.add_error("partners", _("The lead is not a partner as well."))
        if data.get("target_value") is not None and not data.get("target_unit") and "target_unit" not in self.errors:
            self.add_error("target_unit", _("Say what the target counts, or in which currency it is."))
        if data.get("target_unit") and data.get("target_value") is None and "target_value" not in self.errors:
            self.add_error("target_value", _("Give the number, or take the unit away."))
        if data.get("support_asked") and "policy" not in {row.slug for row in data.get("contribution_types") or ()}:
            self.add_error("support_asked", _("Only a policy pledge asks for support. Tick policy, or clear this."))
        self._refuse_impossible_family(data)
        if self.version is not None and data.get("seen_version") not in (None, self.version.number):
            raise ValidationError(
                _(
                    "Somebody else changed this pledge while you were writing. Your text is still here. Open the "
                    "page once more beside this one, and send again what still holds."
                )
            )
        return data

    def _refuse_impossible_family(self, data: dict[str, Any]) -> None:
        try:
            refuse_impossible_family(self.instance, kind=data.get("kind", ""), parent=data.get("parent"))
        except ValidationError as error:
            self.add_error(None, error)

    def facts(self) -> PledgeFacts:
        """What the form says; only after it proved valid."""
        data = self.cleaned_data
        unit, is_money = data["target_unit"], data["target_unit"] in CURRENCIES
        return PledgeFacts(
            **{name: data[name] for name in _PLAIN if name != "target_unit"},
            target_unit="" if is_money else unit,
            target_currency=unit if is_money else "",
            lead=data["lead"].slug,
            partners=self._in_the_old_order([partner.slug for partner in data["partners"]]),
            labels=data["labels"],
            themes=frozenset(row.slug for row in data["themes"]),
            contribution_types=frozenset(row.slug for row in data["contribution_types"]),
            objectives=frozenset(row.slug for row in data["objectives"]),
            host_countries=frozenset(row.code for row in data["host_countries"]),
        )

    def _in_the_old_order(self, slugs: list[str]) -> tuple[str, ...]:
        """A box has no order of its own: who was there keeps the place, others follow."""
        old = facts_of(self.version).partners if self.version else ()
        return (*(slug for slug in old if slug in slugs), *(slug for slug in slugs if slug not in old))


def _initial(version: PledgeVersion, facts: PledgeFacts) -> dict[str, Any]:
    parties = [party for party in version.parties.all() if party.stakeholder_id]
    return {
        **{name: getattr(facts, name) for name in _PLAIN},
        # 500, not the 500.00 that the database keeps.
        "target_value": None if facts.target_value is None else format(facts.target_value.normalize(), "f"),
        "target_unit": facts.target_unit or facts.target_currency,
        "labels": "\n".join(facts.labels),
        "lead": next((party.stakeholder_id for party in parties if party.role == PledgeParty.Role.LEAD), None),
        "partners": [party.stakeholder_id for party in parties if party.role == PledgeParty.Role.PARTNER],
        "themes": sorted(facts.themes),
        "contribution_types": sorted(facts.contribution_types),
        "objectives": sorted(facts.objectives),
        "host_countries": [country.pk for country in version.host_countries.all()],
        "seen_version": version.number,
    }
