"""What can be done with a pledge itself: one verb, one function, each with its history entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from events.models import Cycle
from foundation import history
from pledges.facts import (
    PledgeFacts,
    differences,
    facts_of,
    in_words,
    versions_with_facts,
    write_version,
    write_versions,
)
from pledges.models import Pledge, PledgeVersion

# What stands on the pledge itself and can change; everything else that can change stands in its versions.
_OWN_FIELDS = ("kind", "parent", "occasion", "source_url")


@dataclass(frozen=True, kw_only=True)
class NewPledge:
    """A pledge to be: true from ``valid_from`` (else at once) and public from ``published_at``, or not yet."""

    reference: str
    occasion: Cycle
    facts: PledgeFacts
    source_url: str = ""
    valid_from: datetime | None = None
    published_at: datetime | None = None
    kind: str = Pledge.Kind.SINGLE
    parent: Pledge | None = None
    is_sample: bool = False


@transaction.atomic
def create_pledges(*, at: datetime, actor: User | None, pledges: Sequence[NewPledge]) -> list[Pledge]:
    """New pledges with their first versions; the number of statements does not depend on the number of pledges.

    Raises IntegrityError for a reference that is taken or misshapen, DoesNotExist for a party that is not here,
    ValidationError for a parent that cannot be one.
    """
    for new in pledges:
        refuse_impossible_family(None, kind=new.kind, parent=new.parent)
    own = ("reference", "kind", "parent", "occasion", "source_url", "is_sample", "published_at")
    rows = Pledge.objects.bulk_create(Pledge(**{name: getattr(new, name) for name in own}) for new in pledges)
    pairs = [
        (PledgeVersion(pledge=row, number=1, valid_from=new.valid_from or at), new.facts)
        for row, new in zip(rows, pledges, strict=True)
    ]
    write_versions(pairs)
    history.record_many(at=at, actor=actor, verb="pledge.created", subjects=((row, {}) for row in rows))
    public = [row for row in rows if row.published_at is not None]
    history.record_many(at=at, actor=actor, verb="pledge.published", subjects=((row, {}) for row in public))
    return rows


def create_pledge(
    *,
    reference: str,
    occasion: Cycle,
    facts: PledgeFacts,
    at: datetime,
    actor: User | None,
    valid_from: datetime | None = None,
    kind: str = Pledge.Kind.SINGLE,
    parent: Pledge | None = None,
    source_url: str = "",
    is_sample: bool = False,
) -> Pledge:
    """A new pledge with its first version, valid from ``valid_from`` (else ``at``) and not yet public.

    Raises IntegrityError for a reference that is taken or misshapen, ValidationError for a parent that cannot be one.
    """
    new = NewPledge(
        reference=reference,
        occasion=occasion,
        facts=facts,
        source_url=source_url,
        valid_from=valid_from,
        kind=kind,
        parent=parent,
        is_sample=is_sample,
    )
    return create_pledges(at=at, actor=actor, pledges=[new])[0]


@transaction.atomic
def revise_pledge(
    *, pledge: Pledge, facts: PledgeFacts, at: datetime, actor: User | None, **own_fields: Any
) -> dict[str, list[str]]:
    """Gives a pledge new facts and returns what changed; without a change nothing is written.

    The open version is closed at ``at`` and a new one begins there: what was true before can always be shown
    again. ``own_fields`` are those of the pledge itself: kind, parent, occasion, source_url.
    """
    locked = Pledge.objects.select_for_update(of=("self",)).select_related("occasion", "parent").get(pk=pledge.pk)
    current = versions_with_facts().get(pledge=locked, valid_until=None)
    changes = differences(facts_of(current), facts)
    if changes:
        _begin_version(current, facts, at=at)
    changes |= _change_own_fields(locked, own_fields)
    if changes:
        history.record(at=at, actor=actor, verb="pledge.revised", subject=locked, changes=changes)
    return changes


def _begin_version(current: PledgeVersion, facts: PledgeFacts, *, at: datetime) -> None:
    # A version that is dated later than now (a file of later pledges, a clock set back) never ends before it begins.
    moment = max(at, current.valid_from)
    current.valid_until = moment
    current.save(update_fields=["valid_until"])
    write_version(PledgeVersion(pledge=current.pledge, number=current.number + 1, valid_from=moment), facts)


def own_differences(pledge: Pledge, own_fields: dict[str, Any]) -> dict[str, list[str]]:
    """What of the pledge's own fields would change, as ``{field: [before, now]}``."""
    unknown = set(own_fields) - set(_OWN_FIELDS)
    if unknown:
        raise TypeError(f"not fields that can change: {sorted(unknown)}")
    pairs = {name: (getattr(pledge, name), value) for name, value in own_fields.items()}
    return {name: [in_words(before), in_words(now)] for name, (before, now) in pairs.items() if before != now}


def refuse_impossible_family(pledge: Pledge | None, *, kind: str, parent: Pledge | None) -> None:
    """Raises ValidationError by field when a pledge cannot be part of ``parent``, or others cannot be part of it."""
    key = pledge.pk if pledge else None
    if key is not None and parent is not None and key in _with_ancestors(parent.pk):
        raise ValidationError({"parent": _("A pledge is not part of itself.")})
    if parent is not None and parent.kind == Pledge.Kind.SINGLE:
        raise ValidationError(
            {"parent": _("Others can be part of a multi-stakeholder pledge or of an initiative only.")}
        )
    if kind == Pledge.Kind.SINGLE and key is not None and Pledge.objects.filter(parent=key).exists():
        raise ValidationError({"kind": _("Other pledges are part of this one, so it is not a single pledge.")})


def _with_ancestors(key: int | None) -> set[int]:
    """A pledge's key and those of all that it is part of; a ring, which should not be, ends where it closes."""
    keys: set[int] = set()
    while key is not None and key not in keys:
        keys.add(key)
        key = Pledge.objects.values_list("parent_id", flat=True).get(pk=key)
    return keys


def _change_own_fields(pledge: Pledge, own_fields: dict[str, Any]) -> dict[str, list[str]]:
    changes = own_differences(pledge, own_fields)
    if changes.keys() & {"kind", "parent"}:
        family = {"kind": pledge.kind, "parent": pledge.parent} | own_fields
        refuse_impossible_family(pledge, kind=family["kind"], parent=family["parent"])
    for name in changes:
        setattr(pledge, name, own_fields[name])
    if changes:
        pledge.save(update_fields=list(changes))
    return changes


@transaction.atomic
def publish_pledge(*, pledge: Pledge, at: datetime, actor: User | None, since: datetime | None = None) -> bool:
    """Makes a pledge public from ``since`` (else ``at``) on; False when it already was.

    ``since`` is for pledges that were public elsewhere before they came here: windows ask for what was
    published before their rules' moments.
    """
    won = Pledge.objects.filter(pk=pledge.pk, published_at=None).update(published_at=since or at)
    if won:
        history.record(at=at, actor=actor, verb="pledge.published", subject=pledge)
    return bool(won)


@transaction.atomic
def withdraw_pledge(*, pledge: Pledge, at: datetime, actor: User | None) -> bool:
    """Takes a pledge back from the public; its updates go with it. False when it was not public."""
    won = Pledge.objects.filter(pk=pledge.pk, published_at__isnull=False).update(published_at=None)
    if won:
        history.record(at=at, actor=actor, verb="pledge.withdrawn", subject=pledge)
    return bool(won)
