"""A server with the default settings, and a browser, once for all tests of pages."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.pages.browser import WIDTHS, Watched, chromium
from tests.web.serving import Served, serving

Open = Callable[..., Watched]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("pages") / "output.log", WORKERS="2") as served:
        yield served


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def open_page(browser: Browser, server: Served) -> Iterator[Open]:
    """Opens a path in a fresh browser context; at the end nothing may have been complained about."""
    opened: list[Watched] = []

    def open_(path: str, *, width: int = WIDTHS["desk"], scheme: str = "light", served: Served = server) -> Watched:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        watched = Watched(context.new_page(), served.url)
        opened.append(watched)
        watched.page.goto(f"{served.url}{path}")
        return watched

    yield open_
    for watched in opened:
        watched.assert_sound()
        watched.page.context.close()
