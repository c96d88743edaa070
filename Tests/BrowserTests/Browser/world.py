"""What a check is given: a gateway of its own, a browser, and sample law."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from browser import Reader
from cutting_proxy import CuttingProxy
from gateway import Gateway
from playwright.sync_api import Browser, Page
from proxy_list import ProxyList
from sample_law import SampleLaw


class World:
    """Ends what it has started."""

    def __init__(self, browser: Browser, gateway: Gateway) -> None:
        self.browser = browser
        self.gateway = gateway
        self.readers: list[Reader] = []
        self._ends = ExitStack()

    def reader(self, url: str | None = None, **options: object) -> Reader:
        """Somebody new in front of a browser; options are those of Playwright's `new_context`."""
        reader = Reader(self.browser, url or self.gateway.url, **options)
        self.readers.append(reader)
        return reader

    def open(self, path: str = "/", **options: object) -> Page:
        """A page of a new reader."""
        return self.reader(**options).open(path)

    def proxy(self) -> CuttingProxy:
        return self._ends.enter_context(CuttingProxy(self.gateway.url))

    def proxy_list(self, good: int) -> ProxyList:
        return self._ends.enter_context(ProxyList(good))

    def close(self) -> None:
        for reader in self.readers:
            reader.context.close()
        self._ends.close()

    def assert_no_complaints(self) -> None:
        complaints = [text for reader in self.readers for text in reader.unexpected]
        assert not complaints, "the browser complained:\n" + "\n".join(complaints)


@contextmanager
def gateway_with(law: SampleLaw, ingot: Path, folder: Path, arguments: list[str]) -> Iterator[Gateway]:
    """A gateway with the sample law in a store of its own."""
    data = folder / "data"
    law.copy_data(data)
    try:
        with Gateway(ingot, data, [*law.arguments, *arguments], folder / "gateway.log") as gateway:
            yield gateway
    finally:
        shutil.rmtree(data, ignore_errors=True)


def same_page_mark(page: Page) -> None:
    """Marks the document, so that a reload can be seen."""
    page.evaluate("window.markOfThisDocument = true")


def assert_same_page(page: Page) -> None:
    assert page.evaluate("window.markOfThisDocument === true"), "the page was loaded again"


def exactly(text: str) -> re.Pattern[str]:
    """The whole text, in any case."""
    return re.compile(rf"^\s*{re.escape(text)}\s*$", re.IGNORECASE)
