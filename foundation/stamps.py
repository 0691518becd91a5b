"""Numbers that tell whether what pages show has changed, so that finished answers can be kept and never be stale."""

from django.db import connection
from django.db.models import F
from django.http import HttpRequest

from foundation.models import Stamp


def raise_stamp(name: str) -> None:
    """Says, within the transaction of the change itself, that what is shown under ``name`` has changed."""
    if not Stamp.objects.filter(name=name).update(number=F("number") + 1):
        # Two first changes at once: one inserts, the other finds the row and raises it.
        Stamp.objects.bulk_create([Stamp(name=name)], ignore_conflicts=True)
        Stamp.objects.filter(name=name).update(number=F("number") + 1)


def stamp_of(request: HttpRequest, name: str) -> int:
    """The stamp as it was when this request first asked for it: one query a request, however often it is needed.

    Whoever keeps something by it must read the rows after the stamp: what is kept may be newer, never older.
    """
    read: dict[str, int] = request.__dict__.setdefault("stamps", {})
    if name not in read:
        read[name] = current_stamp(name)
    return read[name]


def current_stamp(name: str) -> int:
    """How often what is shown under ``name`` has changed. Costs one query."""
    # Asked on every request, kept pages included: building this one query costs more than the database's answer.
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM foundation_stamp WHERE name = %s", [name])
        row = cursor.fetchone()
    return int(row[0]) if row else 0
