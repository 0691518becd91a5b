"""The focal point's two minutes: from the reminder to the submitted update, and 60 pledges in two clicks.

On PostgreSQL and Redis, in the width of a small telephone, with and without JavaScript.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from hlom_portal.tests.browser import NARROW, Complaints, chromium, overflow
from hlom_portal.tests.portal import Portal, running_portal, text_of

pytestmark = [pytest.mark.browser, pytest.mark.redis]
BOTH = pytest.mark.parametrize("with_javascript", [True, False], ids=["with JavaScript", "without JavaScript"])

# A window that opened yesterday, two people who are asked for one pledge each, and one with 60 published updates.
MAKE_PEOPLE = """
from accounts.tests.factories import make_member, make_stakeholder
from pledges.tests.factories import make_pledge, make_update
from pledges.tests.outside import make_people_due_now
window_is_open = make_people_due_now(0)
for number in (1, 2):
    stakeholder = make_stakeholder(f"One pledge {number}", slug=f"one-{number}")
    make_pledge(stakeholder)
    make_member(stakeholder, email=f"one-{number}@example.org")
for number in (1, 2):
    stakeholder = make_stakeholder(f"Sixty pledges {number}", slug=f"sixty-{number}")
    make_member(stakeholder, email=f"sixty-{number}@example.org")
    for pledge in range(60):
        make_update(make_pledge(stakeholder, title=f"Pledge {pledge} of {number}"))
"""
COUNT = """
from pledges.models import Confirmation
print(Confirmation.objects.filter(stakeholder__slug="{slug}").count())
"""


class Loads:
    """Counts the pages that a person waits for: documents of the main frame that are no redirects."""

    def __init__(self, page: Page) -> None:
        self.addresses: list[str] = []
        self._page = page
        page.on("response", self._note)

    def _note(self, response: Response) -> None:
        request = response.request
        is_page = request.resource_type == "document" and request.frame == self._page.main_frame
        if is_page and not 300 <= response.status < 400:
            self.addresses.append(f"{request.method} {response.status}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder: Path = tmp_path_factory.mktemp("portal")
    with running_portal(folder) as running:
        running.manage("shell", "-c", MAKE_PEOPLE)
        running.manage("remind")
        yield running


def _context(browser: Browser, *, with_javascript: bool) -> BrowserContext:
    return browser.new_context(viewport=NARROW, java_script_enabled=with_javascript)


def _log_in_from_reminder(page: Page, portal: Portal, address: str) -> None:
    """Follows the mail's link and types the code; ends on My pledges."""
    (link,) = set(re.findall(rf"{portal.url}/my/\S*", text_of(portal.mail_to(address, about="/my/"))))
    page.goto(link)
    before = len(portal.sink.messages)
    page.get_by_label("E-mail").fill(address)
    page.get_by_role("button", name="Mail me a code").click()
    page.get_by_label("Code").fill(portal.login_code(address, after=before))
    page.get_by_role("button", name="Log in", exact=True).last.click()
    expect(page).to_have_url(f"{portal.url}/my/")


@BOTH
def test_from_the_reminder_to_the_submitted_update_in_four_pages(
    with_javascript: bool, browser: Browser, portal: Portal
) -> None:
    address, complaints = f"one-{1 if with_javascript else 2}@example.org", Complaints()
    with _context(browser, with_javascript=with_javascript) as context:
        page = context.new_page()
        complaints.listen(page)
        loads = Loads(page)

        _log_in_from_reminder(page, portal, address)
        page.get_by_role("link", name="Report progress").click()
        page.wait_for_url("**/update/")
        page.get_by_role("radio", name="In progress").check()
        page.locator("#id_narrative").fill("Two schools have opened.")
        assert overflow(page) <= 0
        # The login, the code, My pledges, the form; what comes after the button is the receipt.
        assert loads.addresses == ["GET 200"] * 4
        page.get_by_role("button", name="Submit for review").click()
        page.wait_for_url("**/my/receipts/**")

    assert loads.addresses == ["GET 200"] * 5
    assert complaints.lines == []
    receipt = page.url.rstrip("/").split("/")[-1]
    assert receipt in text_of(portal.mail_to(address, about=receipt))


@BOTH
def test_no_significant_change_for_sixty_pledges_takes_two_clicks(
    with_javascript: bool, browser: Browser, portal: Portal
) -> None:
    slug, complaints = f"sixty-{1 if with_javascript else 2}", Complaints()
    with _context(browser, with_javascript=with_javascript) as context:
        page = context.new_page()
        complaints.listen(page)
        _log_in_from_reminder(page, portal, f"{slug}@example.org")
        page.get_by_role("link", name="confirm it for all 60 pledges at once").click()
        page.wait_for_url("**/unchanged/")
        assert overflow(page) <= 0
        page.get_by_role("button", name="Confirm for all that are ticked").click()
        expect(page.get_by_text("is noted for 60 pledges")).to_be_visible()
        assert overflow(page) <= 0

    assert complaints.lines == []
    assert portal.manage("shell", "-c", COUNT.format(slug=slug)).split()[-1] == "60"
