"""Rows for tests of findings."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from pledges.models import Theme
from stocktaking.models import Finding

_numbers = count(1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def make_finding(text: str = "", *, theme: str = "education", published: bool = True, **fields: Any) -> Finding:
    """A published finding of progress in education, unless said otherwise."""
    fields.setdefault("kind", Finding.Kind.PROGRESS)
    return Finding.objects.create(
        text=text or f"Finding {next(_numbers)}",
        theme=Theme.objects.get(slug=theme),
        published_at=LONG_AGO if published else None,
        **fields,
    )
