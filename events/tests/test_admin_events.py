"""Events in the administration."""

# ruff: noqa: E501 -- sentences in tables read better whole

from datetime import UTC, date, datetime, time

import pytest

from events.models import Event, EventChange
from events.tests.factories import LONG_AGO, get_cycle, make_cycle, make_event
from events.tests.pages import texts_of
from foundation import history
from foundation.models import HistoryEntry

pytestmark = pytest.mark.django_db
LIST = "/admin/events/event/"


@pytest.fixture
def staff(cast, log_in):
    return log_in(cast.editor)


def form(event=None, **fields):
    """What the browser would send."""
    data = {
        "title": "Briefing",
        "kind": "briefing",
        "description": "",
        "language": "en",
        "cycle": get_cycle().pk,
        "slug": "",
        "revision": "",
        "precision": "day",
        "starts_on": "2021-07-08",
        "last_day": "",
        "date_confirmed": "on",
        "zone": "Europe/Zurich",
        "mode": "",
        "status": "scheduled",
        "source_key": "",
        "changes-TOTAL_FORMS": "0",
        "changes-INITIAL_FORMS": "0",
    }
    if event:
        data |= {"slug": event.slug, "source_key": event.source_key, "revision": event.updated_at.isoformat()}
    return data | fields


def errors(response):
    assert response.status_code == 200
    return texts_of(response.content.decode(), "errorlist")


def test_new_event_is_saved_by_the_workflow_and_stays_private(staff, cast):
    response = staff.post(f"{LIST}add/", form(last_day="2021-07-09"))

    event = Event.objects.get()
    assert (response.status_code, response["Location"]) == (302, LIST)
    assert (event.starts_on, event.ends_before, event.slug) == (date(2021, 7, 8), date(2021, 7, 10), "briefing")
    assert (event.published_at, event.source_key) == (None, "briefing-2021-07-08")
    assert [(entry.verb, entry.actor) for entry in history.of(event)] == [("event.created", cast.editor)]


def test_key_of_another_event_is_refused_even_when_the_cycle_stays(staff):
    event, other = make_event(published_at=LONG_AGO), make_event()
    response = staff.post(f"{LIST}{event.pk}/change/", form(event, source_key=other.source_key))

    assert errors(response) == ["Another event of this roadmap has this key."]


@pytest.mark.parametrize(
    ("fields", "starts_on", "ends_before"),
    [
        (
            {"precision": "month", "starts_on": "2021-05-20", "last_day": "2021-06-02"},
            date(2021, 5, 1),
            date(2021, 7, 1),
        ),
        ({"precision": "quarter", "starts_on": "2021-08-20"}, date(2021, 7, 1), date(2021, 10, 1)),
        ({"precision": "year", "starts_on": "2021-08-20"}, date(2021, 1, 1), date(2022, 1, 1)),
        ({"precision": "unknown", "starts_on": ""}, None, None),
    ],
)
def test_spans_become_whole(staff, fields, starts_on, ends_before):
    staff.post(f"{LIST}add/", form(**fields))

    event = Event.objects.get()
    assert (event.starts_on, event.ends_before, event.precision) == (starts_on, ends_before, fields["precision"])


