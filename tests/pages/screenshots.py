"""The picture of a card in the README, as the sandbox draws it: `make screenshots`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from tests.pages.browser import chromium
from tests.web.serving import ROOT, serving

IMAGES: Final = ROOT / "docs" / "images"
_WIDTH: Final = 960


def main() -> None:
    """Sign one order, and draw its card."""
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "output.log", WORKERS="1", DATABASE_URL="none") as served,
        chromium() as browser,
    ):
        page = browser.new_page(viewport={"width": _WIDTH, "height": 900})
        page.goto(f"{served.url}/sandbox")
        page.get_by_role("button", name="Sign the order").click()
        page.get_by_role("article").screenshot(path=IMAGES / "card.png")


if __name__ == "__main__":
    main()
