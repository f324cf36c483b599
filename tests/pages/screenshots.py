"""`make screenshots`: the pages as they look, and a card as the sandbox draws it. Nobody in them exists."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import requests
from playwright.sync_api import Browser, Page

from tests.pages.browser import chromium
from tests.web.serving import ROOT, Served, serving

IMAGES = ROOT / "docs" / "images"
SCREEN = "/fhir/RiskAssessment/$screen"
SIZES = {"desk": (1280, 860), "tablet": (820, 1100), "phone": (390, 800)}
EXAMPLES = ("apixaban-left-calf", "us-core-cellulitis-right-calf", "pregnancy-not-asked", "ips-hepatitis-b")


def screen(server: Served, example: str) -> str:
    chart = (ROOT / f"examples/{example}.json").read_bytes()
    headers = {"Content-Type": "application/fhir+json"}
    answer = requests.post(
        f"{server.url}{SCREEN}", data=chart, params={"as-of": "2026-03-02"}, headers=headers, timeout=20
    )
    answer.raise_for_status()
    return str(answer.json()["id"])


def deep(page: Page) -> None:
    """A deep muscle, chosen on the map, and two packs side by side."""
    page.get_by_label("Deep", exact=True).check()
    page.locator('.shape.deep[data-target="left lumbar multifidus"]').click()
    page.get_by_label("Compare with").select_option("standard-precautions")
    page.locator("#result tr.differs").first.wait_for()
    page.evaluate("scrollTo(0, 190)")


def nothing(_: Page) -> None:
    """As it opens."""


def signed(page: Page) -> None:
    """An order is signed, and its card is shown."""
    page.get_by_role("button", name="Sign the order").click()
    page.get_by_role("article").first.wait_for()


Shot = tuple[str, str, str, Callable[[Page], None]]


def shots(report: str) -> list[Shot]:
    """Name, size, path, and what is done before the picture is taken."""
    return [
        ("workbench", "desk", "/", nothing),
        ("workbench-deep", "desk", "/?example=ips-hepatitis-b", deep),
        ("workbench", "tablet", "/?example=us-core-cellulitis-right-calf", nothing),
        ("workbench", "phone", "/?example=us-core-cellulitis-right-calf", nothing),
        ("sandbox", "desk", "/sandbox", signed),
        ("report", "desk", report, nothing),
        ("report", "phone", report, nothing),
        ("rules", "desk", "/rules?system=snomed&code=66071002", nothing),
        ("pack", "tablet", "/rules/default", nothing),
        ("insights", "desk", "/insights", nothing),
        ("interface", "desk", "/docs", nothing),
    ]


def main() -> None:
    """Take them all, from a server of their own."""
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "output.log", WORKERS="1") as server,
        chromium() as browser,
    ):
        results = [screen(server, example) for example in EXAMPLES for _ in range(6)]
        for name, size, path, first in shots(f"/reports/{results[6]}"):
            page = opened(browser, size)
            page.goto(f"{server.url}{path}")
            first(page)
            page.screenshot(path=IMAGES / f"{name}-{size}.png")
            page.context.close()
        page = browser.new_page(viewport={"width": 960, "height": 900})
        page.goto(f"{server.url}/sandbox")
        signed(page)
        page.get_by_role("article").screenshot(path=IMAGES / "card.png")


def opened(browser: Browser, size: str) -> Page:
    """An empty page of this size; tablets are dark."""
    width, height = SIZES[size]
    scheme: Literal["dark", "light"] = "dark" if size == "tablet" else "light"
    return browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme).new_page()


if __name__ == "__main__":
    main()
