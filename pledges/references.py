"""The next free reference of a new pledge."""

from django.db.models.functions import Length

from events.models import Cycle
from pledges.models import Pledge

_DIGITS = 3


def next_reference(occasion: Cycle, *, is_sample: bool = False) -> str:
    """One above the highest number of the prefix that the occasion's latest pledge has, such as GRF-0124.

    An occasion without a pledge lends the letters of its address. Only a proposal: another may take it first.
    """
    latest = Pledge.objects.filter(occasion=occasion, is_sample=is_sample).order_by("-pk").first()
    prefix = latest.reference.rpartition("-")[0] if latest else _letters(occasion, is_sample=is_sample)
    # Of numbers with and without leading zeros the longest is the highest, as far as one system gave them.
    of_prefix = Pledge.objects.filter(reference__startswith=f"{prefix}-")
    highest = of_prefix.order_by(Length("reference").desc(), "-reference").first()
    digits = highest.reference.rpartition("-")[2] if highest else "0" * _DIGITS
    number = int(digits) + 1
    while Pledge.objects.filter(reference=f"{prefix}-{number:0{len(digits)}}").exists():
        number += 1
    return f"{prefix}-{number:0{len(digits)}}"


def _letters(occasion: Cycle, *, is_sample: bool) -> str:
    letters = "".join(letter for letter in occasion.slug.upper() if "A" <= letter <= "Z")
    return "SMP" if is_sample else letters[:10] or "PLEDGE"