BAD_DATES = "The last day cannot come before the first, and years go from 1950 to 2199."


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"last_day": "2021-07-07"}, BAD_DATES),
        ({"starts_on": "0001-01-01"}, BAD_DATES),
        ({"last_day": "9999-12-31"}, BAD_DATES),
        ({"starts_on": "0001-01-01", "start_time": "00:00", "zone": "Asia/Tokyo"}, "Choose another day: no calendar goes so far."),
        ({"description": "x" * 5001}, "Ensure this value has at most 5000 characters (it has 5001)."),
        ({"language": "English"}, "Write a language code such as en, fr or ar."),
        ({"starts_on": ""}, "Give the first day, or choose “not known yet” as the precision."),
        ({"precision": "unknown"}, "Leave both days empty while the date is not known."),
        ({"starts_on": "tomorrow"}, "Enter a valid date."),
        ({"precision": "week"}, "Select a valid choice. week is not one of the available choices."),
        ({"zone": "Mars/Base"}, "Select a valid choice. Mars/Base is not one of the available choices."),
        ({"end_time": "17:00"}, "An end time needs a start time."),
        ({"start_time": "17:00", "end_time": "15:00"}, "The end must come after the beginning."),
        ({"start_time": "17:00", "precision": "month"}, "A time needs an exact day."),
        ({"starts_on": "2021-03-28", "start_time": "02:30"}, "On this day the clocks of Europe/Zurich pass over 02:30. Choose another time."),
        ({"slug": "admin"}, "This word is an address of the portal. Choose another."),
        ({"slug": "no spaces"}, "Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."),
        ({"title": ""}, "This field is required."),
        ({"title": "x" * 251}, "Ensure this value has at most 250 characters (it has 251)."),
        ({"title": "a\x00b"}, "Null characters are not allowed."),
        ({"links": "Trap | javascript:alert(1)"}, "Line 1: write a label, a bar, and a web address (https://…)."),
        ({"audiences": ["state", "martians"]}, "Select a valid choice. martians is not one of the available choices."),
        ({"registration_url": "ftp://reg.example/"}, "Write a web address that begins with https://."),
        ({"registration_url": "https://un.org@reg.example/"}, "Write a web address that begins with https://."),
        ({"registration_url": f"https://reg.example/{'x' * 500}"}, "Ensure this value has at most 500 characters (it has 520)."),
        ({"cycle": "0"}, "Select a valid choice. That choice is not one of the available choices."),
    ],
)  # fmt: skip
def test_bad_input_is_told_and_nothing_is_saved(staff, fields, sentence):
    response = staff.post(f"{LIST}add/", form(**fields))

    assert sentence in " ".join(errors(response))
    assert (Event.objects.count(), HistoryEntry.objects.count()) == (0, 0)


def test_taken_address_is_told(staff):
    make_event(slug="briefing")

    assert errors(staff.post(f"{LIST}add/", form(slug="briefing")))[-1] == "Event with this Address already exists."


def test_text_is_cleaned_and_links_are_kept(staff):
    staff.post(
        f"{LIST}add/", form(title="A\u202eb\tc", description="One\r\nTwo\x07", links="Note | https://a.example/\n")
    )

    event = Event.objects.get()
    assert (event.title, event.description) == ("A b c", "One\nTwo")
    assert event.links == [{"label": "Note", "url": "https://a.example/"}]


def test_groups_and_registration_are_kept(staff):
    event = make_event(title="Briefing")
    fields = {"audiences": ["state", "refugee-led"], "registration_url": "https://reg.example/1"}

    staff.post(f"{LIST}{event.pk}/change/", form(event, **fields))
    page = staff.get(f"{LIST}{event.pk}/change/").content.decode()

    event.refresh_from_db()
    assert (event.audiences, event.registration_url) == (["state", "refugee-led"], "https://reg.example/1")
    assert page.count(" checked") == 3
    assert 'value="https://reg.example/1"' in page
    assert history.of(event).get().changes == {
        "audiences": ["[]", "['state', 'refugee-led']"],
        "registration_url": ["", "https://reg.example/1"],
    }


def test_form_shows_last_day_and_links_as_lines(staff):
    event = make_event(
        ends_before=date(2021, 7, 10), links=[{"label": "Note", "url": "https://a.example/"}], start_time=time(15)
    )

    page = staff.get(f"{LIST}{event.pk}/change/").content.decode()

    assert 'name="last_day" value="2021-07-09"' in page
    assert 'name="starts_on" value="2021-07-08"' in page
    assert "Note | https://a.example/" in page
    assert "Saving does not publish." in page


def test_edit_of_a_public_event_is_announced(staff, cast):
    event = make_event(title="Briefing")

    first = staff.post(f"{LIST}{event.pk}/change/", form(event, place="Geneva", change_reason="A larger room."))
    assert (first.status_code, event.changes.count()) == (200, 0)
    assert "Saving will announce: Place: not said → Geneva." in first.content.decode()
    staff.post(
        f"{LIST}{event.pk}/change/", form(event, place="Geneva", change_reason="A larger room.", seen=seen(first))
    )

    event.refresh_from_db()
    change = event.changes.get()
    assert (event.place, event.sequence, event.published_at) == ("Geneva", 1, LONG_AGO)
    assert (change.field, change.actor, change.announced, change.reason) == (
        "where",
        cast.editor,
        True,
        "A larger room.",
    )


def seen(response) -> str:
    """The name of the changes that a page has shown."""
    return response.context["adminform"].form["seen"].value()


