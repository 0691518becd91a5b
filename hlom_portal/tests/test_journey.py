"""The main job in a browser, against the portal as it runs in production, with and without JavaScript."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Browser, BrowserContext, Page, expect

from hlom_portal.tests.browser import WIDE, Complaints, chromium
from hlom_portal.tests.portal import Portal, running_portal, text_of

pytestmark = [pytest.mark.browser, pytest.mark.redis]
STAFF, FOCAL_POINT = "staff@example.org", "focal.point@example.org"
STAKEHOLDER, PLEDGE = "Example Relief", "TST-1"
FIRST_TEXT = "Two schools have opened."
CORRECTED_TEXT = "Two schools have opened; 214 children attend."
COMMENT = "Please say how many children attend."

# The admin's own form for pledges is tested elsewhere; here the row is just there.
MAKE_PLEDGE = f"""
from datetime import datetime, UTC
from accounts.models import Stakeholder
from events.models import Cycle
from pledges.models import Pledge, PledgeParty, PledgeVersion
at = datetime(2020, 1, 1, tzinfo=UTC)
lead = Stakeholder.objects.create(slug="example-relief", name="{STAKEHOLDER}", kind="civil-society")
pledge = Pledge.objects.create(reference="{PLEDGE}", occasion=Cycle.objects.get(slug="grf-2019"), published_at=at)
version = PledgeVersion.objects.create(pledge=pledge, number=1, valid_from=at, title="Schools for 500 children")
PledgeParty.objects.create(version=version, stakeholder=lead, role="lead")
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with running_portal(tmp_path) as running:
        running.manage("createsuperuser", "--noinput", "--email", STAFF)
        running.manage("shell", "-c", MAKE_PLEDGE)
        yield running


def _ask_for_code(page: Page, portal: Portal, address: str) -> None:
    before = len(portal.sink.messages)
    page.goto(f"{portal.url}/login/")
    page.get_by_label("E-mail").fill(address)
    page.get_by_role("button", name="Mail me a code").click()
    _type_code(page, portal, address, after=before)


def _type_code(page: Page, portal: Portal, address: str, *, after: int) -> None:
    page.get_by_label("Code").fill(portal.login_code(address, after=after))
    page.get_by_role("button", name="Log in", exact=True).last.click()


def _set_up_second_factor(page: Page) -> None:
    secret = page.locator("code.secret").inner_text()
    counter = next(iter(yield_hotp_counters_from_time()))
    page.get_by_label(re.compile("code", re.IGNORECASE)).fill(format_hotp_value(hotp_value(secret, counter)))
    page.get_by_role("button", name="Set up").click()


def _staff_logs_in(page: Page, portal: Portal) -> None:
    _ask_for_code(page, portal, STAFF)
    page.goto(f"{portal.url}/admin/")
    expect(page).to_have_url(re.compile("/account/second-factor/app/"))
    _set_up_second_factor(page)
    page.goto(f"{portal.url}/admin/")
    expect(page.locator("#site-name")).to_contain_text("portal administration")


def _staff_invites(page: Page, portal: Portal) -> None:
    page.goto(f"{portal.url}/admin/accounts/stakeholder/")
    page.get_by_role("link", name=STAKEHOLDER).click()
    page.get_by_role("link", name="Invite").click()
    page.locator("#id_address").fill(FOCAL_POINT)
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("is on its way")).to_be_visible()


def _focal_point_accepts(page: Page, portal: Portal) -> None:
    mail = text_of(portal.mail_to(FOCAL_POINT, about=STAKEHOLDER))
    (link,) = re.findall(rf"{portal.url}/invitations/\S+", mail)
    page.goto(link)
    before = len(portal.sink.messages)
    page.get_by_role("button", name="Accept and mail me a code").click()
    _type_code(page, portal, FOCAL_POINT, after=before)
    expect(page).to_have_url(f"{portal.url}/my/")


def _focal_point_saves_and_submits(page: Page, portal: Portal) -> None:
    page.goto(f"{portal.url}/my/pledges/{PLEDGE}/update/")
    page.get_by_label("Tell briefly").or_(page.locator("#id_narrative")).fill(FIRST_TEXT)
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#id_narrative")).to_have_value(FIRST_TEXT)
    page.get_by_role("radio", name="In progress").check()
    page.get_by_role("button", name="Submit for review").click()
    page.wait_for_url("**/my/receipts/**")
    receipt = page.url.rstrip("/").split("/")[-1]
    assert receipt in text_of(portal.mail_to(FOCAL_POINT, about=receipt))


def _open_review(page: Page, portal: Portal) -> None:
    page.goto(f"{portal.url}/admin/pledges/progressupdate/")
    page.get_by_role("link", name=PLEDGE).first.click()


def _staff_returns(page: Page, portal: Portal) -> None:
    _open_review(page, portal)
    expect(page.get_by_text(FIRST_TEXT).first).to_be_visible()
    page.get_by_label("On the whole").fill(COMMENT)
    page.get_by_role("button", name="Return to the stakeholder").click()


def _focal_point_corrects(page: Page, portal: Portal) -> None:
    assert COMMENT in text_of(portal.mail_to(FOCAL_POINT, about=COMMENT))
    page.goto(f"{portal.url}/my/pledges/{PLEDGE}/update/")
    expect(page.get_by_text(COMMENT)).to_be_visible()
    page.locator("#id_narrative").fill(CORRECTED_TEXT)
    page.get_by_role("button", name="Submit for review").click()
    page.wait_for_url("**/my/receipts/**")


def _staff_accepts(page: Page, portal: Portal) -> None:
    _open_review(page, portal)
    page.get_by_role("button", name="Accept and publish").click()


def _the_public_reads(page: Page, portal: Portal) -> None:
    page.goto(f"{portal.url}/pledges/{PLEDGE}/")
    expect(page.get_by_text(CORRECTED_TEXT)).to_be_visible()
    expect(page.get_by_text("In progress").first).to_be_visible()
    assert FIRST_TEXT not in page.content()
    assert COMMENT not in page.content()
    assert FOCAL_POINT not in page.content()


def _open(context: BrowserContext, complaints: Complaints) -> Page:
    page = context.new_page()
    page.set_default_timeout(10_000)
    complaints.listen(page)
    return page


@pytest.mark.parametrize("with_javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_from_invitation_to_publication(with_javascript: bool, browser: Browser, portal: Portal) -> None:
    complaints = Complaints()
    contexts = [browser.new_context(viewport=WIDE, java_script_enabled=with_javascript) for _person in range(3)]
    staff, focal_point, public = (_open(context, complaints) for context in contexts)

    _staff_logs_in(staff, portal)
    _staff_invites(staff, portal)
    _focal_point_accepts(focal_point, portal)
    _focal_point_saves_and_submits(focal_point, portal)
    _staff_returns(staff, portal)
    _focal_point_corrects(focal_point, portal)
    _staff_accepts(staff, portal)

    assert portal.mail_to(FOCAL_POINT, about=f"{portal.url}/pledges/{PLEDGE}/")
    _the_public_reads(public, portal)
    assert complaints.lines == []
