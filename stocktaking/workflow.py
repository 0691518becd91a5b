"""What is done with findings: writing them down, publishing, withdrawing."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import User
from foundation import history
from stocktaking.models import Finding


@transaction.atomic
def save_finding(*, at: datetime, actor: User | None, finding: Finding, changed: Iterable[str] = ()) -> None:
    """Stores a finding; ``changed`` names the fields that are new. A public one shows its new words at once."""
    verb = "finding.changed" if finding.pk else "finding.added"
    finding.save()
    history.record(at=at, actor=actor, verb=verb, subject=finding, changes={"fields": sorted(changed)})


@transaction.atomic
def publish_findings(*, at: datetime, actor: User | None, findings: Iterable[Finding]) -> int:
    """Puts findings on the public list; those that are there stay. Returns how many became public."""
    return _set_published(at=at, actor=actor, findings=findings, published_at=at, verb="finding.published")


@transaction.atomic
def withdraw_findings(*, at: datetime, actor: User | None, findings: Iterable[Finding]) -> int:
    """Takes findings from the public list. Returns how many were on it."""
    return _set_published(at=at, actor=actor, findings=findings, published_at=None, verb="finding.withdrawn")


def _set_published(
    *, at: datetime, actor: User | None, findings: Iterable[Finding], published_at: datetime | None, verb: str
) -> int:
    # Always in the same order, so that two people who do the same at once wait instead of blocking each other.
    rows = Finding.objects.select_for_update().filter(pk__in=[finding.pk for finding in findings]).order_by("pk")
    to_change = [row for row in rows if (row.published_at is None) != (published_at is None)]
    for row in to_change:
        row.published_at = published_at
        row.save(update_fields=["published_at"])
        history.record(at=at, actor=actor, verb=verb, subject=row)
    return len(to_change)
