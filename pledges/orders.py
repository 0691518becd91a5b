"""The orders in which pledges can be listed, each made so that a page deep inside costs what the first one does.

An order is one part after another; within a part pledges go by one value and, where that is equal, by reference.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Value

from pledges import selectors
from pledges.models.pledge import PledgeQuerySet
from pledges.models.words import SORT_KEY_AT_MOST

_FIRST_YEAR, _LAST_YEAR = 1950, 2500


@dataclass(frozen=True)
class Part:
    """A stretch of an order. ``pledges`` have the value they go by as ``place``; without ``read`` there is none."""

    pledges: PledgeQuerySet
    read: Callable[[str], Any] | None = None
    newest_first: bool = False


def parts_of(order: str, pledges: PledgeQuerySet, *, words: str, at: datetime) -> list[Part]:
    """The parts of an order by the name it has in the address; ``words`` are those that were searched for.

    Without a name it goes by reference, or by how well the words fit if there are any.
    """
    if order == "title":
        return [Part(pledges.filter(words__isnull=False).annotate(place=F("words__sort_title")), _text)]
    if order == "lead":
        return [Part(pledges.filter(words__isnull=False).annotate(place=F("words__sort_lead")), _text)]
    if order in ("updated", "waiting"):
        reported = selectors.reported(pledges, at=at)
        never = Part(_without_place(selectors.never_reported(pledges, at=at)))
        if order == "updated":
            return [Part(reported, _moment, newest_first=True), never]
        return [never, Part(reported, _moment)]
    if words.strip():
        return [Part(selectors.with_rank(pledges, words).annotate(place=F("rank")), _rank)]
    return [Part(_without_place(pledges))]


def in_full(order: str, pledges: PledgeQuerySet, *, words: str, at: datetime) -> PledgeQuerySet:
    """The same order as one query, for a file; ``pledges`` come with their stage."""
    if order not in ("updated", "waiting"):
        return ordered(parts_of(order, pledges, words=words, at=at)[0])
    moment = F("reported_at")
    first = moment.desc(nulls_last=True) if order == "updated" else moment.asc(nulls_first=True)
    return pledges.annotate(place=F("reported_at")).order_by(first, "reference")


def ordered(part: Part, *, backwards: bool = False) -> PledgeQuerySet:
    """The pledges of a part in their order."""
    by_reference = "-reference" if backwards else "reference"
    if part.read is None:
        return part.pledges.order_by(by_reference)
    descends = part.newest_first != backwards
    return part.pledges.order_by("-place" if descends else "place", by_reference)


def _without_place(pledges: PledgeQuerySet) -> PledgeQuerySet:
    return pledges.annotate(place=Value(""))


def place_words(place: Any) -> str:
    """A value as it stands in an address; its part's ``read`` understands it."""
    if place is None:
        return ""
    return place.isoformat() if isinstance(place, datetime) else str(place)


def _text(words: str) -> str:
    if len(words) > SORT_KEY_AT_MOST or "\0" in words:
        raise ValueError(words)
    return words


def _rank(words: str) -> int:
    return {"0": 0, "1": 1, "2": 2}[words]


def _moment(words: str) -> datetime:
    moment = datetime.fromisoformat(words)
    # No update is from elsewhere, and databases cannot compare what lies at the ends of time.
    if moment.tzinfo is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(words)
    return moment
