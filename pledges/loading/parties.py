"""The entities that a file of pledges names: those that are here, and new ones that the file itself describes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.loading import StakeholderRowForm, countries_by_code, slug_of
from accounts.models import Country, Stakeholder
from foundation.row_reading import wrong_cells
from foundation.text import clean_line


@dataclass
class Named:
    """An entity as the file names it first. Of one that is nowhere a lead the file says no kind and no country."""

    name: str
    said: tuple[str, str] | None
    stakeholder: Stakeholder


class Parties:
    """Remembers what earlier rows said of an entity: the file must not contradict itself."""

    def __init__(self) -> None:
        self.countries: dict[str, Country] = countries_by_code()
        self.form = StakeholderRowForm(countries=self.countries)
        everybody = {row.pk: row for row in Stakeholder.objects.only("slug", "name", "merged_into").order_by("pk")}
        # Who was merged into another is found under the old name still.
        self.here = {row.slug: _survivor(row, everybody) for row in everybody.values()}
        self.named: dict[str, Named] = {}
        self.judged: dict[tuple[str, str, str], dict[str, str]] = {}

    def lead(self, name: str, kind: str, country: str) -> tuple[Stakeholder | None, dict[str, str]]:
        """The entity that leads, and by field of a stakeholder what is wrong with what the row says of it."""
        name, kind, country = (clean_line(text) for text in (name, kind, country))
        wrong = self._judge(name, kind, country)
        if "name" in wrong:
            return None, wrong
        # Other rows of the same entity do not contradict what could not be read here.
        said = None if wrong else (kind, country)
        try:
            return self._entity(name, said), wrong
        except ValidationError as error:
            return None, {"name": " ".join(error.messages), **wrong}

    def partners(self, names: Iterable[str]) -> list[Stakeholder]:
        """Entities that take part. Raises ValidationError for a name that cannot be one."""
        found = []
        for name in map(clean_line, names):
            wrong = self._judge(name, Stakeholder.Kind.OTHER, "")
            if wrong:
                raise ValidationError(next(iter(wrong.values())))
            found.append(self._entity(name, None))
        return found

    def new(self, slugs: Iterable[str]) -> list[Stakeholder]:
        """Those of the slugs that are not here yet, as the file describes them."""
        return [self.named[slug].stakeholder for slug in dict.fromkeys(slugs) if slug not in self.here]

    def _judge(self, name: str, kind: str, country: str) -> dict[str, str]:
        """What the form of a stakeholder says of it; each combination is asked once."""
        key = (name, kind, country)
        if key not in self.judged:
            self.form.fill({"name": name, "kind": kind, "country": country})
            wrong = wrong_cells(self.form, {})
            self.judged[key] = {field: said for field, said in wrong.items() if field != "slug"}
        return self.judged[key]

    def _entity(self, name: str, said: tuple[str, str] | None) -> Stakeholder:
        slug = slug_of(name)
        known = self.named.get(slug)
        if known is None:
            known = self.named[slug] = Named(name, None, self.here.get(slug) or _new(slug, name))
        if known.name.casefold() != name.casefold():
            raise ValidationError(
                _("“%(name)s” would get the same address as “%(other)s”.") % {"name": name, "other": known.name}
            )
        if said and known.said and said != known.said:
            raise ValidationError(
                _("“%(name)s” has another entity_type or country in an earlier line.") % {"name": name}
            )
        if said and not known.said:
            known.said = said
            self._describe(known.stakeholder, *said)
        return known.stakeholder

    def _describe(self, stakeholder: Stakeholder, kind: str, country: str) -> None:
        """What the file says of a new one; what staff made of the others stays."""
        if stakeholder.pk is None:
            stakeholder.kind, stakeholder.country = kind, self.countries.get(country)


def _new(slug: str, name: str) -> Stakeholder:
    return Stakeholder(slug=slug, name=name, kind=Stakeholder.Kind.OTHER)


def _survivor(row: Stakeholder, everybody: Mapping[int, Stakeholder]) -> Stakeholder:
    while row.merged_into_id is not None:
        row = everybody[row.merged_into_id]
    return row
