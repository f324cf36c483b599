"""A stored result as a page: all that it says, on paper too."""

import requests
from playwright.sync_api import expect

from tests.pages.conftest import Open
from tests.web.serving import ROOT, Served

SCREEN = "/fhir/RiskAssessment/$screen"


def stored(server: Served, example: str, **query: str) -> dict[str, object]:
    chart = (ROOT / "examples" / example).read_bytes()
    answer = requests.post(f"{server.url}{SCREEN}", data=chart, params={"as-of": "2026-03-02", **query}, timeout=10)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_it_says_all_that_the_result_says(open_page: Open, server: Served) -> None:
    result = stored(server, "us-core-cellulitis-right-calf.json")
    page = open_page(f"/reports/{result['id']}")
    page.assert_accessible()
    shown = " ".join(page.page.locator("main").inner_text().split())
    predictions = result["prediction"]
    assert isinstance(predictions, list)
    for prediction in predictions:
        assert prediction["rationale"] in shown
    for note in result["note"]:  # type: ignore[attr-defined]
        assert " ".join(note["text"].split()) in shown
    assert str(result["subject"]["reference"]) in shown  # type: ignore[index]


def test_it_fits_on_one_page_of_paper(open_page: Open, server: Served) -> None:
    result = stored(server, "apixaban-left-calf.json")
    page = open_page(f"/reports/{result['id']}").page
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    paper = page.pdf(format="A4")
    assert paper.count(b"/Type /Page\n") == 1


def test_what_is_typed_into_the_workbench_is_stored_only_when_asked(open_page: Open, server: Served) -> None:
    counted = f"{server.url}/fhir/RiskAssessment?_summary=count"
    before = requests.get(counted, timeout=10).json()["total"]
    page = open_page("/?example=pregnancy-not-asked").page
    page.get_by_label("Current through the needles").select_option("no")
    expect(page.locator("#said")).to_contain_text("Insufficient data")
    assert requests.get(counted, timeout=10).json()["total"] == before
    page.get_by_role("button", name="Keep as a report").click()
    expect(page.locator("h1")).to_have_text("Dry-needling screening")
    expect(page.locator("main")).to_contain_text("Ask whether the patient could be pregnant")
    assert requests.get(counted, timeout=10).json()["total"] == before + 1


def test_a_form_of_another_site_can_keep_nothing(server: Served) -> None:
    form = {"chart": (None, (ROOT / "examples/nothing-found.json").read_text()), "keep": (None, "yes")}
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    answer = requests.post(f"{server.url}/", files=form, headers=elsewhere, allow_redirects=False, timeout=10)
    assert answer.status_code == 200


def test_a_report_that_is_not_there_is_a_page(server: Served) -> None:
    answer = requests.get(f"{server.url}/reports/none-such", headers={"Accept": "text/html"}, timeout=10)
    assert answer.status_code == 404
    assert "<h1>Not Found</h1>" in answer.text
