"""What may stand in a cell. Each function takes one cleaned line and gives a value or raises BadValueError."""

import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.conf.locale import LANG_INFO
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.text import slugify

from accounts.models import Stakeholder
from pledges.currencies import CURRENCIES
from pledges.models import Pledge, PledgeParty, PledgeVersion

_is_web_address = URLValidator(schemes=["http", "https"])
_DIGITS_AT_MOST = 16


class BadValueError(ValueError):
    """A sentence that says what is wrong with the cell."""


@dataclass(frozen=True)
class Unit:
    """What a target counts."""

    unit: str = ""
    currency: str = ""
    period: str = PledgeVersion.Period.TOTAL


def _needed(cell: str) -> str:
    if not cell:
        raise BadValueError("must not be empty.")
    return cell


def _at_most(cell: str, length: int | None) -> str:
    if length is not None and len(cell) > length:
        raise BadValueError(f"has {len(cell)} characters; {length} are the most.")
    return cell


def reference(cell: str) -> str:
    """Capital letters, a hyphen, digits."""
    if not re.fullmatch(r"[A-Z]+-[0-9]+", _needed(cell)):
        raise BadValueError(f"“{cell}” is not capital letters, a hyphen and digits, such as PUB-001.")
    return _at_most(cell, Pledge.reference.field.max_length)


def title(cell: str) -> str:
    """A title, in the stakeholder's own words."""
    return _at_most(_needed(cell), PledgeVersion.title.field.max_length)


def language(cell: str) -> str:
    """A language code that Django knows; English when empty."""
    if cell and cell not in LANG_INFO:
        raise BadValueError(f"“{cell}” is not a language code such as en, fr or ar.")
    return cell or "en"


def name(cell: str) -> str:
    """The name of the entity that leads."""
    return _at_most(_needed(cell), Stakeholder.name.field.max_length)


def names(cell: str) -> tuple[str, ...]:
    """The partners, entities or not."""
    return tuple(_at_most(part, PledgeParty.label.field.max_length) for part in _parts(cell))


def kind(cell: str) -> str:
    """A stakeholder group."""
    return one_of(Stakeholder.Kind.values)(_needed(cell))


def occasion(slugs: Container[str]) -> Callable[[str], str]:
    """A cycle's short name: "GRF 2019" is the cycle grf-2019."""

    def read(cell: str) -> str:
        slug = slugify(_needed(cell))
        if slug not in slugs:
            raise BadValueError(f"“{cell}” is no forum or meeting that the portal knows.")
        return slug

    return read


def country(codes: Container[str]) -> Callable[[str], str]:
    """A country's ISO code, or nothing."""
    return lambda cell: one_of(codes)(cell) if cell else ""


def one_of(known: Container[str]) -> Callable[[str], str]:
    """A code that is known."""

    def read(cell: str) -> str:
        if cell not in known:
            raise BadValueError(f"“{cell}” is not a code that the portal knows.")
        return cell

    return read


def any_of(known: Container[str]) -> Callable[[str], list[str]]:
    """A list of known codes, which may be empty."""
    return lambda cell: [one_of(known)(part) for part in _parts(cell)]


def some_of(known: Container[str]) -> Callable[[str], list[str]]:
    """A list of known codes with at least one in it."""
    return lambda cell: any_of(known)(_needed(cell))


def number(cell: str) -> Decimal | None:
    """A positive number in plain digits, with at most two decimals."""
    if not cell:
        return None
    try:
        value = Decimal(cell)
    except InvalidOperation as error:
        raise BadValueError(f"“{cell}” is not a number in plain digits, such as 100000000 or 2.5.") from error
    if not re.fullmatch(r"[0-9]+(\.[0-9]{1,2})?", cell) or value <= 0:
        raise BadValueError(f"“{cell}” is not a positive number in plain digits with at most two decimals.")
    if value >= 10**_DIGITS_AT_MOST:
        raise BadValueError(f"“{cell}” has more than {_DIGITS_AT_MOST} digits.")
    return value


def unit(cell: str) -> Unit:
    """A currency, or what is counted; "… a year" says that the number is meant for each year."""
    counted = cell.removesuffix(" a year")
    period = PledgeVersion.Period.TOTAL if counted == cell else PledgeVersion.Period.YEAR
    if counted in CURRENCIES:
        return Unit(currency=counted, period=period)
    if re.fullmatch("[A-Z]{3}", counted):
        raise BadValueError(f"“{counted}” looks like a currency, but is no code of ISO 4217.")
    return Unit(unit=_at_most(counted, PledgeVersion.target_unit.field.max_length), period=period)


def year(cell: str) -> int | None:
    """A year, or nothing."""
    if cell and not re.fullmatch(r"20[0-9]{2}", cell):
        raise BadValueError(f"“{cell}” is not a year from 2000 to 2099.")
    return int(cell) if cell else None


def web_address(cell: str) -> str:
    """Where the pledge can be read; it becomes a public link, so nothing but http and https."""
    try:
        _is_web_address(_needed(cell))
    except ValidationError as error:
        raise BadValueError(f"“{cell}” is not a web address that begins with http:// or https://.") from error
    return _at_most(cell, Pledge.source_url.field.max_length)


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]
