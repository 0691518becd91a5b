"""Facts of pledges in the reader's words: targets, numbers, parties, names of languages."""

from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from django.utils.formats import number_format
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from accounts.models import Stakeholder
from pledges.models import PledgeParty, PledgeVersion


def number_words(value: Decimal) -> str:
    """A number as the reader's language writes it, in groups of three, without zeros at its end."""
    exponent = value.normalize().as_tuple().exponent
    decimals = max(-exponent, 0) if isinstance(exponent, int) else 0
    return number_format(value, decimal_pos=decimals, use_l10n=True, force_grouping=True)


def result_words(value: str) -> str:
    """The same for a number that was stored as text; what is no number is shown as it stands."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    return number_words(number) if number.is_finite() else value


def target_words(version: PledgeVersion) -> str:
    """What was promised by when, for example "EUR 100,000,000 in all by the end of 2024"; empty without a target."""
    amount = ""
    if version.target_value is not None:
        number = number_words(version.target_value)
        amount = f"{version.target_currency} {number}" if version.target_currency else f"{number} {version.target_unit}"
        period = version.get_target_period_display()
        amount = _("%(amount)s %(period)s") % {"amount": amount.strip(), "period": period}
    if version.target_year is None:
        return amount
    if not amount:
        return _("by the end of %(year)s") % {"year": version.target_year}
    return _("%(amount)s by the end of %(year)s") % {"amount": amount, "year": version.target_year}


def public_name(stakeholder: Stakeholder) -> str:
    """The name under which a stakeholder is shown to the public; of a merged one that of the entry it went into."""
    shown = stakeholder.merged_into or stakeholder
    return shown.name if shown.is_public else _("a stakeholder that is not named here")


def party_name(party: PledgeParty) -> str:
    """The public name of a party, or its label."""
    return public_name(party.stakeholder) if party.stakeholder else party.label


def language_name(code: str) -> str:
    """A language's name in the reader's language; its code if nobody here knows it."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def text_direction(code: str) -> str:
    """The value of the ``dir`` attribute for a text in that language."""
    try:
        return "rtl" if get_language_info(code)["bidi"] else "ltr"
    except KeyError:
        return "auto"


def is_web_link(address: object) -> bool:
    """Whether an address may become a link: http or https with a host, nothing that runs or opens files."""
    if not isinstance(address, str):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def web_host(address: str) -> str:
    """The host of an address that ``is_web_link``, for the text of a link to a source."""
    return (urlsplit(address).hostname or "").removeprefix("www.")
