"""Numbers that tell whether what pages show has changed, so that finished answers can be kept and never be stale."""

from django.db.models import F

from foundation.models import Stamp


def raise_stamp(name: str) -> None:
    """Says, within the transaction of the change itself, that what is shown under ``name`` has changed."""
    if not Stamp.objects.filter(name=name).update(number=F("number") + 1):
        # Two first changes at once: one inserts, the other finds the row and raises it.
        Stamp.objects.bulk_create([Stamp(name=name)], ignore_conflicts=True)
        Stamp.objects.filter(name=name).update(number=F("number") + 1)


def current_stamp(name: str) -> int:
    """How often what is shown under ``name`` has changed. Costs one query."""
    return Stamp.objects.filter(name=name).values_list("number", flat=True).first() or 0
