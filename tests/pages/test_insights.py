"""Insights: numbers of what is stored, filtered, exported, and never so small that they point at somebody."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import expect

from service.app import create_app
from service.core.chart import Coding
from service.settings import Settings
from service.store import Outcome, Who
from service.store.engine import make_engine
from service.store.sql_store import SqlStore
from service.store.upgrade import upgrade
from tests.pages.conftest import Open
from tests.store.entries import DAY, NOW, card, event, overridden, result
from tests.vignettes.runner import knowledge, packs

THINNER = (Outcome("headline", None, "precaution"), Outcome("finding", "blood-thinner", "precaution"))
PREGNANCY = (
    Outcome("headline", None, "insufficient-data"),
    Outcome("question", "pregnancy", "insufficient-data", "contraindicated"),
)
WHEN = {"from": "2026-03-01", "to": "2026-03-10"}


def fill(store: SqlStore) -> None:
    """Seven results of Mercy on one day, three of nobody known the day after; seven cards, six of them overridden."""
    lacking = (Coding("snomed", "99999", "Odd thing"),)
    for place in range(7):
        made = result(f"thinner-{place}", outcomes=THINNER, unmatched=lacking)
        assert store.results.keep(made, who=Who(caller="Mercy"), event=event(), key=None)
    for place in range(3):
        later = NOW + DAY
        made = result(f"pregnancy-{place}", made=later, headline="insufficient-data", outcomes=PREGNANCY)
        assert store.results.keep(made, who=Who(), event=event(), key=None)
    store.remember_cards([card(f"card-{place}", caller="Mercy") for place in range(7)], now=NOW)
    reason = ("https://needlewise.org/fhir/CodeSystem/override-reason", "", "")
    codes = [each.code for each in packs()["default"].override_reasons]
    entries = [
        overridden(f"card-{place}", caller="Mercy", reason=(reason[0], codes[0] if place else "Mr Smith", ""))
        for place in range(6)
    ]
    assert store.keep_feedback(entries, now=NOW + timedelta(minutes=5))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    engine = make_engine(f"sqlite:///{tmp_path_factory.mktemp('insights')}/store.db")
    upgrade(engine)
    store = SqlStore(engine, monotonic=lambda: 0.0)
    fill(store)
    yield create_app(Settings(), knowledge(), packs(), store=store).test_client()
    engine.dispose()


def numbers(client: FlaskClient, **query: str) -> dict[tuple[str, str], str]:
    text = client.get("/insights/numbers.csv", query_string=WHEN | query).text
    return {(row["part"], row["name"]): row["count"] for row in csv.DictReader(io.StringIO(text))}


def test_everything_is_counted_and_small_numbers_are_not_told(client: FlaskClient) -> None:
    told = numbers(client)
    assert told["Screenings", "2026-03-02"] == "7"
    assert told["Screenings", "2026-03-03"] == "under 5"
    assert told["Screenings", "2026-03-04"] == "0"
    assert told["Headlines", "Precaution"] == "7"
    assert told["Headlines", "Insufficient data"] == "under 5"
    assert told["Rules that gave a finding", "Blood thinner"] == "7"
    assert told["Questions left open", "Pregnancy"] == "under 5"
    assert told["Cards sent", "Blood thinner"] == "7"
    assert told["Cards overridden", "Blood thinner"] == "6"
    assert told["Codes that no list holds", "Odd thing"] == "7"


def test_a_reason_in_words_of_its_own_is_counted_and_not_shown(client: FlaskClient) -> None:
    told = numbers(client)
    first = packs()["default"].override_reasons[0].display
    assert told["Why cards were overridden", first] == "5"
    assert told["Why cards were overridden", "Another reason"] == "under 5"
    for path in ("/insights", "/insights/numbers.csv"):
        assert "Smith" not in client.get(path, query_string=WHEN).text


@pytest.mark.parametrize(
    ("query", "headlines"),
    [
        ({"rule": "blood-thinner"}, {"Precaution": "7"}),
        ({"caller": "Mercy"}, {"Precaution": "7"}),
        ({"caller": "-"}, {"Insufficient data": "under 5"}),
        ({"from": "2026-03-03"}, {"Insufficient data": "under 5"}),
        ({"to": "2026-03-01"}, {}),
    ],
)
def test_filters(client: FlaskClient, query: dict[str, str], headlines: dict[str, str]) -> None:
    told = numbers(client, **query)
    assert {name: count for (part, name), count in told.items() if part == "Headlines"} == headlines


@pytest.mark.parametrize(
    "query", ["from=x&to=y", "from=2026-03-09&to=2026-03-01", "from=0001-01-01&to=9999-12-31", "rule=%00&caller=%F0"]
)
def test_filters_that_make_no_sense_do_no_harm(client: FlaskClient, query: str) -> None:
    assert client.get(f"/insights?{query}").status_code == 200


def test_without_a_store_there_are_no_insights() -> None:
    client = create_app(Settings(database_url="none"), knowledge(), packs()).test_client()
    assert client.get("/insights").status_code == client.get("/reports/1").status_code == 404


def test_filters_work_by_keyboard(open_page: Open) -> None:
    page = open_page("/insights").page
    page.get_by_label("Rule", exact=True).focus()
    page.keyboard.type("Hepatitis B")
    page.get_by_role("button", name="Show").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**rule=hepatitis-b**")
    expect(page.get_by_label("Rule", exact=True)).to_have_value("hepatitis-b")
    assert "rule=hepatitis-b" in str(page.get_by_role("link", name="Numbers as CSV").get_attribute("href"))
