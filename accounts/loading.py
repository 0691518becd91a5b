"""Stakeholders from a CSV or XLSX file: every row through the form of staff, nothing saved while a cell is bad."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import account_workflow
from accounts.models import Country, Stakeholder, User
from accounts.stakeholder_form import StakeholderForm
from foundation.import_jobs import Kind
from foundation.importing import Changes, Importer
from foundation.row_reading import CellField, Cells, wrong_cells

# By column the field of the form.
_FIELDS = {
    "address": "slug",
    "name": "name",
    "kind": "kind",
    "country": "country",
    "language": "language",
    "institutional_mailbox": "institutional_mailbox",
    "public": "is_public",
}
_COLUMNS = {name: column for column, name in _FIELDS.items()}
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")


def slug_of(name: str) -> str:
    """The stakeholder's part of addresses; a name without any Latin letter gets a number that stays the same."""
    return slugify(name)[:80].strip("-") or f"stakeholder-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def countries_by_code() -> dict[str, Country]:
    """All countries, read once for a whole file."""
    return {country.code: country for country in Country.objects.all()}


def known_country(countries: Mapping[str, Country]) -> Callable[[str], Country | None]:
    """Reads a country's ISO code, or nothing."""

    def read(text: str) -> Country | None:
        if text and text not in countries:
            raise ValidationError(_("“%(text)s” is not a code that the portal knows.") % {"text": text[:40]})
        return countries.get(text)

    return read


def _yes_or_no(text: str) -> bool:
    answer = text.lower()
    if answer not in (*_YES, *_NO, ""):
        raise ValidationError(_("“%(text)s” is neither yes nor no.") % {"text": text[:40]})
    return answer not in _NO


class StakeholderRowForm(StakeholderForm):
    """The form of a stakeholder, filled by a row of a file: it asks the database nothing."""

    def __init__(self, *, countries: Mapping[str, Country]) -> None:
        super().__init__({})
        self.fields["country"] = CellField(known_country(countries))
        self.fields["is_public"] = CellField(_yes_or_no)

    def fill(self, data: Mapping[str, str]) -> None:
        """Takes the next row and judges it: one form serves a whole file, since making one costs more than its use."""
        self.data = {"language": "en", "slug": slug_of(data.get("name", "")), **data}
        self.full_clean()

    def _post_clean(self) -> None:
        """Nothing to compare with the database here: rows are known by their address, and compared as a whole."""


@dataclass(frozen=True)
class StakeholderRow:
    """One good row: its address, and by field what it says."""

    line: int
    slug: str
    values: dict[str, Any]
    # Those that the file has a column for; the others stay as they are.
    says: frozenset[str]


@dataclass
class StakeholderImporter(Importer[StakeholderRow]):
    """Rows are known by their address, else by the address that comes of their name."""

    required = ("name", "kind")
    optional = ("address", "country", "language", "institutional_mailbox", "public")

    countries: dict[str, Country] = field(default_factory=countries_by_code)
    lines: dict[str, int] = field(default_factory=dict)
    known: dict[str, Stakeholder] = field(default_factory=dict)
    merged: dict[str, str] = field(
        default_factory=lambda: dict(
            Stakeholder.objects.exclude(merged_into=None).values_list("slug", "merged_into__slug")
        )
    )

    def __post_init__(self) -> None:
        self.form = StakeholderRowForm(countries=self.countries)

    def read_row(self, cells: Cells) -> tuple[StakeholderRow | None, dict[str, str]]:
        """Through the form; an address that comes twice is named."""
        data = {_FIELDS[column]: text for column, text in cells.texts.items() if text.strip()}
        form = self.form
        form.fill(data)
        wrong = wrong_cells(form, _COLUMNS)
        if wrong:
            return None, wrong
        slug = form.cleaned_data["slug"]
        refusal = self._refusal(slug, cells.line)
        if refusal:
            return None, {"address" if "address" in cells.texts else "name": refusal}
        says = frozenset(_FIELDS[column] for column in cells.texts) - {"slug"}
        return StakeholderRow(cells.line, slug, dict(form.cleaned_data), says), {}

    def _refusal(self, slug: str, line: int) -> str:
        """Why the row's address cannot stand, if so."""
        first = self.lines.setdefault(slug, line)
        if first != line:
            return _("“%(slug)s” stands in line %(line)d already.") % {"slug": slug, "line": first}
        if slug in self.merged:
            said = {"slug": slug, "into": self.merged[slug]}
            return _("“%(slug)s” was merged into “%(into)s”. Take the row out, or give that address.") % said
        return ""

    def name_of(self, row: StakeholderRow) -> str:
        """Its part of addresses."""
        return row.slug

    def compare(self, rows: Sequence[StakeholderRow], *, lock: bool) -> Iterator[Changes | None]:
        """By what the file says."""
        there = Stakeholder.objects.select_for_update() if lock else Stakeholder.objects.all()
        found = {each.slug: each for each in there.filter(slug__in=[row.slug for row in rows]).order_by("pk")}
        self.known.update(found)
        for row in rows:
            stored = found.get(row.slug)
            yield None if stored is None else self._differences(stored, row)

    def _differences(self, stored: Stakeholder, row: StakeholderRow) -> Changes:
        countries = {country.pk: country for country in self.countries.values()}
        changes = {}
        for name in sorted(row.says):
            before = countries.get(stored.country_id or 0) if name == "country" else getattr(stored, name)
            if before != row.values[name]:
                changes[name] = [_in_words(before), _in_words(row.values[name])]
        return changes

    def add(self, rows: Sequence[StakeholderRow], *, at: datetime, actor: AbstractBaseUser | None) -> None:
        """By the workflow."""
        new = [Stakeholder(**row.values) for row in rows]
        account_workflow.add_stakeholders(at=at, actor=cast("User | None", actor), rows=new)

    def change(self, row: StakeholderRow, *, at: datetime, actor: AbstractBaseUser | None) -> None:
        """By the workflow."""
        stored = self.known[row.slug]
        changed = self._differences(stored, row)
        for name in changed:
            setattr(stored, name, row.values[name])
        account_workflow.save_changes(at=at, actor=cast("User | None", actor), row=stored, changed=changed)


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value in (None, "") else str(value)


STAKEHOLDERS = Kind(
    "stakeholders",
    lambda _options: StakeholderImporter(),
    looking=gettext_lazy("Looking at a file of stakeholders"),
    saving=gettext_lazy("Importing stakeholders"),
)
