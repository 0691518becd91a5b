"""A proposal's content in words, field by field, and two contents beside each other."""

from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from accounts.models import Country
from events.models import Cycle
from pledges.models import ContributionType, Objective, PledgeVersion, Theme
from pledges.proposal_content import LISTS, PROPOSAL_LABELS, ProposalContent
from pledges.review_rows import Line
from pledges.round_text import Field
from pledges.templatetags.reporting import language_name
from pledges.text_diff import Pieces, compare_lists, compare_texts
from pledges.wording import result_words

_FREE_TEXTS = (
    "title",
    "description",
    "expected_impact",
    "support_asked",
    "partners",
    "target_unit",
    "aligned_with",
    "prematched_with",
    "refugees_consulted",
    "diversity",
)
_TABLES: dict[str, tuple[type[Model], str]] = {
    "occasion": (Cycle, "slug"),
    "themes": (Theme, "slug"),
    "contribution_types": (ContributionType, "slug"),
    "objectives": (Objective, "slug"),
    "host_countries": (Country, "code"),
}
_ON_LINES = ("partners", "linked_pledges")


class ProposalField(Field):
    """One field of a proposal, ready to be shown."""

    @property
    def is_free_text(self) -> bool:
        """Whether the text is in the stakeholder's language."""
        return self.name in _FREE_TEXTS


def proposal_fields(*contents: ProposalContent) -> list[list[Field]]:
    """All fields of each content in the order of the form; the names come in five queries for any number."""
    names = {field: _names(field, contents) for field in _TABLES}
    return [[_field(name, content, names) for name in PROPOSAL_LABELS] for content in contents]


def filled_fields(content: ProposalContent) -> list[Field]:
    """Those that say something."""
    return [field for field in proposal_fields(content)[0] if field.text]


@dataclass(frozen=True)
class ComparedField:
    """One field in two contents, with the words marked in which they differ."""

    name: str
    label: str | Promise
    is_free_text: bool
    old: list[Line]
    new: list[Line]

    @property
    def differs(self) -> bool:
        """Whether anything in it is marked."""
        return any(piece.differs for line in (*self.old, *self.new) for piece in line.pieces)


def compared_fields(old: ProposalContent, new: ProposalContent) -> list[ComparedField]:
    """Those fields that say something in one of two contents, side by side."""
    return [_compared(*both) for both in zip(*proposal_fields(old, new), strict=True) if both[0].text or both[1].text]


def _compared(old: Field, new: Field) -> ComparedField:
    between = {name: "\n" if name in _ON_LINES else "; " for name in LISTS}.get(new.name)
    was, now = (field.text.split(between) if between and field.text else [field.text] for field in (old, new))
    if between:
        old_pieces, new_pieces = compare_lists([(item, item) for item in was], [(item, item) for item in now])
    else:
        old_pieces, new_pieces = ([pieces] for pieces in compare_texts(old.text, new.text))
    return ComparedField(new.name, new.label, new.is_free_text, _lines(old_pieces), _lines(new_pieces))


def _lines(items: list[Pieces]) -> list[Line]:
    return [Line(pieces) for pieces in items if pieces]


def _names(field: str, contents: tuple[ProposalContent, ...]) -> dict[str, str]:
    model, key = _TABLES[field]
    values = [content[field] for content in contents]  # type: ignore[literal-required] # keys of both
    wanted = set(chain.from_iterable([value] if isinstance(value, str) else value for value in values)) - {""}
    if not wanted:
        return {}
    rows: QuerySet[Any] = model._default_manager.filter(**{f"{key}__in": wanted})  # noqa: SLF001 -- Django's documented API
    return {getattr(row, key): str(row) for row in rows}


def _field(name: str, content: ProposalContent, names: dict[str, dict[str, str]]) -> Field:
    value: Any = content.get(name) or ([] if name in LISTS else "")
    if name == "language":
        value = language_name(value)
    elif name == "target_value":
        value = result_words(value)
    elif name == "target_period":
        # The word says nothing where there is no number.
        value = _choice(PledgeVersion.Period, value) if content.get("target_value") else ""
    elif name == "is_additional":
        value = _choice(PledgeVersion.Additional, value)
    elif isinstance(value, list):
        words = [str(names.get(name, {}).get(each, each)) for each in value]
        value = "\n".join(words) if name in _ON_LINES else "; ".join(sorted(words))
    else:
        value = names.get(name, {}).get(value, value)
    return ProposalField(name, PROPOSAL_LABELS[name], value)


def _choice(choices: Any, value: str) -> str:
    return str(choices(value).label) if value and value in choices.values else ""
