"""What staff do with the roadmap: one verb, one function; each writes its history in the same transaction."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from events.dates import date_words
from events.facts import FACTS, ChangedFacts, as_text, changed_facts
from events.models import RESERVED_SLUGS, Cycle, Event, EventChange
from events.publishing import Differences, differences_between, set_published, was_ever_public
from events.stamp import CALENDAR
from foundation import history
from foundation.stamps import raise_stamp

EDITABLE = (
    "cycle_id",
    "slug",
    "source_key",
    "title",
    "description",
    "language",
    "kind",
    *(field for fields in FACTS.values() for field in fields),
    "status_reason",
    "links",
    "audiences",
    "registration_url",
)
_LONGEST_SLUG = 120
_LONGEST_KEY = 80
# How often a new address is tried when others take the same one at the same moment.
_TRIES = 5


@transaction.atomic
def save_event(
    *, at: datetime, actor: User | None, event: Event, announce: bool = True, reason: str = ""
) -> Differences:
    """Saves a new or edited event and returns what is different now, by field.

    Side effects: history; for a published event a public change for every fact that changed, with ``reason``
    beside it; a higher ``sequence`` when what calendars act on changed. Without ``announce`` the change only
    corrects a mistake: calendars follow, but nobody is told. Nothing different: nothing is written. Raises
    ValidationError when the address of an event that was ever public would change.
    """
    if event.pk is None:
        return _create(at=at, actor=actor, event=event)
    stored = Event.objects.select_for_update().get(pk=event.pk)
    differences = differences_between(stored, event, EDITABLE)
    if not differences:
        return {}
    if "slug" in differences and was_ever_public(stored):
        raise ValidationError({"slug": _("The address of an event that was public cannot change.")})
    facts = changed_facts(stored, event)
    event.updated_at = at
    event.sequence = stored.sequence + bool(facts)
    event.save(update_fields=[*differences, "updated_at", "sequence"])
    if stored.published_at is not None and facts:
        explained = reason or _reason_of_status(event, differences)
        _write_changes(at=at, actor=actor, event=event, facts=facts, announced=announce, reason=explained)
    history.record(at=at, actor=actor, verb="event.changed", subject=event, changes=_as_json(differences))
    raise_stamp(CALENDAR)
    return differences


def _create(*, at: datetime, actor: User | None, event: Event) -> Differences:
    event.updated_at = at
    event.sequence = 0
    event.published_at = None
    wanted = event.slug or slugify(event.title) or "event"
    event.source_key = event.source_key or _free_key(event)
    for attempt in range(_TRIES):
        event.slug = free_slug(wanted, event)
        try:
            with transaction.atomic():
                event.save(force_insert=True)
            break
        except IntegrityError:
            # Somebody else took the address between the look and the write; anything else fails again.
            if attempt == _TRIES - 1 or not Event.objects.filter(slug=event.slug).exists():
                raise
            event.pk = None
    raise_stamp(CALENDAR)
    changes = {"title": event.title, "slug": event.slug}
    history.record(at=at, actor=actor, verb="event.created", subject=event, changes=changes)
    return {"title": ("", event.title)}


def free_slug(wanted: str, event: Event) -> str:
    """``wanted`` if no event has it, else with the date in words, else with a number."""
    taken = set(Event.objects.filter(slug__startswith=wanted[: _LONGEST_SLUG // 2]).values_list("slug", flat=True))
    taken.update(RESERVED_SLUGS)
    when = slugify(date_words(event.starts_on, event.ends_before, event.precision, with_year=True).replace("–", "-"))
    endings = ["", f"-{when}" if event.starts_on else "", *(f"-{number}" for number in range(2, len(taken) + 3))]
    candidates = (f"{wanted[: _LONGEST_SLUG - len(ending)].rstrip('-')}{ending}" for ending in endings)
    return next(slug for slug in candidates if slug not in taken)


def _free_key(event: Event) -> str:
    day = event.starts_on.isoformat() if event.starts_on else "unknown"
    key = f"{slugify(event.title)[:60]}-{day}"
    taken = set(
        Event.objects.filter(cycle_id=event.cycle_id, source_key__startswith=key).values_list("source_key", flat=True)
    )
    numbered = (f"{key}-{number}"[:_LONGEST_KEY] for number in range(2, len(taken) + 3))
    return next(candidate for candidate in [key, *numbered] if candidate not in taken)


def _reason_of_status(event: Event, differences: Differences) -> str:
    called_off = "status" in differences and event.status != Event.Status.SCHEDULED
    return event.status_reason if called_off or "status_reason" in differences else ""


def _write_changes(
    *, at: datetime, actor: User | None, event: Event, facts: ChangedFacts, announced: bool, reason: str
) -> None:
    # A reason belongs to the change it was given with: to that of the status if there is one, and it is said once.
    explained = "status" if "status" in facts else next(iter(facts))
    EventChange.objects.bulk_create(
        EventChange(
            event=event,
            at=at,
            actor=actor,
            field=fact,
            old=old,
            new=new,
            reason=reason if fact == explained else "",
            announced=announced,
        )
        for fact, (old, new) in facts.items()
    )


def _as_json(differences: Differences) -> dict[str, list[str]]:
    return {field: [as_text(old), as_text(new)] for field, (old, new) in differences.items()}


@transaction.atomic
def publish_events(*, at: datetime, actor: User | None, events: Iterable[Event]) -> int:
    """Makes events public; those that already are stay as they are. Returns how many became public."""
    return len(set_published(at=at, actor=actor, rows=events, published_at=at))


@transaction.atomic
def withdraw_events(*, at: datetime, actor: User | None, events: Iterable[Event]) -> int:
    """Takes public events from the pages and feeds; their addresses stay reserved. Returns how many."""
    return len(set_published(at=at, actor=actor, rows=events, published_at=None))


@transaction.atomic
def delete_unpublished_event(*, at: datetime, actor: User | None, event: Event) -> None:
    """Deletes an event that was never public. Raises ValidationError for any other."""
    stored = Event.objects.select_for_update().get(pk=event.pk)
    if was_ever_public(stored):
        raise ValidationError(_("This event was public. Withdraw it instead of deleting it."))
    changes = {"title": stored.title, "slug": stored.slug}
    history.record(at=at, actor=actor, verb="event.deleted", subject=stored, changes=changes)
    stored.delete()
    raise_stamp(CALENDAR)


@transaction.atomic
def publish_cycle(*, at: datetime, cycle: Cycle) -> bool:
    """Makes a cycle's page and feed public; its events keep their own state. Returns whether it was not."""
    raise_stamp(CALENDAR)
    return bool(Cycle.objects.filter(pk=cycle.pk, published_at=None).update(published_at=at))


@transaction.atomic
def withdraw_cycle(*, cycle: Cycle) -> bool:
    """Hides a cycle with its whole roadmap from everybody but staff. Returns whether it was public."""
    raise_stamp(CALENDAR)
    return bool(Cycle.objects.filter(pk=cycle.pk, published_at__isnull=False).update(published_at=None))


@transaction.atomic
def make_current(*, cycle: Cycle) -> bool:
    """Lets the home page and /calendar/ show this cycle and no other. Returns whether it did not."""
    list(Cycle.objects.select_for_update().order_by("pk"))
    Cycle.objects.exclude(pk=cycle.pk).filter(is_current=True).update(is_current=False)
    raise_stamp(CALENDAR)
    return bool(Cycle.objects.filter(pk=cycle.pk, is_current=False).update(is_current=True))
