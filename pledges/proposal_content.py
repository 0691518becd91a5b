"""What a proposal of a pledge says: its fields, their limits and their names, alike for the form and the workflow."""

from decimal import Decimal
from typing import Any, TypedDict, cast

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pledges.content import checked_line, checked_number
from pledges.currencies import CURRENCIES, is_no_currency
from pledges.facts import QUALITY_FIELDS, PledgeFacts
from pledges.models import PledgeParty, PledgeVersion

TITLE_AT_MOST = 300
DESCRIPTION_AT_MOST = 20_000
LINE_AT_MOST = 300
TEXT_AT_MOST = 2_000
UNIT_AT_MOST = 80
PARTNER_AT_MOST = 200
PARTNERS_AT_MOST = 500
YEARS = range(2000, 2100)
# As the pages show them.
PROPOSAL_LABELS = {
    "occasion": gettext_lazy("Made for"),
    "title": gettext_lazy("Summary heading"),
    "description": gettext_lazy("Description"),
    "expected_impact": gettext_lazy("Expected impact"),
    "language": gettext_lazy("Language of the text"),
    "partners": gettext_lazy("Partners"),
    "linked_pledges": gettext_lazy("Part of multi-stakeholder pledges"),
    "themes": gettext_lazy("Areas of focus"),
    "contribution_types": gettext_lazy("Types of contribution"),
    "objectives": gettext_lazy("Objectives of the Compact"),
    "host_countries": gettext_lazy("Host countries"),
    "support_asked": gettext_lazy("Support asked for"),
    "target_value": gettext_lazy("Target in numbers"),
    "target_unit": gettext_lazy("Unit or currency"),
    "target_period": gettext_lazy("Counted"),
    "target_year": gettext_lazy("By the end of"),
    "aligned_with": gettext_lazy("Recommendations it is aligned with"),
    "is_additional": gettext_lazy("Additional"),
    "prematched_with": gettext_lazy("Matched beforehand with"),
    "refugees_consulted": gettext_lazy("How refugees were consulted"),
    "diversity": gettext_lazy("Age, gender and diversity"),
}


class ProposalContent(TypedDict):
    """All that a person fills in. Lists hold slugs, ISO codes, references, or, of partners, names; sorted but those.

    ``target_value`` is a plain decimal number as text, ``target_year`` four digits or nothing.
    """

    occasion: str
    title: str
    description: str
    expected_impact: str
    language: str
    partners: list[str]
    linked_pledges: list[str]
    themes: list[str]
    contribution_types: list[str]
    objectives: list[str]
    host_countries: list[str]
    support_asked: str
    target_value: str
    target_unit: str
    target_period: str
    target_year: str
    aligned_with: str
    is_additional: str
    prematched_with: str
    refugees_consulted: str
    diversity: str


LISTS = ("partners", "linked_pledges", "themes", "contribution_types", "objectives", "host_countries")


def empty_proposal(**fields: Any) -> ProposalContent:
    """A content with nothing in it but ``fields``."""
    blank: dict[str, Any] = {name: [] if name in LISTS else "" for name in PROPOSAL_LABELS}
    return cast("ProposalContent", blank | {"language": "en", "target_period": "total"} | fields)


def content_of_version(version: PledgeVersion) -> ProposalContent:
    """What a published version says, as a correction of it begins. Costs no query after ``versions_with_facts``."""
    pledge, parties = version.pledge, version.parties.all()
    names = [party.stakeholder.name if party.stakeholder else party.label for party in parties if _is_partner(party)]
    return ProposalContent(
        occasion=pledge.occasion.slug,
        title=version.title,
        description=version.description,
        expected_impact=version.expected_impact,
        language=version.language,
        partners=names,
        linked_pledges=[pledge.parent.reference] if pledge.parent else [],
        themes=sorted(row.slug for row in version.themes.all()),
        contribution_types=sorted(row.slug for row in version.contribution_types.all()),
        objectives=sorted(row.slug for row in version.objectives.all()),
        host_countries=sorted(row.code for row in version.host_countries.all()),
        support_asked=version.support_asked,
        target_value="" if version.target_value is None else format(version.target_value.normalize(), "f"),
        target_unit=version.target_unit or version.target_currency,
        target_period=version.target_period,
        target_year=str(version.target_year or ""),
        aligned_with=version.aligned_with,
        is_additional=version.is_additional,
        prematched_with=version.prematched_with,
        refugees_consulted=version.refugees_consulted,
        diversity=version.diversity,
    )


