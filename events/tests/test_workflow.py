"""Saving, publishing and withdrawing events."""

from datetime import UTC, date, datetime, time

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from events import workflow
from events.facts import values_of
from events.models import Cycle, Event, EventChange
from events.stamp import CALENDAR
from events.tests.factories import LONG_AGO, get_cycle, make_cycle, make_event
from foundation import history
from foundation.stamps import current_stamp

pytestmark = pytest.mark.django_db
AT = datetime(2021, 9, 1, 12, tzinfo=UTC)


def verbs(event):
    return [(entry.verb, entry.actor_id, entry.at) for entry in history.of(event)]


def new_event(**fields):
    defaults = {"cycle": get_cycle(), "title": "Briefing on pledges", "kind": "briefing"}
    days = {"starts_on": date(2021, 7, 8), "ends_before": date(2021, 7, 9)}
    return Event(**(defaults | days | fields))


def test_new_event_gets_an_address_a_key_and_a_history(cast):
    event = new_event()

    workflow.save_event(at=AT, actor=cast.editor, event=event)

    event.refresh_from_db()
    assert (event.slug, event.source_key) == ("briefing-on-pledges", "briefing-on-pledges-2021-07-08")
    assert (event.updated_at, event.sequence, event.published_at) == (AT, 0, None)
    assert verbs(event) == [("event.created", cast.editor.pk, AT)]


def test_same_titles_get_readable_addresses():
    days = {"precision": "month", "starts_on": date(2021, 5, 1), "ends_before": date(2021, 7, 1)}
    events = [
        new_event(),
        new_event(),
        new_event(**days),
        new_event(),
        new_event(precision="unknown", starts_on=None, ends_before=None),
    ]
    for event in events:
        workflow.save_event(at=AT, actor=None, event=event)

    assert [event.slug for event in events] == [
        "briefing-on-pledges",
        "briefing-on-pledges-8-july-2021",
        "briefing-on-pledges-may-june-2021",
        "briefing-on-pledges-2",
        "briefing-on-pledges-3",
    ]
    assert len({event.source_key for event in events}) == 5


@pytest.mark.parametrize(
    ("title", "slug"),
    [("Admin", "admin-8-july-2021"), ("مؤتمر", "event"), ("x" * 250, "x" * 120), ("!!!", "event")],
)
def test_odd_titles_get_addresses_too(title, slug):
    event = new_event(title=title)

    workflow.save_event(at=AT, actor=None, event=event)

    assert event.slug == slug


def test_long_same_titles_stay_within_the_limit():
    events = [new_event(title="x" * 250) for _ in range(3)]
    for event in events:
        workflow.save_event(at=AT, actor=None, event=event)

    assert [len(event.slug) for event in events] == [120, 120, 120]
    assert len({event.slug for event in events}) == 3


ANNOUNCED_EDITS = [
    ("date", {"starts_on": date(2021, 7, 7)}),
    ("date", {"ends_before": date(2021, 7, 10)}),
    ("time", {"start_time": time(16)}),
    ("time", {"zone": "UTC"}),
    ("where", {"place": "Geneva"}),
    ("where", {"mode": "virtual"}),
    ("status", {"status": "postponed", "status_reason": "Travel is restricted."}),
    ("confirmed", {"date_confirmed": False}),
]


@pytest.mark.parametrize(("fact", "edit"), ANNOUNCED_EDITS)
def test_what_calendars_act_on_is_told_and_counted(cast, fact, edit):
    event = make_event(start_time=time(15))
    for field, value in edit.items():
        setattr(event, field, value)

    workflow.save_event(at=AT, actor=cast.editor, event=event)

    event.refresh_from_db()
    change = event.changes.get()
    assert (event.sequence, event.updated_at) == (1, AT)
    assert (change.field, change.at, change.actor, change.announced) == (fact, AT, cast.editor, True)
    assert change.reason == edit.get("status_reason", "")
    assert verbs(event) == [("event.changed", cast.editor.pk, AT)]


