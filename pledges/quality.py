"""What a clear pledge names: who, what, where, how much, by when, aligned with which recommendation.

Hints for those who write and read a pledge; nothing is ever refused for the lack of one.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pledges.models import PledgeVersion
from pledges.proposal_content import ProposalContent


@dataclass(frozen=True)
class Criterion:
    """One thing that a clear pledge names. ``inputs`` are the fields of the form in which it is said."""

    key: str
    question: str | Promise
    named: str | Promise
    advice: str | Promise
    inputs: tuple[str, ...] = ()
    lacking: str | Promise = ""


@dataclass(frozen=True)
class Hint:
    """A criterion, and whether a pledge meets it."""

    criterion: Criterion
    is_named: bool


CRITERIA = (
    Criterion("who", _("Who?"), _("who stands behind it"), _("Your name stands on it; partners can be named too.")),
    Criterion(
        "what",
        _("What?"),
        _("what will be done"),
        _("Say in the description what you will do, and for whom."),
        ("description",),
    ),
    Criterion(
        "where",
        _("Where?"),
        _("a host country"),
        _("Name the host countries, if it has some."),
        ("host_countries",),
        _("no host country"),
    ),
    Criterion(
        "how_much",
        _("How much?"),
        _("a target in numbers"),
        _("A number, and what it counts, lets everybody see how far you have come."),
        ("target_value", "target_unit"),
        _("no target in numbers"),
    ),
    Criterion(
        "by_when",
        _("By when?"),
        _("a year by which"),
        _("Name the year in which it should be done."),
        ("target_year",),
        _("no year by which"),
    ),
    Criterion(
        "aligned",
        _("Aligned with what?"),
        _("a recommendation it is aligned with"),
        _("Name the recommendations of the High-Level Officials Meeting that it helps to carry out."),
        ("aligned_with",),
    ),
)
# What pledges made before there were such recommendations cannot name is not held against them.
_SINCE_THE_RECOMMENDATIONS = ("aligned",)


def hints_for_content(content: ProposalContent) -> list[Hint]:
    """All criteria as a text in work meets them. Looks at nothing but the text."""
    return _hints(
        {
            "who": True,
            "what": bool(content["description"]),
            "where": bool(content["host_countries"]),
            "how_much": bool(content["target_value"] and content["target_unit"]),
            "by_when": bool(content["target_year"]),
            "aligned": bool(content["aligned_with"]),
        }
    )


def hints_for_version(version: PledgeVersion) -> list[Hint]:
    """All criteria as a version of a pledge meets them; no query if its host countries were prefetched."""
    return _hints(
        {
            "who": True,
            "what": bool(version.description),
            "where": bool(version.host_countries.all()),
            "how_much": version.target_value is not None,
            "by_when": version.target_year is not None,
            "aligned": bool(version.aligned_with),
        }
    )


def named_and_not(hints: list[Hint]) -> tuple[list[str], list[str]]:
    """For readers: the words for what is named, and for what is not."""
    named = [str(hint.criterion.named) for hint in hints if hint.is_named]
    lacking = [
        str(hint.criterion.named)
        for hint in hints
        if not hint.is_named and hint.criterion.key not in _SINCE_THE_RECOMMENDATIONS
    ]
    return named, lacking


def lacking_words(hints: list[Hint]) -> list[str]:
    """For those who report: what even an old pledge should name, and does not."""
    order = ("how_much", "where", "by_when")
    lacking = {hint.criterion.key: str(hint.criterion.lacking) for hint in hints if not hint.is_named}
    return [lacking[key] for key in order if key in lacking]


def _hints(met: dict[str, bool]) -> list[Hint]:
    return [Hint(criterion, met[criterion.key]) for criterion in CRITERIA]
