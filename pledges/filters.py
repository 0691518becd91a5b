"""The query string of the registry: what people may look for, and in which order."""

from datetime import datetime
from math import ceil
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Stakeholder
from events.models import Cycle
from foundation.text import clean_line
from pledges import pages, selectors
from pledges.models import ContributionType, Pledge, Stage, Theme
from pledges.models.pledge import PledgeQuerySet
from pledges.orders import in_full, parts_of

NO_UPDATE = "none"
PAGE_AT_MOST = 100_000
_SORTS = [
    ("", _("By reference")),
    ("title", _("By title")),
    ("lead", _("By stakeholder")),
    ("updated", _("Latest update first")),
    ("waiting", _("Longest without an update first")),
]
# Added to links by mail programs and social networks; they say nothing to us.
_FOREIGN = ("utm_", "fbclid", "gclid")


class RegistryForm(forms.Form):
    """Parses the query string. A value that cannot be read is named beside its field and left out."""

    q = forms.CharField(label=_("Search"), max_length=200, required=False, widget=forms.TextInput({"type": "search"}))
    stage = forms.ChoiceField(
        label=_("Stage"),
        required=False,
        choices=[("", _("Any")), *Stage.choices, (NO_UPDATE, _("No update yet"))],
    )
    area = forms.ChoiceField(label=_("Area of focus"), required=False)
    type = forms.ChoiceField(label=_("Type of contribution"), required=False)
    kind = forms.ChoiceField(
        label=_("Stakeholder group"), required=False, choices=[("", _("Any")), *Stakeholder.Kind.choices]
    )
    occasion = forms.ChoiceField(label=_("Made at"), required=False)
    sort = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=_SORTS,
    )
    page = forms.IntegerField(
        min_value=1, max_value=PAGE_AT_MOST, required=False, widget=forms.HiddenInput(), label=_("Page")
    )
    after = forms.CharField(
        max_length=pages.PLACE_AT_MOST, required=False, widget=forms.HiddenInput(), label=_("Place"), strip=False
    )
    before = forms.CharField(
        max_length=pages.PLACE_AT_MOST, required=False, widget=forms.HiddenInput(), label=_("Place"), strip=False
    )

    def __init__(self, data: Any, *, at: datetime) -> None:
        super().__init__(data)
        for field in self.fields.values():
            if isinstance(field, forms.ChoiceField):
                field.error_messages["invalid_choice"] = _("This page does not know “%(value)s”; it was left out.")
        areas = Theme.objects.filter(is_area_of_focus=True)
        self._offer("area", list(areas.values_list("slug", "name")))
        self._offer("type", list(ContributionType.objects.values_list("slug", "name")))
        published = Pledge.objects.published_by(at).filter(occasion=OuterRef("pk"))
        occasions = Cycle.objects.for_public().filter(Exists(published))
        self._offer("occasion", list(occasions.values_list("slug", "title")))
        if self.data.get("q", "").strip():
            self.fields["sort"].choices = [("", _("Best match first")), *_SORTS[1:]]  # type: ignore[attr-defined]

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("Any")), *choices]

    def clean_q(self) -> str:
        """One line, as it is shown again on the page."""
        return clean_line(self.cleaned_data["q"])

    def clean(self) -> None:
        """Names what the address holds besides: a mistyped name must not look like a filter that worked."""
        super().clean()
        unknown = [name for name in self.data if name not in self.fields and not name.startswith(_FOREIGN)]
        if unknown:
            names = ", ".join(clean_line(name, at_most=40) for name in sorted(unknown)[:5])
            raise ValidationError(_("This page cannot filter by: %(names)s."), params={"names": names})

    def wanted(self, name: str) -> str:
        """The value of a field, empty when it was not given or not understood."""
        return str(self.cleaned_data.get(name) or "")

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the order and the page was chosen."""
        return any(self.wanted(name) for name in ("q", "stage", "area", "type", "kind", "occasion"))

    def apply(self, pledges: PledgeQuerySet, *, at: datetime) -> PledgeQuerySet:
        """The pledges that are looked for, each with its stage at ``at``, in the order that is asked for."""
        pledges = selectors.with_stage(pledges, at=at)
        if stage := self.wanted("stage"):
            pledges = pledges.filter(Q(stage=None if stage == NO_UPDATE else stage))
        if area := self.wanted("area"):
            pledges = selectors.with_area(pledges, area)
        if type_ := self.wanted("type"):
            pledges = selectors.with_type(pledges, type_)
        if kind := self.wanted("kind"):
            pledges = selectors.with_party_kind(pledges, kind)
        if occasion := self.wanted("occasion"):
            pledges = pledges.filter(occasion__slug=occasion)
        return selectors.search(pledges, self.wanted("q"))

    def in_full(self, found: PledgeQuerySet, *, at: datetime) -> PledgeQuerySet:
        """All pledges that ``apply`` found, in the order that is asked for."""
        return in_full(self.wanted("sort"), found, words=self.wanted("q"), at=at)

    def one_page(self, found: PledgeQuerySet, *, at: datetime, total: int) -> pages.Page:
        """The page that is asked for, of ``total`` pledges; the first, with a message, if the address names none."""
        parts = parts_of(self.wanted("sort"), found, words=self.wanted("q"), at=at)
        for name, page_at in (("after", pages.page_after), ("before", pages.page_before)):
            if text := self.wanted(name):
                try:
                    return page_at(parts, pages.read_place(text, parts))
                except ValueError:
                    self.add_error(name, _("This place is not in the list; it begins at the start."))
        number = min(self.cleaned_data.get("page") or 1, ceil(total / pages.SIZE))
        return pages.numbered_page(self.in_full(found, at=at), number) if number > 1 else pages.first_page(parts)
