"""Chromium as the checks use it: everything that a page complains about is kept."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
SCHEMES = ("light", "dark")

# How long a condition may take to hold on a machine that is busy with other tests, in milliseconds.
PATIENCE = 1000 * int(os.environ.get("INGOT_BROWSER_PATIENCE", "30"))
expect.set_options(timeout=PATIENCE)

# Violations are console messages as well, but only some of them of the level `error`.
_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`content security policy: ${event.violatedDirective} forbids ${event.blockedURI}`);
});
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Root has no sandbox of Chromium's; all pages are this machine's own.
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--force-color-profile=srgb"]
        )
        try:
            yield browser
        finally:
            browser.close()


class Reader:
    """Somebody in front of a browser: a context with cookies of its own, and what its pages complained about."""

    def __init__(self, browser: Browser, url: str, **options: object) -> None:
        options = {
            "viewport": DESKTOP,
            "color_scheme": "light",
            "reduced_motion": "reduce",
            "locale": "en-GB",
            "timezone_id": "UTC",
            **options,
        }
        self.url = url
        self.context: BrowserContext = browser.new_context(base_url=url, **options)
        self.context.set_default_timeout(PATIENCE)
        self.context.add_init_script(_REPORT_VIOLATIONS)
        self.context.on("page", self._watch)
        self.log: list[str] = []
        self.complaints: list[str] = []
        self._allowed: list[re.Pattern[str]] = []

    def open(self, path: str = "/") -> Page:
        page = self.context.new_page()
        page.goto(path)
        return page

    def allow(self, pattern: str) -> None:
        """Complaints that belong to what is being checked."""
        self._allowed.append(re.compile(pattern))

    @property
    def unexpected(self) -> list[str]:
        return [text for text in self.complaints if not any(pattern.search(text) for pattern in self._allowed)]

    def _watch(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._complain(f"{page.url}: uncaught {error}"))
        page.on(
            "response",
            lambda answer: self._complain(f"{answer.url} answered {answer.status}") if answer.status >= 500 else None,
        )

    def _hear(self, message: ConsoleMessage) -> None:
        place = message.location
        text = f"{message.type}: {message.text} ({place.get('url')}:{place.get('lineNumber')})"
        self.log.append(text)
        if message.type in ("error", "warning"):
            self.complaints.append(text)

    def _complain(self, text: str) -> None:
        self.log.append(text)
        self.complaints.append(text)

    def keep_evidence(self, folder: Path, name: str) -> list[Path]:
        """Keeps what can be seen: of each page a picture and its HTML, and everything that was logged."""
        folder.mkdir(parents=True, exist_ok=True)
        console = folder / f"{name}-console.txt"
        console.write_text("\n".join(self.log) + "\n")
        files = [console]
        for number, page in enumerate(self.context.pages, start=1):
            picture, html = folder / f"{name}-page-{number}.png", folder / f"{name}-page-{number}.html"
            try:
                page.screenshot(path=picture, full_page=True, timeout=5000)
                html.write_text(f"<!-- {page.url} -->\n{page.content()}")
            except Exception as error:  # The page may be what is broken.
                html.write_text(f"{page.url} could not be kept: {error}\n")
            files += [file for file in (picture, html) if file.exists()]
        return files