def said_facts(content: ProposalContent) -> dict[str, Any]:
    """The facts of a version that a content says, for ``PledgeFacts`` and ``replace``; all but the parties."""
    unit = content["target_unit"]
    is_money = unit in CURRENCIES
    quality = {name: content[name] for name in QUALITY_FIELDS}  # type: ignore[literal-required] # both name fields
    return quality | {
        "title": content["title"],
        "description": content["description"],
        "language": content["language"],
        "support_asked": content["support_asked"],
        "target_value": Decimal(content["target_value"]) if content["target_value"] else None,
        "target_unit": "" if is_money else unit,
        "target_currency": unit if is_money else "",
        "target_period": content["target_period"] or PledgeVersion.Period.TOTAL,
        "target_year": int(content["target_year"]) if content["target_year"] else None,
        "themes": frozenset(content["themes"]),
        "contribution_types": frozenset(content["contribution_types"]),
        "objectives": frozenset(content["objectives"]),
        "host_countries": frozenset(content["host_countries"]),
    }


def facts_of_content(
    content: ProposalContent, *, lead: str, partners: tuple[str, ...], labels: tuple[str, ...]
) -> PledgeFacts:
    """The facts of a new pledge; partners are slugs, labels stand for those that are no entity here."""
    return PledgeFacts(**said_facts(content), lead=lead, partners=partners, labels=labels)


def missing_in(content: ProposalContent) -> dict[str, str]:
    """What a draft may lack and a submission may not: a sentence by field, empty when all is there."""
    sentences: dict[str, str] = {}
    if not content["title"]:
        sentences["title"] = _("Please give the pledge a heading: what it promises, in one line.")
    if not content["description"]:
        sentences["description"] = _("Please say in a few sentences what you will do.")
    if content["target_value"] and not content["target_unit"]:
        sentences["target_unit"] = _("Please say what the number counts, or in which currency it is.")
    if content["target_unit"] and not content["target_value"]:
        sentences["target_value"] = _("Please give the number, or empty the unit.")
    if content["support_asked"] and "policy" not in content["contribution_types"]:
        sentences["support_asked"] = _("Only a policy pledge asks for support. Tick policy above, or empty this.")
    return sentences


def checked_target(text: str) -> str:
    """A plain number of at most two decimals, as text. Raises ValidationError for everything else."""
    number = checked_number(text)
    if number and len(number.partition(".")[2].rstrip("0")) > 2:
        raise ValidationError(_("At most two digits after the point, please."))
    return number


def checked_unit(text: str) -> str:
    """What is counted, on one line; what looks like a currency is one. Raises ValidationError."""
    unit = checked_line(text, at_most=UNIT_AT_MOST)
    if is_no_currency(unit):
        raise ValidationError(_("“%(unit)s” looks like a currency, but is no code of ISO 4217.") % {"unit": unit})
    return unit


def checked_year(text: str) -> str:
    """Four digits of our century, or nothing. Raises ValidationError for everything else."""
    year = checked_line(text, at_most=20)
    if year and not (year.isascii() and year.isdigit() and len(year) == 4 and int(year) in YEARS):
        raise ValidationError(_("Write the year with four digits, for example 2027."))
    return year


def checked_partners(text: str) -> list[str]:
    """The names, one a line, each once. Raises ValidationError naming the first that is too long."""
    names = list(
        dict.fromkeys(filter(None, (checked_line(line, at_most=PARTNER_AT_MOST) for line in text.splitlines())))
    )
    if len(names) > PARTNERS_AT_MOST:
        raise ValidationError(
            _("At most %(most)d partners, please; these are %(count)d. Name the group instead, such as “600 schools”.")
            % {"most": PARTNERS_AT_MOST, "count": len(names)}
        )
    return names


def _is_partner(party: PledgeParty) -> bool:
    return party.role == PledgeParty.Role.PARTNER
