"""All pledges of one stakeholder as a workbook to fill in offline: what it holds, and how its rows are read back.

The columns of an update are the fields of its form, and each row goes through that form. A row carries the revision
that it was written for, so that what somebody saved meanwhile is never written over.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from django.utils.translation import gettext as _

from foundation.row_reading import Cells, RowReader, wrong_cells
from foundation.text import clean_line
from pledges import evidence
from pledges.access import MyPledge, content_now
from pledges.content import TEXT_LANGUAGES, Content
from pledges.forms import RESULT_PARTS, RESULT_ROWS, UpdateForm, initial_of
from pledges.models import ProgressUpdate, Stage
from pledges.models.update import ScopeChange

State = ProgressUpdate.State
# To be read only; whatever stands there when the file comes back is passed over.
SHOWN = ("title", "stands", "last_stage", "last_update_on", "last_narrative")
_RESULTS = tuple(f"result_{part}_{number}" for number in RESULT_ROWS for part in RESULT_PARTS)
FIELDS = (
    "stage",
    "narrative",
    *_RESULTS,
    "challenges",
    "support_needed",
    "refugees_involved",
    "links",
    "no_evidence_reason",
    "scope_change",
    "language",
)
COLUMNS = ("reference", *SHOWN, "submit", *FIELDS, "revision")
_YES, _NO = ("yes", "true", "1"), ("", "no", "false", "0")


def sheet_rows(pledges: Sequence[MyPledge]) -> Iterator[list[str]]:
    """The names of the columns, then a row for each pledge."""
    yield list(COLUMNS)
    for mine in pledges:
        yield [_cell_of(mine, name) for name in COLUMNS]


def _cell_of(mine: MyPledge, name: str) -> str:
    cells = {"reference": mine.pledge.reference, "submit": "no", **_shown(mine), **_filled(mine)}
    return cells[name]


def _shown(mine: MyPledge) -> dict[str, str]:
    last = mine.last_round.content if mine.last_round else {}
    moment = mine.last_accepted.first_submitted_at if mine.last_accepted else None
    return {
        "title": mine.version.title,
        "stands": str(mine.open_update.get_state_display()) if mine.open_update else "",
        "last_stage": str(Stage(last["stage"]).label) if last.get("stage") in Stage.values else "",
        "last_update_on": moment.astimezone(mine.pledge.occasion.zoneinfo).date().isoformat() if moment else "",
        "last_narrative": last.get("narrative", ""),
    }


def _filled(mine: MyPledge) -> dict[str, str]:
    initial = initial_of(content_now(mine), revision=mine.revision)
    texts = {name: str(initial.get(name) or "") for name in FIELDS}
    return {
        **texts,
        "stage": str(Stage(texts["stage"]).label) if texts["stage"] else "",
        "scope_change": str(ScopeChange(texts["scope_change"]).label) if texts["scope_change"] else "",
        "revision": str(mine.revision),
    }


@dataclass(frozen=True)
class SheetRow:
    """One good row: whose it is, what it says, and whether it is to be submitted."""

    line: int
    mine: MyPledge
    revision: int
    content: Content
    submits: bool

    @property
    def reference(self) -> str:
        """Of its pledge."""
        return self.mine.pledge.reference

    @property
    def is_unchanged(self) -> bool:
        """Whether it says what the portal has already, and asks for nothing."""
        return not self.submits and self.content == content_now(self.mine)

    @property
    def is_new(self) -> bool:
        """Whether nobody has begun an update of this pledge."""
        return self.mine.open_update is None

    @property
    def why_held(self) -> str:
        """Why the row cannot be saved as things stand; empty where it can."""
        update = self.mine.open_update
        if self.is_unchanged:
            return ""
        if update is not None and not update.is_editable:
            return _("The reviewers have an update of this pledge. You can write again when they have answered.")
        if self.revision != self.mine.revision:
            return _(
                "Somebody saved this update after you had downloaded the file. Nothing is written over it: open the "
                "pledge, or download the file again."
            )
        return ""


@dataclass
class SheetReader(RowReader[SheetRow]):
    """Knows the pledges that the person may write; ``why_not_submit`` is said to those who may not submit."""

    required: ClassVar = ("reference", "revision")
    optional: ClassVar = tuple(name for name in COLUMNS if name not in ("reference", "revision"))

    pledges: Mapping[str, MyPledge]
    why_not_submit: str = ""
    lines: dict[str, int] = field(default_factory=dict)

    def read_row(self, cells: Cells) -> tuple[SheetRow | None, dict[str, str]]:
        """Through the form of an update; a pledge that is not theirs is named as one that is not there."""
        reference = clean_line(cells.texts["reference"])
        mine = self.pledges.get(reference)
        first = self.lines.setdefault(reference, cells.line)
        if mine is None:
            return None, {"reference": _("“%(text)s” is none of your pledges.") % {"text": reference[:40]}}
        if first != cells.line:
            said = {"reference": reference, "line": first}
            return None, {"reference": _("%(reference)s stands in line %(line)d already.") % said}
        submits, wrong = self._submits(cells.texts.get("submit", ""))
        has_files = submits and bool(evidence.lines_of_draft(mine.open_update))
        form = UpdateForm(_form_data(mine, cells.texts), submits=submits, has_files=has_files)
        wrong |= wrong_cells(form, {})
        if wrong:
            return None, wrong
        return SheetRow(cells.line, mine, form.cleaned_data["revision"], form.content, submits), {}

    def _submits(self, text: str) -> tuple[bool, dict[str, str]]:
        answer = clean_line(text).lower()
        if answer not in (*_YES, *_NO):
            return False, {"submit": _("“%(text)s” is neither yes nor no.") % {"text": answer[:40]}}
        if answer in _YES and self.why_not_submit:
            return False, {"submit": self.why_not_submit}
        return answer in _YES, {}


def _form_data(mine: MyPledge, texts: Mapping[str, str]) -> dict[str, str]:
    """What the row says; a column that was taken out leaves its field as it is."""
    data = {name: texts.get(name, now) for name, now in _filled(mine).items()}
    data["revision"] = clean_line(data["revision"])
    data["stage"] = _value_of(data["stage"], Stage.choices)
    data["scope_change"] = _value_of(data["scope_change"], ScopeChange.choices)
    data["language"] = _value_of(data["language"], TEXT_LANGUAGES)
    data["links"] = "\n".join(data["links"].replace("; ", "\n").split())
    for name in _RESULTS:
        data[name] = data[name].strip()
    return data


def _value_of(text: str, choices: Sequence[tuple[object, object]]) -> str:
    """A choice by its name or by its code, in any case of letters; what is neither stays as it is, to be refused."""
    asked = clean_line(text)
    for value, label in choices:
        if asked.casefold() in (str(value).casefold(), str(label).casefold()):
            return str(value)
    return asked
