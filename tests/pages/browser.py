"""A real headless Chromium, and what every page that it opens has to stand."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

WIDTHS: Final = {"phone": 390, "tablet": 820, "desk": 1280}

_ALONE: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_WCAG: Final = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium, else the one that Playwright brought."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(_ALONE))
        yield browser
        browser.close()


class Watched:
    """A page whose console, requests and failures are watched."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._url = url
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("request", self._asked)

    def _heard(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text}")

    def _asked(self, request: object) -> None:
        address = str(getattr(request, "url", ""))
        if not address.startswith((f"{self._url}/", "data:")):
            self.complaints.append(f"loads from elsewhere: {address}")

    def assert_sound(self) -> None:
        """Nothing was complained about, and nothing stands over the edge."""
        assert self.complaints == []
        over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.page.evaluate(over) <= 0, "the page scrolls sideways"

    def assert_accessible(self) -> None:
        """Axe finds nothing against WCAG 2.2 AA and its good practice."""
        found = Axe().run(self.page, options=_WCAG)
        assert found.violations_count == 0, found.generate_report()