def test_what_was_seen_is_announced_and_nothing_else(staff):
    event = make_event(title="Briefing")
    first = staff.post(f"{LIST}{event.pk}/change/", form(event, place="Geneva"))

    again = staff.post(f"{LIST}{event.pk}/change/", form(event, place="Bern", seen=seen(first)))

    assert "Place: not said → Bern" in again.content.decode()
    assert event.changes.count() == 0


def test_what_only_corrects_a_mistake_is_saved_at_once_and_not_told(staff, client):
    event = make_event(title="Briefing")

    response = staff.post(f"{LIST}{event.pk}/change/", form(event, place="Geneva", only_corrects="on"))

    event.refresh_from_db()
    assert (response.status_code, event.place, event.sequence) == (302, "Geneva", 1)
    assert event.changes.get().announced is False
    assert "What changed" not in client.get(event.get_absolute_url()).content.decode()


def test_a_draft_and_a_typo_are_saved_at_once(staff):
    draft, public = make_event(title="Draft", published_at=None), make_event(title="Breifing")

    statuses = [
        staff.post(f"{LIST}{draft.pk}/change/", form(draft, place="Geneva")).status_code,
        staff.post(f"{LIST}{public.pk}/change/", form(public, title="Briefing")).status_code,
    ]

    assert (statuses, EventChange.objects.count()) == ([302, 302], 0)


def test_saving_without_edits_changes_nothing(staff):
    event = make_event(title="Briefing", links=[{"label": "Note", "url": "https://a.example/"}])

    staff.post(f"{LIST}{event.pk}/change/", form(event, links="Note | https://a.example/"))

    event.refresh_from_db()
    assert (event.updated_at, HistoryEntry.objects.count()) == (LONG_AGO, 0)


def test_address_and_cycle_of_a_public_event_cannot_be_edited(staff):
    event = make_event(title="Briefing", slug="first")

    response = staff.post(f"{LIST}{event.pk}/change/", form(event, slug="second", cycle=make_cycle().pk))

    event.refresh_from_db()
    assert (response.status_code, event.slug, event.cycle) == (302, "first", get_cycle())


def test_second_of_two_editors_sees_what_the_first_saved_and_loses_nothing(staff):
    event = make_event(title="Briefing")
    stale = form(event, title="Mine")
    Event.objects.filter(pk=event.pk).update(title="Theirs", updated_at=datetime(2021, 1, 1, tzinfo=UTC))

    response = staff.post(f"{LIST}{event.pk}/change/", stale)

    assert "Title is now “Theirs”" in " ".join(errors(response))
    assert 'value="Mine"' in response.content.decode()
    assert 'value="2021-01-01T00:00:00+00:00"' in response.content.decode()
    assert Event.objects.get().title == "Theirs"


def test_publish_and_withdraw_from_the_list(staff, client):
    events = [make_event(published_at=None), make_event(published_at=None)]
    chosen = {"_selected_action": [event.pk for event in events]}

    published = staff.post(LIST, chosen | {"action": "publish"}, follow=True).content.decode()
    seen = [client.get(event.get_absolute_url()).status_code for event in events]
    withdrawn = staff.post(LIST, chosen | {"action": "withdraw"}, follow=True).content.decode()

    assert ("2 events became public." in published, "2 events were withdrawn." in withdrawn) == (True, True)
    assert seen == [200, 200]
    assert Event.objects.for_public().count() == 0


def test_preview_shows_what_is_not_public(staff, cast, log_in):
    event = make_event(make_cycle(published_at=None), title="Secret briefing", published_at=None)

    response = staff.get(f"{LIST}{event.pk}/preview/")

    assert texts_of(response.content.decode(), "event-head")[0].startswith("8 July 2021 Secret briefing")
    assert "Preview for staff" in response.content.decode()
    assert log_in(cast.reviewer).get(f"{LIST}{event.pk}/preview/").status_code == 200


def test_preview_is_for_staff_only(client, cast, log_in):
    event = make_event(published_at=None)
    path = f"{LIST}{event.pk}/preview/"

    statuses = [visitor.get(path).status_code for visitor in (client, log_in(cast.focal_point), log_in(cast.editor))]

    assert statuses == [302, 403, 200]
    assert log_in(cast.superuser).get(f"{LIST}999999/preview/").status_code == 404


def test_preview_leads_on_to_previews(staff):
    first, second = make_event(title="First", published_at=None), make_event(title="Second", published_at=None)

    page = staff.get(f"{LIST}{first.pk}/preview/").content.decode()

    assert f'rel="next" href="{LIST}{second.pk}/preview/"' in page
    assert ".ics" not in page


