"""The page of the interface shows what OpenAPI says, all of it."""

import requests

from tests.pages.conftest import Open
from tests.web.serving import Served


def test_every_operation_and_schema_is_on_the_page(open_page: Open, server: Served) -> None:
    document = requests.get(f"{server.url}/openapi.json", timeout=10).json()
    page = open_page("/docs").page
    operations = [each for methods in document["paths"].values() for each in methods.values()]
    shown = page.locator("details.operation > summary .what").all_text_contents()
    assert sorted(shown) == sorted(each["summary"] for each in operations)
    for name in document["components"]["schemas"]:
        assert page.locator(f"#schema-{name}").count() == 1


def test_an_operation_says_what_it_takes_and_answers(open_page: Open) -> None:
    page = open_page("/docs").page
    page.locator("#cdsFeedback > summary").focus()
    page.keyboard.press("Enter")
    shown = page.locator("#screen").inner_text()
    for word in ("as-of", "electrical-stimulation", "Bundle or Parameters", "413", "OperationOutcome"):
        assert word in shown
    assert page.locator("#cdsFeedback h3").first.is_visible()
