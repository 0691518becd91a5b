"""Files on the form of an update in Chromium: sent once, by the button; a hostile one that slipped in does nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from conftest import Cast
from foundation.tests.files import PDF, picture
from hlom_portal.tests.browser import NARROW, WIDE, Complaints, axe_violations, chromium, overflow
from pledges.models import EvidenceFile, ProgressUpdate
from pledges.tests.factories import make_evidence, make_pledge, make_update

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NARRATIVE = "textarea[name=narrative]"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def open_for(cast: Cast, browser: Browser, live_server: LiveServer, **options: object) -> BrowserContext:
    """A browser in which the focal point is logged in."""
    client = Client()
    client.force_login(cast.focal_point)
    context = browser.new_context(**options)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    return context


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, cast: Cast) -> Iterator[Page]:
    complaints = Complaints()
    with open_for(cast, browser, live_server, viewport=WIDE) as context:
        opened = context.new_page()
        complaints.listen(opened)
        opened.goto(f"{live_server.url}/my/pledges/{cast.pledge.reference}/update/")
        yield opened
    assert complaints.lines == []


def test_what_saves_by_itself_leaves_the_file_to_the_button(page: Page) -> None:
    page.set_input_files("input[type=file]", {"name": "Plan.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.fill("input[name=caption]", "The plan")
    page.fill(NARRATIVE, "Four schools")
    page.locator(NARRATIVE).blur()
    expect(page.locator(".autosave")).to_contain_text("Saved by itself")
    assert (ProgressUpdate.objects.get().narrative, EvidenceFile.objects.count()) == ("Four schools", 0)

    page.get_by_role("button", name="Attach the file").click()

    expect(page.locator(".file-row")).to_contain_text("plan.pdf")
    assert EvidenceFile.objects.get().caption == "The plan"
    page.get_by_role("button", name="Take out").click()
    expect(page.get_by_text("The file was taken out.")).to_be_visible()
    assert page.input_value(NARRATIVE) == "Four schools"
    assert not EvidenceFile.objects.exists()


def test_a_file_that_is_too_large_is_not_sent_at_all(page: Page) -> None:
    large = {"name": "Film.pdf", "mimeType": "application/pdf", "buffer": PDF + bytes(10 * 1024 * 1024)}
    page.set_input_files("input[type=file]", large)

    expect(page.get_by_text("The file is larger than 10 MB.")).to_be_visible()
    assert page.input_value("input[type=file]") == ""


@pytest.mark.parametrize("without_script", [False, True])
def test_a_page_that_had_slipped_in_runs_nothing(
    browser: Browser, live_server: LiveServer, cast: Cast, without_script: bool
) -> None:
    file = make_evidence(make_update(cast.pledge))
    file.file.save("x", ContentFile(b"<html><script>document.title = 'ran'</script>"))
    EvidenceFile.objects.update(content_type="text/html", file_name="page.html")

    with open_for(cast, browser, live_server, java_script_enabled=not without_script) as context:
        opened = context.new_page()
        opened.goto(f"{live_server.url}/pledges/{cast.pledge.reference}/")
        with opened.expect_download() as download:
            opened.locator(".file-list a").click()

        assert download.value.suggested_filename == "page.html"
        assert opened.url.endswith(f"/pledges/{cast.pledge.reference}/")


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_pages_with_files_fit_and_please_axe(
    browser: Browser, live_server: LiveServer, cast: Cast, viewport: dict[str, int], tmp_path: Path
) -> None:
    published, draft = make_update(cast.pledge), make_update(make_pledge(cast.ngo), "draft")
    for update in (published, draft):
        make_evidence(update, name="two-new-schools-of-the-district.pdf", caption="The two new schools of the district")
        make_evidence(update, picture(), name=f"{'x' * 90}.png", caption="")

    addresses = [
        f"/my/pledges/{draft.pledge.reference}/update/",
        f"/pledges/{cast.pledge.reference}/",
        f"/my/receipts/{published.rounds.get().uuid}/",
    ]
    with open_for(cast, browser, live_server, viewport=viewport, bypass_csp=True) as context:
        opened = context.new_page()
        for address in addresses:
            opened.goto(f"{live_server.url}{address}")
            assert (address, overflow(opened)) == (address, 0)
            assert (address, axe_violations(context, f"{live_server.url}{address}")) == (address, [])
