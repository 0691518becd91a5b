"""Cycles in the administration."""

import pytest
from django.contrib.admin.models import LogEntry

from events.models import Cycle
from events.tests.factories import get_cycle, make_cycle, make_event
from events.tests.pages import texts_of
from events.workflow import make_current

pytestmark = pytest.mark.django_db
LIST = "/admin/events/cycle/"


@pytest.fixture
def staff(cast, log_in):
    return log_in(cast.editor)


def act(visitor, action, *cycles):
    data = {"action": action, "_selected_action": [cycle.pk for cycle in cycles]}
    return visitor.post(LIST, data, follow=True).content.decode()


def test_cycle_is_published_and_withdrawn_with_its_roadmap(staff, client):
    cycle = make_cycle("next", published_at=None)
    statuses = [client.get("/calendar/next/").status_code]
    for action in ("publish", "withdraw"):
        assert "Done for 1 of the chosen cycles." in act(staff, action, cycle)
        statuses.append(client.get("/calendar/next/").status_code)

    assert statuses == [404, 200, 404]
    assert LogEntry.objects.filter(object_id=str(cycle.pk)).count() == 2


def test_exactly_one_cycle_becomes_current(staff):
    first, second = make_cycle(), make_cycle()
    make_current(cycle=first)

    assert "Choose exactly one cycle to be current." in act(staff, "make_current", first, second)
    assert Cycle.objects.get(is_current=True) == first
    assert "Done for 1 of the chosen cycles." in act(staff, "make_current", second)
    assert Cycle.objects.get(is_current=True) == second


def test_new_cycle_is_private(staff):
    data = {
        "title": "Next meeting",
        "slug": "next",
        "kind": "forum",
        "zone": "Europe/Zurich",
        "starts_on": "",
        "ends_on": "",
    }

    assert staff.post(f"{LIST}add/", data).status_code == 302
    assert (Cycle.objects.get(slug="next").published_at, Cycle.objects.get(slug="next").is_current) == (None, False)


@pytest.mark.parametrize("days", [("0001-01-01", "2021-12-15"), ("2021-12-14", "9999-12-31")])
def test_years_that_no_page_can_show_are_refused(staff, days):
    data = {"title": "Next", "slug": "next", "kind": "forum", "zone": "UTC", "starts_on": days[0], "ends_on": days[1]}
    response = staff.post(f"{LIST}add/", data)

    assert "Years go from 1950 to 2199." in texts_of(response.content.decode(), "errorlist")
    assert not Cycle.objects.filter(slug="next").exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"zone": "Mars/Base"}, "Select a valid choice. Mars/Base is not one of the available choices."),
        ({"slug": "feed"}, "This word is an address of the portal. Choose another."),
        (
            {"starts_on": "2021-12-15", "ends_on": "2021-12-14"},
            "Give both days, the last not before the first, or none.",
        ),
        ({"starts_on": "2021-12-15"}, "Give both days, the last not before the first, or none."),
    ],
)
def test_bad_input_is_told(staff, fields, sentence):
    data = {"title": "T", "slug": "next", "kind": "forum", "zone": "Europe/Zurich", "starts_on": "", "ends_on": ""}

    response = staff.post(f"{LIST}add/", data | fields)

    assert sentence in " ".join(texts_of(response.content.decode(), "errorlist"))
    assert not Cycle.objects.filter(title="T").exists()


def test_address_stays_and_cycles_are_never_deleted(cast, log_in):
    superuser, cycle = log_in(cast.superuser), get_cycle()
    data = {
        "title": "Renamed",
        "slug": "other",
        "kind": "forum",
        "zone": "Europe/Zurich",
        "starts_on": "",
        "ends_on": "",
    }

    superuser.post(f"{LIST}{cycle.pk}/change/", data)

    assert (Cycle.objects.get(pk=cycle.pk).title, Cycle.objects.get(pk=cycle.pk).slug) == ("Renamed", "hlom-2021")
    assert superuser.post(f"{LIST}{cycle.pk}/delete/", {"post": "yes"}).status_code == 403


def test_preview_shows_all_rows_to_staff_only(staff, client, cast, log_in):
    cycle = make_cycle(published_at=None)
    make_event(cycle, title="Draft row", published_at=None)
    path = f"{LIST}{cycle.pk}/preview/"

    page = staff.get(path).content.decode()

    assert texts_of(page, "roadmap-title") == ["Draft row"]
    assert "not public" in texts_of(page, "roadmap-facts")[0]
    assert [client.get(path).status_code, log_in(cast.focal_point).get(path).status_code] == [302, 403]
    assert staff.get(f"{LIST}999999/preview/").status_code == 404


def test_reviewers_do_not_write(cast, log_in):
    cycle = get_cycle()

    act(log_in(cast.reviewer), "withdraw", cycle)

    assert Cycle.objects.get(pk=cycle.pk).published_at is not None


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number_of_events(staff, django_assert_num_queries, count):
    for _ in range(count):
        make_event(get_cycle())
        make_cycle()
    staff.get(LIST)

    with django_assert_num_queries(8):
        page = staff.get(LIST).content.decode()

    assert str(count) in texts_of(page, "field-events_count")


def test_an_edited_cycle_is_read_at_once_from_pages_that_are_kept(staff, client, settings):
    settings.CACHES = settings.CACHES | {
        "pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "test-cycles"}
    }
    cycle = make_cycle("next", title="Before")
    client.get("/calendar/next/")

    data = {"title": "After", "kind": cycle.kind, "zone": cycle.zone, "starts_on": "", "ends_on": ""}
    staff.post(f"{LIST}{cycle.pk}/change/", data)

    assert "<h1>After</h1>" in client.get("/calendar/next/").content.decode()