def test_reviewers_read_but_do_not_write(cast, log_in):
    event = make_event()
    reviewer = log_in(cast.reviewer)

    assert reviewer.get(LIST).status_code == 200
    assert reviewer.get(f"{LIST}{event.pk}/change/").status_code == 200
    assert reviewer.post(f"{LIST}{event.pk}/change/", form(event, title="X")).status_code == 403
    reviewer.post(LIST, {"action": "withdraw", "_selected_action": [event.pk]})
    assert Event.objects.for_public().get().title == event.title


@pytest.mark.parametrize("published_at", [LONG_AGO, None])
def test_only_what_was_never_public_can_be_deleted(cast, log_in, published_at):
    event = make_event(published_at=published_at)
    superuser = log_in(cast.superuser)

    response = superuser.post(f"{LIST}{event.pk}/delete/", {"post": "yes"})

    assert response.status_code == (403 if published_at else 302)
    assert Event.objects.exists() == bool(published_at)
    assert "delete_selected" not in superuser.get(LIST).content.decode()


def test_changes_are_read_only(cast, log_in):
    event = make_event()
    change = EventChange.objects.create(
        event=event, at=LONG_AGO, field="place", old="Bern", new="Geneva", announced=True
    )
    superuser = log_in(cast.superuser)

    page = superuser.get(f"{LIST}{event.pk}/change/").content.decode()
    data = form(event) | {
        "changes-TOTAL_FORMS": "1",
        "changes-INITIAL_FORMS": "1",
        "changes-0-id": change.pk,
        "changes-0-event": event.pk,
        "changes-0-DELETE": "on",
        "changes-0-new": "Forged",
    }
    superuser.post(f"{LIST}{event.pk}/change/", data)

    assert "Bern" in page
    assert EventChange.objects.filter(new="Geneva").count() == 1


def test_list_says_dates_as_the_public_reads_them(staff):
    make_event(
        title="Window",
        precision="month",
        starts_on=date(2021, 5, 1),
        ends_before=date(2021, 7, 1),
        date_confirmed=False,
    )
    make_event(title="Some day", precision="unknown", starts_on=None, ends_before=None)
    make_event(title="First", starts_on=date(2021, 1, 27), ends_before=date(2021, 1, 28))

    page = staff.get(LIST).content.decode()

    assert texts_of(page, "field-when") == [
        "27 January 2021",
        "May–June 2021 (to be confirmed)",
        "Date to be announced",
    ]
    assert texts_of(page, "field-title") == ["First", "Window", "Some day"]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("?public=no", ["Hidden"]),
        ("?public=yes", ["Shown"]),
        ("?public=maybe", ["Hidden", "Shown"]),
        ("?q=shown", ["Shown"]),
        ("?q=%00", ["Hidden", "Shown"]),
        ("?status=cancelled", ["Hidden"]),
        ("?kind__exact=other", []),
        ("?date_confirmed__exact=0", []),
        ("?starts_on__year=2021&starts_on__month=7", ["Hidden", "Shown"]),
        ("?p=9999999", ["Hidden", "Shown"]),
    ],
)
def test_filters_and_search(staff, query, titles):
    make_event(title="Hidden", published_at=None, status="cancelled")
    make_event(title="Shown")

    response = staff.get(f"{LIST}{query}", follow=True)

    assert response.status_code == 200
    assert sorted(texts_of(response.content.decode(), "field-title")) == titles


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number_of_rows(staff, django_assert_num_queries, count):
    for day in range(1, count + 1):
        make_event(make_cycle(), starts_on=date(2021, 7, day), ends_before=date(2021, 7, day + 1))
    staff.get(LIST)

    with django_assert_num_queries(11):
        page = staff.get(LIST).content.decode()

    assert len(texts_of(page, "field-title")) == count


@pytest.mark.parametrize("count", [1, 3])
def test_form_costs_the_same_for_any_number_of_changes(staff, cast, django_assert_num_queries, count):
    event = make_event()
    for _ in range(count):
        EventChange.objects.create(event=event, at=LONG_AGO, field="place", actor=cast.editor)
    staff.get(f"{LIST}{event.pk}/change/")

    with django_assert_num_queries(10):
        page = staff.get(f"{LIST}{event.pk}/change/").content.decode()

    assert len(texts_of(page, "field-old")) == count
