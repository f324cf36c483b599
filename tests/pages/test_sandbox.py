"""A clinician's work in the sandbox, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.browser import Watched
from tests.pages.conftest import Open
from tests.web.callers import access_token, bearer, trust_file
from tests.web.conftest import PUBLIC_URL as AUDIENCE
from tests.web.serving import Served, serving

NOTHING = "Needlewise had nothing to say: no card."


def sign(page: Page) -> None:
    page.get_by_role("button", name="Sign the order").click()


def said(page: Page, words: str) -> None:
    expect(page.locator(".said")).to_contain_text(words)


def open_patient(open_page: Open, name: str, **more: object) -> Watched:
    return open_page(f"/sandbox?patient=sandbox-{name}", **more)


def test_an_answer_is_recorded_in_two_taps_and_the_question_rests(open_page: Open) -> None:
    watched = open_patient(open_page, "mina", width=390)
    page = watched.page
    sign(page)
    card = page.get_by_role("article")
    expect(card).to_contain_text("Information")
    expect(card.get_by_role("heading")).to_contain_text("pregnancy")
    watched.assert_accessible()
    card.get_by_role("button", name="not pregnant").click()
    expect(page.get_by_role("article")).to_contain_text("Accepted: Record: asked today, not pregnant")
    expect(page.get_by_text("recorded just now")).to_be_visible()
    sign(page)
    said(page, NOTHING)
    expect(page.get_by_role("article")).to_have_count(0)
    page.get_by_label("Send the chart along").uncheck()  # the answer is in the EHR, too
    sign(page)
    said(page, NOTHING)


def test_an_override_is_sent_with_its_reason_and_the_card_rests(open_page: Open) -> None:
    watched = open_patient(open_page, "walter")
    page = watched.page
    sign(page)
    page.get_by_label("Go on anyway").select_option("precautions-planned")
    page.get_by_role("button", name="Override").click()
    expect(page.get_by_role("article")).to_contain_text("Overridden: Known; needling goes ahead with precautions")
    page.get_by_text("Feedback: POST").click()
    expect(page.locator("#wire-feedback-1-2")).to_contain_text('"code": "precautions-planned"')
    expect(page.locator("#wire-feedback-1-3")).to_contain_text('"stored": true')
    watched.assert_accessible()
    sign(page)
    said(page, NOTHING)
    page.get_by_role("button", name="Write a new order").click()
    sign(page)
    said(page, "1 card")


def test_without_prefetch_the_chart_is_read_from_the_sandbox_s_own_server(open_page: Open, server: Served) -> None:
    page = open_patient(open_page, "george", width=390).page
    page.get_by_label("Send the chart along").uncheck()
    sign(page)
    expect(page.get_by_role("article")).to_contain_text("hepatitis B")
    chosen = page.locator("[data-scrolls] [aria-current]")
    below = chosen.evaluate("link => link.offsetTop - link.closest('ul').scrollTop")
    assert 0 <= below < chosen.evaluate("link => link.closest('ul').clientHeight"), "who is chosen is out of sight"
    page.get_by_label("Let Needlewise read the rest").uncheck()
    sign(page)
    said(page, "No cards. The service answered 412: nothing to screen")
    asked = [line for line in server.lines() if line.get("route") == "/sandbox/fhir/<type_>"]
    assert {line["status"] for line in asked} == {200}


def test_it_can_be_worked_by_keyboard_alone(open_page: Open) -> None:
    page = open_page("/sandbox").page

    def tab_to(words: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent").strip().startswith(words):
                return
        raise AssertionError(f"no way to {words}")

    tab_to("Mina Okafor")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Mina Okafor")).to_be_visible()
    tab_to("Sign the order")
    page.keyboard.press("Enter")
    said(page, "1 card")
    assert page.evaluate("document.activeElement.className") == "said"
    tab_to("Record: asked today")
    page.keyboard.press("Space")
    expect(page.locator(".fate")).to_contain_text("Accepted")


def test_it_works_without_javascript(browser: Browser, server: Served) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/sandbox")
    sign(page)
    said(page, "1 card")
    page.get_by_role("button", name="Override").click()
    expect(page.locator(".fate")).to_contain_text("Overridden")
    context.close()


def test_every_muscle_and_moment_can_be_chosen(open_page: Open) -> None:
    page = open_page("/sandbox").page
    assert page.locator("#site option").count() > 150
    page.get_by_label("Muscle").select_option("iliopsoas")
    for moment in ("Choose the order", "Dispatch it", "Book an appointment", "Open the chart"):
        page.get_by_role("button", name=moment).click()
        expect(page.get_by_role("article").get_by_role("heading")).to_contain_text("iliopsoas")
        expect(page.get_by_label("Muscle")).to_have_value("iliopsoas")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("guarded")
    trust = trust_file(folder, audience=f'"{AUDIENCE}"')
    with serving(folder / "output.log", WORKERS="1", AUTH="jwt", TRUST=str(trust)) as served:
        yield served


def test_with_tokens_on_the_sandbox_signs_and_is_believed(browser: Browser, guarded: Served) -> None:
    context = browser.new_context(extra_http_headers=bearer(access_token()))  # as a proxy adds it
    page = context.new_page()
    page.goto(f"{guarded.url}/sandbox?patient=sandbox-mina")
    page.get_by_label("Send the chart along").uncheck()
    sign(page)
    page.get_by_role("button", name="not pregnant").click()
    expect(page.locator(".fate")).to_contain_text("Accepted")
    sign(page)
    said(page, NOTHING)
    context.close()
    callers = {line.get("caller") for line in guarded.lines() if "cds-services" in str(line.get("route"))}
    assert callers == {"Sandbox"}
