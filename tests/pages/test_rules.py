"""The rule packs as guidelines: all of them is there, it is found, and what a site changes is marked."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from playwright.sync_api import expect

from service.app import create_app
from service.knowledge.site import load_site_packs
from service.settings import Settings
from tests.pages.conftest import Open
from tests.vignettes.runner import knowledge, packs

POLICY = """\
policy: mercy
version: 3
changes:
  - rule: anemia
    category: precaution
    author: Dr A. Example
    date: 2026-11-20
    reason: minutes of the committee
  - rule: hiv
    switched-off: true
    author: Dr A. Example
    date: 2026-11-20
    reason: standard precautions
"""


@pytest.fixture(scope="module")
def plain() -> FlaskClient:
    return create_app(Settings(database_url="none"), knowledge(), packs()).test_client()


@pytest.mark.parametrize("pack", packs())
def test_a_pack_is_told_whole(plain: FlaskClient, pack: str) -> None:
    page = plain.get(f"/rules/{pack}").text
    for rule in packs()[pack].rules:
        told = (rule.title, rule.say, rule.harm, rule.ends_when, rule.founding, rule.guidance, *rule.remarks.values())
        texts = [part for text in rule.texts.values() for part in text]
        assert [each for each in (*told, *texts) if str(escape(each)) not in page] == [], rule.id
    for parameter in packs()[pack].parameters.values():
        assert str(escape(parameter.why)) in page


def test_a_rule_leads_to_its_codes_and_back(plain: FlaskClient) -> None:
    assert 'href="/rules/codes/anemia"' in plain.get("/rules/default").text
    page = plain.get("/rules/codes/anemia").text
    assert 'href="/rules/default#rule-anemia"' in page
    assert "271737000" in page
    assert plain.get("/rules/codes/nonsuch").status_code == plain.get("/rules/nonsuch").status_code == 404


def test_what_a_site_changes_is_marked(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(POLICY, encoding="utf-8")
    changed = load_site_packs(tmp_path / "site.yaml", None, knowledge())
    client = create_app(Settings(database_url="none"), knowledge(), changed).test_client()
    page = " ".join(client.get("/rules/default").text.split())
    assert "This site lays its policy mercy 3 over it: 2 changes" in page
    assert (
        "category is “precaution”, in the pack “contraindicated”. Dr A. Example, 2026-11-20: minutes of the committee"
        in page
    )
    assert "Switched off at this site: hiv." in page
    assert "Changed at this site by mercy 3" in " ".join(client.get("/rules").text.split())


def test_a_pack_marks_what_differs_from_the_one_it_is_based_on(plain: FlaskClient) -> None:
    page = " ".join(plain.get("/rules/standard-precautions").text.split())
    assert page.count("it is contraindicated.</p>") == 3  # hepatitis B and C, HIV


def test_searching_by_keyboard(open_page: Open) -> None:
    page = open_page("/rules").page
    page.get_by_label("Rule, parameter, text, list or code").focus()
    page.keyboard.type("phenprocoumon")
    page.keyboard.press("Enter")
    expect(page.locator("#found")).to_contain_text("found for “phenprocoumon”")
    page.locator(".found a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Medicines")
    expect(page.locator("main")).to_contain_text("Blood thinner")


@pytest.mark.parametrize(
    ("system", "code", "said"),
    [
        ("http://snomed.info/sct", "66071002", "Finding hepatitis-b, contraindicated"),
        ("icd-10-cm", "D50.9", "Finding anemia, contraindicated"),
        ("loinc", "718-7", "Its value is read by"),
        ("snomed", "1", "It is on no list"),
        ("my-own", "1", "No list has codes of this system"),
    ],
)
def test_what_a_code_would_do(plain: FlaskClient, system: str, code: str, said: str) -> None:
    assert said in plain.get("/rules", query_string={"system": system, "code": code}).text


@pytest.mark.parametrize("path", ["/rules/extended", "/rules/codes/hepatitis-b", "/rules?q=warfarin"])
def test_a_pack_a_list_and_a_search_are_accessible_on_a_phone(open_page: Open, path: str) -> None:
    open_page(path, width=320).assert_accessible()
