"""Brings pledges from a file: new ones are added, changed ones only when told to; rows are known by reference."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import account_workflow
from accounts.models import User
from events.models import Cycle
from foundation import importing
from foundation.import_jobs import Kind
from foundation.importing import Changes, Importer, Report
from foundation.row_reading import Cells, Say, nothing_said, wrong_cells
from foundation.spreadsheets import BY_COMMAND
from pledges.facts import QUALITY_FIELDS, PledgeFacts, differences, facts_of, versions_with_facts
from pledges.loading.row_form import COLUMNS, Known, PledgeRowForm
from pledges.models import Pledge, PledgeVersion
from pledges.pledge_workflow import NewPledge, create_pledges, own_differences, revise_pledge


@dataclass(frozen=True)
class PledgeRow:
    """One good row. A description is only known when the file has such a column."""

    line: int
    reference: str
    occasion: Cycle
    source_url: str
    facts: PledgeFacts
    has_description: bool = False

    def own_fields(self) -> dict[str, Any]:
        """What the file says of the pledge itself, apart from its version."""
        return {"occasion": self.occasion, "source_url": self.source_url}

    def facts_beside(self, stored: PledgeFacts) -> PledgeFacts:
        """The facts of the file, with what it does not say as it is."""
        unsaid = {name: getattr(stored, name) for name in ("objectives", "support_asked", *QUALITY_FIELDS)}
        facts = replace(self.facts, **unsaid)
        return facts if self.has_description else replace(facts, description=stored.description)


@dataclass
class PledgeImporter(Importer[PledgeRow]):
    """``publish`` makes new pledges public as of the day after their occasion: that is when they had become so."""

    required = (
        "reference",
        "title",
        "entity",
        "entity_type",
        "country",
        "partners",
        "contribution_types",
        "area_of_focus",
        "occasion",
        "target_value",
        "target_unit",
        "target_year",
        "host_countries",
        "source",
    )
    optional = ("language", "description")

    publish: bool = True
    known: Known = field(default_factory=Known)
    lines: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.form = PledgeRowForm(known=self.known)

    def read_row(self, cells: Cells) -> tuple[PledgeRow | None, dict[str, str]]:
        """Through the form; a reference that comes twice is named."""
        form = self.form
        form.fill(cells.texts)
        wrong = wrong_cells(form, COLUMNS)
        reference = form.cleaned_data.get("reference", "")
        first = self.lines.setdefault(reference, cells.line)
        if reference and first != cells.line:
            said = {"reference": reference, "line": first}
            wrong["reference"] = _("%(reference)s stands in line %(line)d already.") % said
        if wrong:
            return None, wrong
        said = form.cleaned_data
        has_description = "description" in cells.texts
        row = PledgeRow(cells.line, reference, said["occasion"], said["source_url"], form.facts(), has_description)
        return row, {}

    def name_of(self, row: PledgeRow) -> str:
        """Its reference."""
        return row.reference

    def compare(self, rows: Sequence[PledgeRow], *, lock: bool) -> Iterator[Changes | None]:
        """With the version that is true now."""
        current = _current_versions([row.reference for row in rows], lock=lock)
        for row in rows:
            version = current.get(row.reference)
            if version is None:
                yield None
                continue
            stored = facts_of(version)
            own = own_differences(version.pledge, row.own_fields())
            yield differences(stored, row.facts_beside(stored)) | own

    def add(self, rows: Sequence[PledgeRow], *, at: datetime, actor: AbstractBaseUser | None) -> None:
        """The entities that are not here yet, then the pledges."""
        person = cast("User | None", actor)
        self._add_parties(rows, at=at, actor=person)
        create_pledges(at=at, actor=person, pledges=[self._as_new(row, at) for row in rows])

    def _add_parties(self, rows: Sequence[PledgeRow], *, at: datetime, actor: User | None) -> None:
        parties = self.known.parties
        new = parties.new(slug for row in rows for slug in (row.facts.lead, *row.facts.partners))
        account_workflow.add_stakeholders(at=at, actor=actor, rows=new)
        parties.here.update({stakeholder.slug: stakeholder for stakeholder in new})

    def _as_new(self, row: PledgeRow, at: datetime) -> NewPledge:
        since = published_since(row.occasion) or at
        return NewPledge(
            reference=row.reference,
            occasion=row.occasion,
            facts=row.facts,
            source_url=row.source_url,
            valid_from=since,
            published_at=since if self.publish else None,
        )

    def change(self, row: PledgeRow, *, at: datetime, actor: AbstractBaseUser | None) -> None:
        """By a new version."""
        person = cast("User | None", actor)
        self._add_parties([row], at=at, actor=person)
        pledge = Pledge.objects.get(reference=row.reference)
        stored = facts_of(versions_with_facts().get(pledge=pledge, valid_until=None))
        revise_pledge(pledge=pledge, facts=row.facts_beside(stored), at=at, actor=person, **row.own_fields())


def _current_versions(references: Sequence[str], *, lock: bool) -> dict[str, PledgeVersion]:
    if lock:
        list(Pledge.objects.select_for_update(no_key=True).filter(reference__in=references).order_by("pk").values("pk"))
    versions = versions_with_facts().filter(valid_until=None, pledge__reference__in=references)
    return {version.pledge.reference: version for version in versions.select_related("pledge__occasion")}


def published_since(occasion: Cycle) -> datetime | None:
    """Midnight UTC after the last day of the meeting at which a pledge was made; None if that day is not known."""
    if occasion.ends_on is None:
        return None
    return datetime.combine(occasion.ends_on + timedelta(days=1), time.min, tzinfo=UTC)


def load(content: bytes, *, at: datetime, update: bool, say: Say = nothing_said) -> Report:
    """Loads a CSV or XLSX file and publishes what is new. Raises UnreadableFileError for what is no such file.

    A pledge that is here but says something else is changed only with ``update``, and then by a new version.
    """
    return importing.load(PledgeImporter(), content, at=at, update=update, limits=BY_COMMAND, say=say)


PLEDGES = Kind(
    "pledges",
    # What was only looked at is saved as it will have been confirmed.
    lambda options: PledgeImporter(publish=options.get("publish", False)),
    looking=gettext_lazy("Looking at a file of pledges"),
    saving=gettext_lazy("Importing pledges"),
)
