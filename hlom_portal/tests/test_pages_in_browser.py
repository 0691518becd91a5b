"""Each of our pages in Chromium: no policy violation, no axe violation, no sideways scrolling."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext
from pytest_django.live_server_helper import LiveServer

from conftest import Cast, LogIn
from hlom_portal.tests.access_table import PAGES, TABLE, make_world, viewer
from hlom_portal.tests.admin_pages import DJANGO_S, OURS, make_admin_world
from hlom_portal.tests.browser import NARROW, WIDE, Complaints, axe_violations, chromium, overflow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def _log_in(context: BrowserContext, server: LiveServer, role: str, cast: Cast, log_in: LogIn) -> None:
    if role == "public":
        return
    session = log_in(getattr(cast, role)).cookies["session"].value
    context.add_cookies([{"name": "session", "value": session, "url": server.url}])


class Inspection:
    """One page, looked at in all ways; ``wrong`` collects what is not as it must be."""

    def __init__(self, browser: Browser, server: LiveServer) -> None:
        self.browser, self.server = browser, server
        self.wrong: list[str] = []

    def look(self, path: str, role: str, cast: Cast, log_in: LogIn) -> None:
        """Opens the page wide and narrow, then once more for axe."""
        for viewport, size in (("wide", WIDE), ("narrow", NARROW)):
            with self.browser.new_context(viewport=size) as context:
                _log_in(context, self.server, role, cast, log_in)
                self._open(context, path, viewport)
        with self.browser.new_context(viewport=WIDE, bypass_csp=True) as context:
            _log_in(context, self.server, role, cast, log_in)
            self.wrong += axe_violations(context, f"{self.server.url}{path}")

    def _open(self, context: BrowserContext, path: str, viewport: str) -> None:
        page = context.new_page()
        complaints = Complaints()
        complaints.listen(page)
        page.goto(f"{self.server.url}{path}")
        self.wrong += complaints.lines
        if overflow(page) > 0:
            self.wrong.append(f"{viewport}: wider than the window by {overflow(page)} px")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_nothing_wrong(
    name: str, browser: Browser, live_server: LiveServer, cast: Cast, log_in: LogIn
) -> None:
    make_world(cast)
    inspection = Inspection(browser, live_server)

    inspection.look(TABLE[name].path(cast), viewer(name), cast, log_in)

    assert inspection.wrong == []


@pytest.mark.parametrize("path", ["/nowhere/", "/pledges/TST-999999/", "/my/pledges/TST-999999/update/"])
def test_the_page_for_what_is_not_there_has_nothing_wrong(
    path: str, browser: Browser, live_server: LiveServer, cast: Cast, log_in: LogIn
) -> None:
    inspection = Inspection(browser, live_server)

    inspection.look(path, "focal_point", cast, log_in)

    assert inspection.wrong == []


@pytest.mark.parametrize("path", [*DJANGO_S, *OURS])
def test_an_admin_page_breaks_no_policy_and_no_wcag_rule(
    path: str, browser: Browser, live_server: LiveServer, cast: Cast, log_in: LogIn
) -> None:
    url = live_server.url + path.format(**make_admin_world(cast))
    complaints = Complaints()
    with browser.new_context(viewport=WIDE) as context:
        _log_in(context, live_server, "superuser", cast, log_in)
        page = context.new_page()
        complaints.listen(page)
        response = page.goto(url)
        assert response is not None
        assert response.status == 200
        assert page.url == url
        if path in OURS:
            page.set_viewport_size(NARROW)
            assert overflow(page) <= 0
    with browser.new_context(viewport=WIDE, bypass_csp=True) as context:
        _log_in(context, live_server, "superuser", cast, log_in)
        violations = axe_violations(context, url, only_wcag=True)

    assert complaints.lines + violations == []


def test_the_browser_reports_a_broken_policy(browser: Browser, live_server: LiveServer, cast: Cast) -> None:
    """A negative control: what the other tests look for can be seen."""
    complaints = Complaints()
    with browser.new_context() as context:
        page = context.new_page()
        complaints.listen(page)
        page.goto(f"{live_server.url}/login/")
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
        page.wait_for_timeout(100)

    assert any("Content Security Policy" in line for line in complaints.lines)
