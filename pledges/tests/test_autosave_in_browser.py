"""The form saves by itself in Chromium, under the portal's own policy, and the writer's text is never lost."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from conftest import Cast
from hlom_portal.tests.browser import WIDE, Complaints, chromium
from pledges import workflow
from pledges.content import empty_content
from pledges.models import ProgressUpdate

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARRATIVE = "textarea[name=narrative]"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, cast: Cast) -> Iterator[Page]:
    with logged_in(browser, live_server, cast) as opened:
        yield opened


@contextmanager
def logged_in(browser: Browser, live_server: LiveServer, cast: Cast) -> Iterator[Page]:
    """The form, in a browser and a session of their own."""
    client = Client()
    client.force_login(cast.focal_point)
    complaints = Complaints()
    with browser.new_context(viewport=WIDE) as context:
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        opened = context.new_page()
        complaints.listen(opened)
        opened.goto(f"{live_server.url}/my/pledges/{cast.pledge.reference}/update/")
        yield opened
    assert complaints.lines == []


def write(page: Page, text: str) -> None:
    """Types into the narrative and leaves it."""
    page.fill(NARRATIVE, text)
    page.locator(NARRATIVE).blur()


def test_leaving_a_field_saves_and_the_button_still_works(page: Page) -> None:
    write(page, "First")
    expect(page.locator(".autosave")).to_contain_text("Saved by itself")
    write(page, "First and second")
    page.get_by_role("button", name="Save draft").click()

    expect(page.get_by_text("The draft was saved")).to_be_visible()
    assert ProgressUpdate.objects.get().narrative == "First and second"
    assert page.input_value(NARRATIVE) == "First and second"


def test_time_alone_saves_too(page: Page) -> None:
    page.clock.install()
    page.reload()
    page.locator(NARRATIVE).press_sequentially("Half a")
    page.clock.run_for(20_000)

    expect(page.locator(".autosave")).to_contain_text("Saved by itself")
    assert ProgressUpdate.objects.get().narrative == "Half a"


@pytest.mark.parametrize("leave", [Page.close, lambda page: page.goto("about:blank")], ids=["closed tab", "left page"])
def test_who_leaves_without_a_button_finds_the_text_elsewhere(
    page: Page, browser: Browser, live_server: LiveServer, cast: Cast, leave: Callable[[Page], None]
) -> None:
    page.locator(NARRATIVE).press_sequentially("Half a")
    leave(page)
    until = time.monotonic() + 20
    while not ProgressUpdate.objects.exists() and time.monotonic() < until:
        time.sleep(0.1)

    with logged_in(browser, live_server, cast) as elsewhere:
        assert elsewhere.input_value(NARRATIVE) == "Half a"


def test_after_the_session_ended_the_text_stays_and_the_button_leads_on(page: Page) -> None:
    Session.objects.all().delete()
    write(page, "Written at night")

    expect(page.locator(".autosave")).to_contain_text("Not saved: you are logged out.")
    assert page.input_value(NARRATIVE) == "Written at night"
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("body")).to_contain_text("Written at night")


def test_what_a_colleague_saved_meanwhile_is_shown_beside_ones_own(page: Page, cast: Cast) -> None:
    write(page, "Mine")
    expect(page.locator(".autosave")).to_contain_text("Saved by itself")
    update = ProgressUpdate.objects.get()
    workflow.save_draft(
        at=update.saved_at,
        actor=cast.colleague,
        pledge=cast.pledge,
        stakeholder=cast.ngo,
        revision=update.revision,
        fields=empty_content(narrative="Of the colleague"),
    )
    write(page, "Mine, longer")
    expect(page.locator(".autosave")).to_contain_text("changed elsewhere")
    page.get_by_role("button", name="Save draft").click()

    expect(page.locator("main")).to_contain_text("Of the colleague")
    expect(page.locator("main")).to_contain_text("Mine, longer")
    assert ProgressUpdate.objects.get().narrative == "Of the colleague"
