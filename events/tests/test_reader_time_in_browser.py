"""The reader's own zone in Chromium: what its script says is what the server says."""

from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from events.reader_zone import moments_of
from events.tests.factories import get_cycle, make_event
from hlom_portal.tests.browser import WIDE, Complaints, chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAYS = [
    *("2021-03-13", "2021-03-14", "2021-03-27", "2021-03-28", "2021-07-08", "2021-10-02", "2021-10-03"),
    *("2021-10-30", "2021-10-31", "2021-11-06", "2021-11-07", "2021-12-14"),
    *("2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25", "2026-11-01"),
]
HOURS = [(time(15), time(17)), (time(1), time(4)), (time(0, 30), None)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def events() -> list:
    found = []
    for day in map(date.fromisoformat, DAYS):
        for start, end in HOURS:
            found.append(make_event(starts_on=day, ends_before=day + timedelta(1), start_time=start, end_time=end))
    found.append(
        make_event(starts_on=date(2021, 12, 14), ends_before=date(2021, 12, 16), start_time=time(9), end_time=time(18))
    )
    return found


def lines(browser, server, zone, **more):
    complaints = Complaints()
    with browser.new_context(viewport=WIDE, timezone_id=zone, **more) as context:
        page = context.new_page()
        complaints.listen(page)
        page.goto(f"{server.url}/calendar/hlom-2021/")
        found = page.locator(".reader-time:visible").all_inner_texts()
    assert complaints.lines == []
    return found


@pytest.mark.parametrize(
    "zone",
    [
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Johannesburg",
        "Australia/Darwin",
        "Europe/Zurich",
        "Pacific/Apia",
    ],
)
def test_script_and_server_say_the_same(zone, browser: Browser, live_server: LiveServer, events) -> None:
    by_server = [moments_of(event).words_in(zone) for event in get_cycle().events.in_roadmap_order()]

    assert lines(browser, live_server, zone) == [words for words in by_server if words]


def test_without_script_the_form_does_it(browser: Browser, live_server: LiveServer, events) -> None:
    with browser.new_context(viewport=WIDE, timezone_id="Asia/Tokyo", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{live_server.url}/calendar/hlom-2021/?kind=briefing")
        assert page.locator(".reader-time:visible").count() == 0
        page.get_by_role("link", name="Choose your time zone").click()
        page.get_by_label("Your time zone").select_option("America/New_York")
        page.get_by_role("button", name="Show times in this zone").click()

        assert page.url == f"{live_server.url}/calendar/hlom-2021/?kind=briefing"
        assert page.locator(".reader-time:visible").first.inner_text() == (
            "= from 12 March, 18:30 in your time zone (America/New York, UTC−5)"
        )


def test_script_leaves_the_line_of_who_has_chosen(browser: Browser, live_server: LiveServer, events) -> None:
    cookie = {"name": "reader_zone", "value": "America/New_York", "url": live_server.url}
    with browser.new_context(viewport=WIDE, timezone_id="Asia/Tokyo") as context:
        context.add_cookies([cookie])
        page = context.new_page()
        page.goto(f"{live_server.url}/calendar/hlom-2021/")

        assert page.get_by_text("in your time zone (Asia/Tokyo").count() == 0
        assert page.get_by_text("in your time zone (America/New York").count() > 20


def test_address_is_copied_by_a_button_that_only_the_script_adds(browser: Browser, live_server: LiveServer) -> None:
    for script in (True, False):
        with browser.new_context(viewport=WIDE, java_script_enabled=script) as context:
            context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
            page = context.new_page()
            page.goto(f"{live_server.url}/calendar/subscribe/?cycle=hlom-2021")
            address = page.get_by_label("If nothing happens, copy this address:")
            assert page.get_by_role("button", name="Copy").count() == int(script)
            if script:
                page.get_by_role("button", name="Copy").click()
                page.get_by_text("Copied").wait_for()
                assert page.evaluate("navigator.clipboard.readText()") == address.input_value()
