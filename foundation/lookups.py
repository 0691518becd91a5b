"""How Django looks up rows by numbers that no row can have."""

from typing import Any

from django.db.models import IntegerField
from django.db.models.lookups import In

# What both databases keep in their largest column of whole numbers.
_NUMBERS = range(-(2**63), 2**63)


@IntegerField.register_lookup
class IntegerFieldIn(In):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """Django's own, without numbers that are too large for any row.

    Its lookup of one number leaves them out already; this one hands them to the database, and SQLite takes none of more
    than 64 bits. Choices of several rows and the ticks in lists of the administration are looked up like this.
    """

    def get_prep_lookup(self) -> Any:
        """What is compared: the numbers that a row may have."""
        prepared = super().get_prep_lookup()
        if not self.rhs_is_direct_value():
            return prepared
        return [value for value in prepared if not isinstance(value, int) or value in _NUMBERS]
