"""The workbench: opened, pointed at, typed into, compared, and asked again, by mouse and by keyboard."""

import re
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.pages.conftest import Open
from tests.web.serving import ROOT, Served

EXAMPLES = [row.partition(".json")[0] for row in (ROOT / "examples/stories.csv").read_text().splitlines()[1:]]


def headlines(page: Page) -> list[str]:
    return [re.sub(r"\s+", " ", each).strip() for each in page.locator("#result .headline").all_inner_texts()]


def test_the_first_screen_shows_a_worked_example(open_page: Open) -> None:
    page = open_page("/").page
    headline = page.locator("#result .headline").first
    expect(headline).to_be_in_viewport()
    expect(headline).to_contain_text("Left gastrocnemius")
    expect(page.locator(".shape.surface.precaution")).not_to_have_count(0)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_answered(server: Served, example: str) -> None:
    answer = requests.get(f"{server.url}/", params={"example": example}, timeout=10)
    assert answer.status_code == 200
    assert 'class="headline ' in answer.text
    assert f'example={example}" aria-current="true"' in answer.text


def test_a_muscle_is_chosen_on_the_map(open_page: Open) -> None:
    page = open_page("/?example=us-core-cellulitis-right-calf").page
    assert len(headlines(page)) == 2
    page.locator('.figure.back .shape.surface[data-target="right gastrocnemius"]').click()
    expect(page.locator("#result .headline")).to_have_count(1)
    assert headlines(page)[0].startswith("Contraindicated at site Right gastrocnemius")
    page.get_by_label("Deep", exact=True).check()
    page.locator('.shape.deep[data-target="left lumbar multifidus"]').click()
    expect(page.locator("#result .headline")).to_have_count(2)
    assert page.locator("#chosen button").all_inner_texts() == ["left lumbar multifidus", "right gastrocnemius"]
    page.get_by_role("button", name="Remove right gastrocnemius").click()
    expect(page.locator("#result .headline")).to_have_count(1)
    assert "left lumbar multifidus" in headlines(page)[0].lower()


def test_a_muscle_is_chosen_by_keyboard_alone(open_page: Open) -> None:
    page = open_page("/").page
    page.get_by_label("Find a muscle or region").focus()
    page.keyboard.type("rhomboid maj")
    page.keyboard.press("Tab")  # the list, which scrolls
    page.keyboard.press("Tab")  # its area
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#result .headline h3")).to_have_text("Right rhomboid major")
    expect(page.locator("#result")).to_contain_text("lung and pleura")
    assert page.evaluate("document.activeElement.value") == "right rhomboid major"
    expect(page.locator("#said")).to_have_text("Precaution: right rhomboid major.")


def test_editing_the_chart_changes_the_answer(open_page: Open) -> None:
    page = open_page("/").page
    chart = page.get_by_label("FHIR Bundle or Parameters")
    text = chart.input_value()
    chart.fill(text.replace('"status": "active"', '"status": "cancelled"').replace("Apixaban", "Cetirizine"))
    expect(page.locator("#result article.finding")).to_have_count(0)
    chart.fill(text[:200])
    expect(page.locator("#result")).to_contain_text("can’t be screened as it is")
    assert chart.input_value() == text[:200]
    chart.fill(text)
    expect(page.locator("#result article.finding h3")).to_have_text("Blood thinner")


def test_a_file_is_opened(open_page: Open) -> None:
    page = open_page("/").page
    page.get_by_label("Or open a file").set_input_files(ROOT / "examples/r5-warfarin-stopped.json")
    expect(page.locator("#result")).to_contain_text("FHIR 5.0")
    expect(page.locator("#result .timeline")).to_contain_text("counts until 2026-03-05")


def test_entries_are_filtered_by_what_became_of_them(open_page: Open) -> None:
    page = open_page("/?example=ips-hepatitis-b").page
    rows = page.locator(".entries tbody tr:visible")
    assert rows.count() == 7
    page.locator("#fate-set-aside").check()
    assert rows.count() == 1
    expect(rows.first).to_contain_text("HIV infection")


def test_two_choices_of_packs_stand_side_by_side(open_page: Open) -> None:
    page = open_page("/?example=ips-hepatitis-b").page
    page.get_by_label("Compare with").select_option("standard-precautions")
    row = page.locator("tr.differs", has_text="Hepatitis B")
    expect(row).to_contain_text("Contraindicated")
    expect(row).to_contain_text("Standard precautions treat all blood as infectious")


def test_the_card_and_the_resource_are_tabs(open_page: Open) -> None:
    page = open_page("/").page
    tab = page.get_by_role("tab", name="CDS card")
    tab.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="RiskAssessment")).to_be_focused()
    expect(page.locator("#resource")).to_contain_text('"resourceType": "RiskAssessment"')
    expect(page.locator("#tab-card")).to_be_hidden()


def test_it_works_without_scripts_and_shows_what_was_sent(server: Served) -> None:
    chart = (ROOT / "examples/apixaban-left-calf.json").read_text()
    form = {"chart": (None, chart), "target": (None, "left deltoid"), "more-targets": (None, "R calf\n<b>nowhere</b>")}
    page = requests.post(f"{server.url}/", files=form, timeout=10).text
    for name in ("Left deltoid", "R calf", "&lt;b&gt;nowhere&lt;/b&gt;"):
        assert name in page
    assert "<b>nowhere" not in page
    assert 'value="left deltoid" checked' in page


def test_what_a_chart_says_is_shown_and_never_run(open_page: Open, tmp_path: Path) -> None:
    chart = (ROOT / "examples/apixaban-left-calf.json").read_text()
    evil = "<img src=x onerror=alert(1)> [a](javascript:alert(2)) <script>alert(3)</script>"
    (tmp_path / "evil.json").write_text(chart.replace("Myofascial pain, left calf", evil))
    page = open_page("/").page
    page.on("dialog", lambda dialog: pytest.fail(f"a chart ran a script: {dialog.message}"))
    page.get_by_label("Or open a file").set_input_files(tmp_path / "evil.json")
    expect(page.locator("#result")).to_contain_text("onerror=alert(1)")
    assert page.locator("#result img, #result script, #result a").count() == 0


def test_a_form_over_the_limit_is_refused(server: Served) -> None:
    form = {"chart": (None, "x" * 21_000_001)}
    answer = requests.post(f"{server.url}/", files=form, headers={"Accept": "text/html"}, timeout=30)
    assert answer.status_code == 413
    assert "<h1>" in answer.text


@pytest.mark.parametrize(
    "form",
    [
        {"chart": ""},
        {"chart": "[" * 200},
        {"chart": '{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": null}, 5]}'},
        {"as-of": '"><b>'},
        {"as-of": "9999-12-31"},
        {"pack": "nope"},
        {"pack": "default+standard-precautions"},
        {"beside": "nope+"},
        {"electrical-stimulation": "perhaps"},
        {"target": "\x00\x07"},
        {"target": "x" * 5_000},
        {"more-targets": "\n".join(f"left {each}" for each in range(100))},
    ],
    ids=str,
)
def test_any_form_gets_a_page(server: Served, form: dict[str, str]) -> None:
    chart = (ROOT / "examples/apixaban-left-calf.json").read_text().replace("Myofascial", "\\ud800 \\u0000")
    sent = {name: (None, value) for name, value in ({"chart": chart} | form).items()}
    answer = requests.post(f"{server.url}/", files=sent, timeout=20)
    assert answer.status_code == 200
    assert 'id="result"' in answer.text
    assert '"><b>' not in answer.text
