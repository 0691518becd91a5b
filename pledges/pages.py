"""One page of an order, found from the pledge that stands before or after it instead of by counting from the start.

The place of that pledge stands in the address (``after=`` or ``before=``), so an address leads to the same place
whatever was added in front of it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from pledges.models import Pledge
from pledges.models.pledge import PledgeQuerySet
from pledges.orders import Part, ordered, place_words

SIZE = 25
PLACE_AT_MOST = 400
_PLACE = re.compile(r"(?P<value>.*)~(?P<reference>[A-Z]+-[0-9]+)", re.DOTALL)
_REFERENCE_AT_MOST = 20


@dataclass(frozen=True)
class Place:
    """Where one pledge stands in an order: in which part, by which value, under which reference."""

    part: int
    value: Any
    reference: str


@dataclass(frozen=True)
class Page:
    """Some pledges in their order. ``before`` and ``after`` are the places at its ends, empty where nothing follows."""

    pledges: list[Pledge]
    before: str = ""
    after: str = ""

    def __iter__(self) -> Iterator[Pledge]:
        return iter(self.pledges)


def read_place(text: str, parts: list[Part]) -> Place:
    """The place that an address names. Raises ValueError for what no page of this order can have written."""
    found = _PLACE.fullmatch(text)
    if found is None or len(found["reference"]) > _REFERENCE_AT_MOST:
        raise ValueError(text)
    value = found["value"]
    # Where there are two parts, one of them has no values.
    number = next((n for n, part in enumerate(parts) if len(parts) == 1 or (part.read is None) == (value == "")), 0)
    read = parts[number].read
    if read is None:
        return Place(number, _nothing(value), found["reference"])
    try:
        return Place(number, read(value), found["reference"])
    except (KeyError, OverflowError) as error:
        raise ValueError(text) from error


def _nothing(value: str) -> str:
    if value:
        raise ValueError(value)
    return value


def first_page(parts: list[Part]) -> Page:
    """Where the order begins."""
    return page_after(parts, None)


def page_after(parts: list[Part], place: Place | None) -> Page:
    """The pledges that follow a place; those at the beginning for None."""
    found = _walk(parts, place, backwards=False)
    shown = found[:SIZE]
    before = _name(shown[0]) if place and shown else ""
    return Page(shown, before, _name(shown[-1]) if len(found) > SIZE else "")


def page_before(parts: list[Part], place: Place) -> Page:
    """The pledges that come before a place; a whole first page where there are fewer than that."""
    found = _walk(parts, place, backwards=True)
    if len(found) <= SIZE:
        return first_page(parts)
    shown = found[:SIZE][::-1]
    return Page(shown, _name(shown[0]), _name(shown[-1]))


def numbered_page(pledges: PledgeQuerySet, number: int) -> Page:
    """A page of an order in full by its number, as old addresses name it; counts from the start, so use places."""
    found = list(pledges[(number - 1) * SIZE : number * SIZE + 1])
    shown = found[:SIZE]
    return Page(shown, _name(shown[0]) if number > 1 and shown else "", _name(shown[-1]) if len(found) > SIZE else "")


def _walk(parts: list[Part], place: Place | None, *, backwards: bool) -> list[Pledge]:
    """A page's pledges and one more, part by part, from a place on; nearest first."""
    found: list[Pledge] = []
    begin = place.part if place else 0
    for number in range(begin, -1, -1) if backwards else range(begin, len(parts)):
        rows = ordered(parts[number], backwards=backwards)
        if place and number == place.part:
            rows = rows.filter(_beyond(parts[number], place, backwards=backwards))
        found += rows[: SIZE + 1 - len(found)]
        if len(found) > SIZE:
            break
    return found


def _beyond(part: Part, place: Place, *, backwards: bool) -> Q:
    same = Q(reference__lt=place.reference) if backwards else Q(reference__gt=place.reference)
    if part.read is None:
        return same
    further = "lt" if part.newest_first != backwards else "gt"
    # The first condition is what an index can begin at.
    return Q(**{f"place__{further}e": place.value}) & (Q(**{f"place__{further}": place.value}) | same)


def _name(pledge: Pledge) -> str:
    return f"{place_words(pledge.place)}~{pledge.reference}"  # type: ignore[attr-defined] # annotated by its part