def test_change_holds_both_values_as_text():
    event = make_event(start_time=time(15))
    event.start_time, event.status = time(16, 30), "cancelled"

    workflow.save_event(at=AT, actor=None, event=event)

    assert {change.field: (values_of(change.old), values_of(change.new)) for change in event.changes.all()} == {
        "status": ({"status": "scheduled"}, {"status": "cancelled"}),
        "time": (
            {"start_time": "15:00", "end_time": "", "zone": "Europe/Zurich"},
            {"start_time": "16:30", "end_time": "", "zone": "Europe/Zurich"},
        ),
    }


def test_a_zone_without_hours_is_no_news():
    event = make_event()
    event.zone = "UTC"

    workflow.save_event(at=AT, actor=None, event=event)

    assert (event.sequence, event.changes.count()) == (0, 0)


def test_a_correction_counts_for_calendars_and_is_told_to_nobody():
    event = make_event()
    event.place = "Geneva"

    workflow.save_event(at=AT, actor=None, event=event, announce=False)

    assert (event.sequence, list(event.changes.values_list("announced", flat=True))) == (1, [False])


def test_a_reason_that_is_given_is_told():
    event = make_event()
    event.place, event.starts_on = "Geneva", date(2021, 7, 7)

    workflow.save_event(at=AT, actor=None, event=event, reason="A larger room.")

    assert sorted(event.changes.values_list("field", "reason")) == [("date", "A larger room."), ("where", "")]


def _every_verb(event, cycle):
    """Each function of the workflow that changes what pages show."""
    event.title = f"{event.title}!"
    return {
        "save": lambda: workflow.save_event(at=AT, actor=None, event=event),
        "withdraw": lambda: workflow.withdraw_events(at=AT, actor=None, events=[event]),
        "publish": lambda: workflow.publish_events(at=AT, actor=None, events=[event]),
        "create": lambda: workflow.save_event(at=AT, actor=None, event=new_event()),
        "delete": lambda: workflow.delete_unpublished_event(at=AT, actor=None, event=make_event(published_at=None)),
        "withdraw cycle": lambda: workflow.withdraw_cycle(cycle=cycle),
        "publish cycle": lambda: workflow.publish_cycle(at=AT, cycle=cycle),
        "make current": lambda: workflow.make_current(cycle=cycle),
    }


def test_every_change_says_that_pages_changed():
    event, cycle = make_event(), make_cycle()
    numbers = []
    for act in _every_verb(event, cycle).values():
        act()
        numbers.append(current_stamp(CALENDAR))

    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    "edit", [{"title": "Briefing"}, {"description": "More."}, {"links": [{"label": "a", "url": "https://a.b"}]}]
)
def test_typos_are_no_news(edit):
    event = make_event()
    for field, value in edit.items():
        setattr(event, field, value)

    workflow.save_event(at=AT, actor=None, event=event)

    event.refresh_from_db()
    assert (event.sequence, event.updated_at, event.changes.count()) == (0, AT, 0)


def test_edit_of_an_unpublished_event_is_not_announced_but_counted():
    event = make_event(published_at=None)
    event.place = "Geneva"

    workflow.save_event(at=AT, actor=None, event=event)

    assert (event.sequence, EventChange.objects.count()) == (1, 0)


def test_saving_nothing_new_changes_nothing():
    event = make_event()

    differences = workflow.save_event(at=AT, actor=None, event=event)

    event.refresh_from_db()
    assert (differences, event.updated_at, verbs(event)) == ({}, LONG_AGO, [])


def test_saving_writes_only_what_was_edited():
    event, stale = make_event(place="Bern"), None
    stale = Event.objects.get(pk=event.pk)
    workflow.publish_events(at=AT, actor=None, events=[event])
    stale.title = "Corrected"
    stale.published_at = None

    workflow.save_event(at=AT, actor=None, event=stale)

    event.refresh_from_db()
    assert (event.title, event.published_at) == ("Corrected", LONG_AGO)


