"""What holds for every page: readable at any width and in the dark, by keyboard, by screen reader, and alone."""

import pytest
import requests

from service.web.pages.layout import NAVIGATION, POLICY
from tests.pages.browser import WIDTHS
from tests.pages.conftest import Open
from tests.web.serving import Served

PATHS = [address for address, _ in NAVIGATION]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width", [320, WIDTHS["tablet"], WIDTHS["desk"]])
def test_it_is_accessible_at_any_width(open_page: Open, path: str, width: int) -> None:
    scheme = "dark" if width == WIDTHS["tablet"] else "light"
    open_page(path, width=width, scheme=scheme).assert_accessible()


@pytest.mark.parametrize("path", [*PATHS, "/nothing-here"])
def test_it_runs_nothing_but_what_is_served_here(server: Served, path: str) -> None:
    answer = requests.get(f"{server.url}{path}", headers={"Accept": "text/html,*/*;q=0.8"}, timeout=10)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["Cache-Control"] == "no-store"
    inline = (" style=", " onclick=", "javascript:", "<style", "<script>")
    assert [each for each in inline if each in answer.text] == []


@pytest.mark.parametrize("path", PATHS)
def test_the_first_tab_stop_leads_to_the_content(open_page: Open, path: str) -> None:
    page = open_page(path).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_a_person_gets_a_page_where_a_program_gets_json(server: Served) -> None:
    page = requests.get(f"{server.url}/nothing-here", headers={"Accept": "text/html"}, timeout=10)
    data = requests.get(f"{server.url}/nothing-here", timeout=10)
    fhir = requests.get(f"{server.url}/fhir/nothing-here", headers={"Accept": "text/html"}, timeout=10)
    assert page.status_code == data.status_code == 404
    assert "<h1>Not Found</h1>" in page.text
    assert data.json()["issue"][0]["code"] == "not-found"
    assert fhir.json()["resourceType"] == "OperationOutcome"


def test_static_files_can_be_kept_until_they_change(server: Served) -> None:
    address = f"{server.url}/static/pages.css"
    plain = requests.get(address, timeout=10)
    etag = plain.headers["ETag"].strip('"')
    assert plain.headers["Cache-Control"] == "public, no-cache"
    assert requests.get(address, headers={"If-None-Match": f'"{etag}"'}, timeout=10).status_code == 304
    assert "immutable" in requests.get(f"{address}?v={etag}", timeout=10).headers["Cache-Control"]
    assert requests.get(f"{server.url}/static/..%2flayout.py", timeout=10).status_code == 404
