"""Chromium for tests: the system's, headless, and what a page must not do in it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_AXE_SOURCE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
# Chromium as root needs the first; the others keep it from talking to its maker.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# A policy that lets axe in would not be ours, so axe runs in a context that ignores the policy, after
# the same page was opened under it.
_WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 700}


@dataclass
class Complaints:
    """What the browser complained of: policy violations, script errors, answers that did not come."""

    lines: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Collects from now on."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.lines.append(f"script error: {error}"))
        page.on("requestfailed", self._failed)

    def _failed(self, request: Request) -> None:
        # Aborted means that the person had moved on before an icon came; a file that is not there, or that
        # the policy blocks, has another reason.
        if request.failure != "net::ERR_ABORTED":
            self.lines.append(f"failed: {request.url} ({request.failure})")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "the server responded with a status of 4" not in message.text:
            self.lines.append(message.text)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for a whole module. Playwright's loop makes Django suspicious; the flag says we know."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def axe_violations(context: BrowserContext, url: str, *, only_wcag: bool = False) -> list[str]:
    """What axe-core finds on a page, a line each; empty is what we want. The context must bypass the policy.

    ``only_wcag`` leaves out what axe calls best practice beyond WCAG 2.2 A and AA.
    """
    page = context.new_page()
    try:
        page.goto(url)
        page.evaluate(_AXE_SOURCE.read_text())
        options = {"runOnly": _WCAG} if only_wcag else {}
        found = page.evaluate("async (options) => (await axe.run(options)).violations", options)
        return [
            f"{rule['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
            for rule in found
            for node in rule["nodes"]
        ]
    finally:
        page.close()


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width
