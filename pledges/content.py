"""What an update says: its fields, their limits and their labels, alike for the form, files and the workflow."""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NotRequired, TypedDict, cast

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Stakeholder
from foundation.text import clean_line, clean_text
from pledges.models import PledgeVersion, ProgressUpdate, Stage
from pledges.models.update import NARRATIVE_AT_MOST, ScopeChange

RESULTS_AT_MOST = 5
LABEL_AT_MOST = 120
UNIT_AT_MOST = 40
LINKS_AT_MOST = 10
LINK_AT_MOST = 500
# Languages in which focal points write, each under its own name; the first six are those of the United Nations.
TEXT_LANGUAGES = [
    ("ar", "العربية"),
    ("zh", "中文"),
    ("en", "English"),
    ("fr", "Français"),
    ("ru", "Русский"),
    ("es", "Español"),
    ("de", "Deutsch"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("fa", "فارسی"),
    ("pt", "Português"),
    ("tr", "Türkçe"),
]
FIELD_LABELS = {
    "stage": gettext_lazy("Stage"),
    "scope_change": gettext_lazy("Change of scope"),
    "narrative": gettext_lazy("What has happened"),
    "results": gettext_lazy("Results in numbers"),
    "challenges": gettext_lazy("Challenges"),
    "support_needed": gettext_lazy("Support needed"),
    "refugees_involved": gettext_lazy("Refugees consulted or involved"),
    "links": gettext_lazy("Links"),
    "no_evidence_reason": gettext_lazy("Why there is nothing to show"),
    "language": gettext_lazy("Language of the text"),
}
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,4})?")
_GROUPING = re.compile(r"[\s'’]")
# What breaks pages, files or the database, invisible to the person who pasted it.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e\ufff9-\ufffb\ud800-\udfff]")
_URL = URLValidator(schemes=["http", "https"])


class Result(TypedDict):
    """One figure: what was counted, a plain decimal number as text, and in what (a currency is a unit).

    ``reached_on`` is the ISO day by which it was reached, and only there if one was given.
    """

    label: str
    value: str
    unit: str
    reached_on: NotRequired[str]


class Content(TypedDict):
    """All that a person fills in; the keys are ``ProgressUpdate.DRAFT_FIELDS``."""

    stage: str
    scope_change: str
    narrative: str
    results: list[Result]
    challenges: str
    support_needed: str
    refugees_involved: str
    links: list[str]
    no_evidence_reason: str
    language: str


def empty_content(**fields: Any) -> Content:
    """A content with nothing in it but ``fields``."""
    blank = Content(
        stage="",
        scope_change="",
        narrative="",
        results=[],
        challenges="",
        support_needed="",
        refugees_involved="",
        links=[],
        no_evidence_reason="",
        language="en",
    )
    return cast("Content", blank | fields)


def content_of(update: ProgressUpdate) -> Content:
    """What the row of an update says now: a draft's text, or what was last submitted."""
    return cast("Content", {name: getattr(update, name) for name in ProgressUpdate.DRAFT_FIELDS})


def labels_of(content: Content, *, stakeholder: Stakeholder, version: PledgeVersion) -> dict[str, str]:
    """The names of today, to be frozen with a round."""
    return {
        "stage": str(Stage(content["stage"]).label),
        "scope_change": str(ScopeChange(content["scope_change"]).label),
        "stakeholder": stakeholder.name,
        "pledge_title": version.title,
    }


def checked_text(text: str, *, at_most: int = NARRATIVE_AT_MOST) -> str:
    """A text of several lines, cleaned. Raises ValidationError when it is too long or holds control characters.

    A line end counts as one character, whatever the browser sends for it.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    _refuse_control_characters(text)
    return _refuse_too_long(clean_text(text), at_most)


def checked_line(text: str, *, at_most: int) -> str:
    """The same for a text of one line."""
    _refuse_control_characters(text)
    return _refuse_too_long(clean_line(text), at_most)


def checked_number(text: str) -> str:
    """A plain decimal number such as 12500 or 12500.5, as text. Raises ValidationError for everything else."""
    digits = _GROUPING.sub("", text)
    if digits and not _NUMBER.fullmatch(digits):
        raise ValidationError(_("Write digits and at most one point, for example 12500 or 12500.5, without commas."))
    return format(Decimal(digits), "f") if digits else ""


def checked_links(texts: Iterable[str]) -> list[str]:
    """Web addresses, each once. Raises ValidationError naming the first that is none, or when there are too many."""
    links = list(dict.fromkeys(checked_line(text, at_most=LINK_AT_MOST) for text in texts if text.strip()))
    for link in links:
        try:
            _URL(link)
        except ValidationError as error:
            raise ValidationError(
                _("“%(link)s” is not a full web address. Begin it with https:// and put each on its own line.")
                % {"link": clean_line(link, at_most=80)}
            ) from error
    if len(links) > LINKS_AT_MOST:
        raise ValidationError(
            _("At most %(most)d links, please; these are %(count)d.") % {"most": LINKS_AT_MOST, "count": len(links)}
        )
    return links


def missing(content: Content, *, asks_evidence: bool = False, has_files: bool = False) -> dict[str, str]:
    """What a draft may lack and a submission may not: a sentence by field, empty when all is there.

    With ``asks_evidence`` what is fulfilled must show something, or say why it cannot.
    """
    sentences: dict[str, str] = {}
    if content["stage"] not in Stage.values:
        sentences["stage"] = _("Please choose the stage that describes the pledge today.")
    if not content["narrative"]:
        sentences["narrative"] = _("Please say in a few words what has happened.")
    if any(not (row["label"] and row["value"]) for row in content["results"]):
        sentences["results"] = _("Each result needs both: what was counted, and the number.")
    shows_something = has_files or content["links"] or content["no_evidence_reason"]
    if asks_evidence and content["stage"] == Stage.FULFILLED and not shows_something:
        sentences["links"] = _("Please give a link or attach a file that shows the result, or say why there is none.")
    return sentences


def with_marked_controls(text: str) -> str:
    """The text with each invisible control character shown as a symbol, so that it can be seen and taken out."""
    return _CONTROL.sub(lambda found: _symbol(found[0]), text)


def _symbol(character: str) -> str:
    code = ord(character)
    return chr(0x2400 + code) if code < 0x20 else "\ufffd"


def _refuse_control_characters(text: str) -> None:
    found = _CONTROL.search(text)
    if found:
        name = unicodedata.name(found[0], "") or f"U+{ord(found[0]):04X}"
        before = clean_line(text[max(0, found.start() - 20) : found.start()])
        raise ValidationError(
            _(
                "There is an invisible control character (%(name)s) after “%(before)s”. It is shown as %(symbol)s "
                "now; please take it out."
            )
            % {"name": name, "before": before, "symbol": _symbol(found[0])}
        )


def _refuse_too_long(text: str, at_most: int) -> str:
    if len(text) > at_most:
        raise ValidationError(
            _("This has %(count)d characters, %(over)d more than the %(most)d there is room for. Nothing was cut.")
            % {"count": len(text), "over": len(text) - at_most, "most": at_most}
        )
    return text
