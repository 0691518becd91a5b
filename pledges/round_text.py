"""A round's frozen content as rows to show, and two contents beside each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from foundation.text import clean_line
from pledges.content import FIELD_LABELS, Content
from pledges.evidence import IN_ROUND
from pledges.models import Stage, UpdateRound
from pledges.models.update import ScopeChange
from pledges.templatetags.reporting import language_name

# These are the stakeholder's own words; the others are ours.
FREE_TEXTS = ("narrative", "results", "challenges", "support_needed", "refugees_involved", "no_evidence_reason")


@dataclass(frozen=True)
class Field:
    """One field of a content, ready to be shown: text with line ends, or links."""

    name: str
    label: str | Promise
    text: str
    links: tuple[str, ...] = ()

    @property
    def is_free_text(self) -> bool:
        """Whether the text is in the stakeholder's language."""
        return self.name in FREE_TEXTS


@dataclass(frozen=True)
class Pair:
    """One field in two contents."""

    old: Field
    new: Field

    @property
    def differs(self) -> bool:
        """Whether the two say something else."""
        return self.old.text != self.new.text


def round_fields(row: UpdateRound) -> list[Field]:
    """All filled fields of a round, under the names of the day on which it was sent."""
    return [field for field in fields_of(row.content, labels=row.labels) if field.text]


def fields_of(content: Content | dict[str, Any], labels: dict[str, str] | None = None) -> list[Field]:
    """All fields of a content in the order of the form; frozen ``labels`` go before the names of today."""
    return [_field(name, content.get(name), labels or {}) for name in FIELD_LABELS]


def label_of(name: str) -> str | Promise:
    """The name of a field in words; of one that today's form does not have, as it is stored."""
    if name == IN_ROUND:
        return _("Files")
    return FIELD_LABELS.get(name) or clean_line(name.replace("_", " ").capitalize(), at_most=60)


def names_in(content: Mapping[str, Any]) -> list[str]:
    """All fields of a round that can be spoken of: those of the form, its files, and what else it holds."""
    with_files = chain.from_iterable((name, IN_ROUND) if name == "links" else (name,) for name in FIELD_LABELS)
    return list(dict.fromkeys([*with_files, *sorted(content)]))


def pairs_of(old: list[Field], new: list[Field]) -> list[Pair]:
    """Two lists of all fields, side by side."""
    return [Pair(*both) for both in zip(old, new, strict=True)]


def _field(name: str, value: Any, labels: dict[str, str]) -> Field:
    label = FIELD_LABELS[name]
    if name == "stage":
        return Field(name, label, labels.get("stage") or (str(Stage(value).label) if value in Stage.values else ""))
    if name == "scope_change":
        known = value in ScopeChange.values
        return Field(
            name, label, (labels.get("scope_change") or str(ScopeChange(value).label)) if value and known else ""
        )
    if name == "results":
        return Field(name, label, "\n".join(result_line(row) for row in value or []))
    if name == "links":
        return Field(name, label, "\n".join(value or []), links=tuple(value or []))
    if name == "language":
        return Field(name, label, language_name(value or ""))
    return Field(name, label, value or "")


def result_line(row: dict[str, str]) -> str:
    """One result in words: Schools opened: 12; Money spent: 12500 CHF."""
    figure = " ".join(part for part in (row.get("value"), row.get("unit")) if part) or _("no number yet")
    line = f"{row.get('label') or _('no name yet')}: {figure}"
    reached_on = row.get("reached_on")
    return _("%(result)s (reached by %(day)s)") % {"result": line, "day": reached_on} if reached_on else line