def test_address_stays_once_published():
    event = make_event(published_at=None)
    workflow.publish_events(at=AT, actor=None, events=[event])
    workflow.withdraw_events(at=AT, actor=None, events=[event])
    event.refresh_from_db()
    old, event.slug = event.slug, "another"

    with pytest.raises(ValidationError, match="cannot change"):
        workflow.save_event(at=AT, actor=None, event=event)

    assert Event.objects.get(pk=event.pk).slug == old


def test_address_may_change_before():
    event = make_event(published_at=None)
    event.slug = "better"

    workflow.save_event(at=AT, actor=None, event=event)

    assert Event.objects.get(pk=event.pk).slug == "better"


def test_publishing_twice_publishes_once(cast):
    event = make_event(published_at=None)

    counts = [workflow.publish_events(at=AT, actor=cast.editor, events=[event]) for _ in range(2)]

    event.refresh_from_db()
    assert (counts, event.published_at, event.updated_at) == ([1, 0], AT, AT)
    assert verbs(event) == [("event.published", cast.editor.pk, AT)]


def test_withdrawing_hides_and_is_remembered():
    event = make_event()

    counts = [workflow.withdraw_events(at=AT, actor=None, events=Event.objects.all()) for _ in range(2)]

    event.refresh_from_db()
    assert (counts, event.published_at, event.updated_at) == ([1, 0], None, AT)
    assert verbs(event) == [("event.withdrawn", None, AT)]


def test_only_what_was_never_public_can_be_deleted():
    draft, public = make_event(published_at=None), make_event()
    workflow.delete_unpublished_event(at=AT, actor=None, event=draft)

    with pytest.raises(ValidationError, match="Withdraw it"):
        workflow.delete_unpublished_event(at=AT, actor=None, event=public)

    assert list(Event.objects.all()) == [public]
    assert [verb for verb, _actor, _at in verbs(draft)] == ["event.deleted"]


def test_one_cycle_is_current():
    first, second = make_cycle(), make_cycle()

    done = [workflow.make_current(cycle=cycle) for cycle in (first, second, second)]

    assert done == [True, True, False]
    assert list(Cycle.objects.filter(is_current=True)) == [second]


def test_cycle_is_published_and_withdrawn():
    cycle = make_cycle(published_at=None)

    assert [workflow.publish_cycle(at=AT, cycle=cycle), workflow.publish_cycle(at=AT, cycle=cycle)] == [True, False]
    assert Cycle.objects.get(pk=cycle.pk).published_at == AT
    assert [workflow.withdraw_cycle(cycle=cycle), workflow.withdraw_cycle(cycle=cycle)] == [True, False]
    assert Cycle.objects.get(pk=cycle.pk).published_at is None


@pytest.mark.parametrize(
    "days",
    [
        {"starts_on": date(2021, 12, 15), "ends_on": date(2021, 12, 14)},
        {"starts_on": date(2021, 12, 15)},
        {"ends_on": date(2021, 12, 15)},
    ],
)
def test_database_refuses_half_a_span_of_a_cycle(days):
    with pytest.raises(IntegrityError):
        make_cycle(**days)


@pytest.mark.parametrize(
    "span",
    [("0021-07-08", "0021-07-09"), ("1949-12-31", "1950-01-02"), ("2199-12-31", "2200-01-02")],
)
def test_database_refuses_years_that_nobody_can_mean(span):
    first, end = map(date.fromisoformat, span)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_event(starts_on=first, ends_before=end)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_cycle(starts_on=first, ends_on=end)


def test_reason_is_told_once_and_only_with_the_change_it_explains():
    event = make_event()
    event.status, event.place, event.status_reason = "postponed", "Bern", "A strike."
    workflow.save_event(at=AT, actor=None, event=event)
    event.place = "Geneva"
    workflow.save_event(at=AT, actor=None, event=event)
    event.status = "scheduled"
    workflow.save_event(at=AT, actor=None, event=event)

    told = [(change.field, *values_of(change.new).values(), change.reason) for change in event.changes.all()]
    assert sorted(told) == [
        ("status", "postponed", "A strike."),
        ("status", "scheduled", ""),
        ("where", "", "Bern", ""),
        ("where", "", "Geneva", ""),
    ]
