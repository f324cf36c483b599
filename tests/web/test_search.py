"""Stored results are searched as FHIR has it."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.web.charts import FHIR_JSON, bundle, patient, taking
from tests.web.conftest import PUBLIC_URL
from tests.web.stored import application, screened

RESULTS = "/fhir/RiskAssessment"
R5 = f"{FHIR_JSON}; fhirVersion=5.0"


def of(id_: str, medicine: str = "Apixaban 5 mg tablet") -> dict[str, Any]:
    return bundle(patient(id_), taking(medicine, of=id_))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Joe twice, Ann once with another pack, Eve by an address of her own server."""
    client = application(tmp_path_factory.mktemp("search"))
    screened(client, of("joe"), "as-of=2026-03-02")
    screened(client, of("joe"), "as-of=2026-04-02T10:30:00Z")
    screened(client, of("ann", "Paracetamol"), "as-of=2026-05&pack=standard-precautions")
    eve = of("eve")
    eve["entry"][0]["fullUrl"] = "https://ehr.example.org/fhir/Patient/eve"
    eve["entry"][1]["resource"]["subject"]["reference"] = "https://ehr.example.org/fhir/Patient/eve"
    screened(client, eve, "as-of=2026-06-01")
    return client


def search(client: FlaskClient, query: str, path: str = RESULTS) -> dict[str, Any]:
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 200, answer.data
    assert answer.json is not None
    found: dict[str, Any] = answer.json
    return found


def dates(found: dict[str, Any]) -> list[str]:
    return [each["resource"]["occurrenceDateTime"] for each in found.get("entry", [])]


JOE = ["2026-04-02T10:30:00Z", "2026-03-02"]
ANN = ["2026-05"]
EVE = ["2026-06-01"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", EVE + ANN + JOE),
        ("patient=joe", JOE),
        ("patient=Patient/joe", JOE),
        ("subject=Patient/joe", JOE),
        ("subject:Patient=joe", JOE),
        ("patient=joe,ann", ANN + JOE),
        ("patient=eve", EVE),
        ("subject=https://ehr.example.org/fhir/Patient/eve", EVE),
        ("subject=https://other.example.org/fhir/Patient/eve", []),
        ("patient=nobody", []),
        ("date=2026-03-02", ["2026-03-02"]),
        ("date=2026-03", ["2026-03-02"]),
        ("date=ge2026-04-02", [*EVE, *ANN, "2026-04-02T10:30:00Z"]),
        ("date=gt2026-04-02", EVE + ANN),
        ("date=lt2026-04-02T10:30:00Z", ["2026-03-02"]),
        ("date=le2026-04-02T10:30:00Z", JOE),
        ("date=2026-04-02T10:30Z", ["2026-04-02T10:30:00Z"]),
        ("date=2026-04-02T12:30:00+02:00", ["2026-04-02T10:30:00Z"]),
        ("date=ne2026-05", EVE + JOE),
        ("date=2026-05-10", []),  # may have been another day of May
        ("date=sa2026-05", EVE),
        ("date=eb2026-05", JOE),
        ("date=ap2026-03-03", ["2026-03-02"]),
        ("date=ge2026-03-03&date=lt2026-05-01", ["2026-04-02T10:30:00Z"]),
        ("method=standard-precautions", ANN),
        (f"method={quote('https://needlewise.org/fhir/CodeSystem/rule-pack|standard-precautions')}", ANN),
        ("method=other|standard-precautions", []),
        ("headline=insufficient-data", EVE + ANN + JOE),
        ("headline=contraindicated", []),
        ("risk=precaution", EVE + JOE),
        (f"risk={quote('https://needlewise.org/fhir/CodeSystem/headline|precaution')}", EVE + JOE),
        ("patient=joe&risk=precaution&_sort=date", JOE[::-1]),
        ("_sort=-date", EVE + ANN + JOE),
        ("_sort=_lastUpdated", (EVE + ANN + JOE)[::-1]),
        ("patient=", EVE + ANN + JOE),
    ],
)
def test_what_is_asked_for_is_found(client: FlaskClient, query: str, expected: list[str]) -> None:
    found = search(client, query)
    assert dates(found) == expected
    assert found["total"] == len(expected)


def test_a_result_is_found_by_id_and_by_identifier(client: FlaskClient) -> None:
    for entry in search(client, "")["entry"]:
        resource = entry["resource"]
        assert entry["fullUrl"] == f"{PUBLIC_URL}{RESULTS}/{resource['id']}"
        (identifier,) = resource["identifier"]
        for query in (f"_id={resource['id']}", f"identifier={identifier['system']}|{identifier['value']}"):
            (found,) = search(client, query)["entry"]
            assert found["resource"] == resource


def test_pages_lead_to_every_result_once(client: FlaskClient) -> None:
    for sort in ("-_lastUpdated", "date", "-date"):
        query, seen = f"_count=1&_sort={sort}", []
        while query:
            page = search(client, query)
            assert (page["total"], len(page["entry"])) == (4, 1)
            seen += dates(page)
            links = {link["relation"]: link["url"] for link in page["link"]}
            assert links["self"] == f"{PUBLIC_URL}{RESULTS}?_count=1&_sort={sort}"
            query = links.get("next", "").rpartition("?")[2]
        assert seen == dates(search(client, f"_sort={sort}"))


def test_what_is_added_meanwhile_moves_nothing(tmp_path: Path) -> None:
    client = application(tmp_path)
    for day in range(1, 5):
        screened(client, query=f"as-of=2026-03-0{day}")
    page = search(client, "_count=2")
    screened(client, query="as-of=2026-03-05")
    following = next(link["url"] for link in page["link"] if link["relation"] == "next").rpartition("?")[2]
    assert dates(page) + dates(search(client, following)) == [f"2026-03-0{day}" for day in (4, 3, 2, 1)]


@pytest.mark.parametrize("query", ["_count=0", "_summary=count"])
def test_only_the_total_where_that_is_asked_for(client: FlaskClient, query: str) -> None:
    found = search(client, f"patient=joe&{query}")
    assert found["total"] == 2
    assert "entry" not in found
    assert [link["relation"] for link in found["link"]] == ["self"]


@pytest.mark.parametrize(
    "query",
    ["name=x", "_sort=name", "_count=few", "_count=-1", "date=yesterday", "date=2026-13", "subject:missing=true",
     "_page=x", "_count=1&_count=2", "_summary=text", "status=final", "patient:identifier=1"],
)  # fmt: skip
def test_what_is_not_understood_is_refused_by_name(client: FlaskClient, query: str) -> None:
    answer = client.get(f"{RESULTS}?{query}")
    assert (answer.status_code, answer.json["issue"][0]["code"]) == (400, "value")  # type: ignore[index]
    name = query.partition("=")[0]
    assert name in answer.json["issue"][0]["diagnostics"]  # type: ignore[index]


def test_an_unknown_parameter_is_left_out_where_that_is_preferred(client: FlaskClient) -> None:
    answer = client.get(f"{RESULTS}?name=x&patient=joe", headers={"Prefer": "handling=lenient"})
    assert answer.json["total"] == 2  # type: ignore[index]
    assert answer.json["link"][0]["url"] == f"{PUBLIC_URL}{RESULTS}?patient=joe"  # type: ignore[index]


def test_parameters_may_stand_in_a_form(client: FlaskClient) -> None:
    answer = client.post(f"{RESULTS}/_search?_count=1", data={"patient": "joe"})
    assert answer.json["total"] == 2  # type: ignore[index]
    assert len(answer.json["entry"]) == 1  # type: ignore[index]
    assert client.post(f"{RESULTS}/_search", data=b"{}", headers={"Content-Type": FHIR_JSON}).status_code == 415


def test_results_of_another_version_are_told_of(tmp_path: Path) -> None:
    client = application(tmp_path)
    screened(client, Accept=R5)
    alone = client.get(RESULTS)
    assert alone.headers["Content-Type"].startswith(R5)
    screened(client)
    both = search(client, "")
    assert both["total"] == 1
    assert "1 in FHIR 5.0" in both["entry"][1]["resource"]["issue"][0]["diagnostics"]
    assert both["entry"][1]["search"] == {"mode": "outcome"}
    assert client.get(RESULTS, headers={"Accept": R5}).json["total"] == 1  # type: ignore[index]


def test_a_search_of_too_many_values_is_refused(client: FlaskClient) -> None:
    answer = client.post(f"{RESULTS}/_search", data={"_id": ",".join(map(str, range(101)))})
    assert answer.status_code == 400
    assert "100 values" in answer.json["issue"][0]["diagnostics"]  # type: ignore[index]


@pytest.mark.parametrize("name", ["_id", "identifier", "patient", "subject", "method", "risk", "headline"])
def test_odd_characters_find_nothing(client: FlaskClient, name: str) -> None:
    for value in ("%00", "a%00b", "%ED%A0%80", "%27%20OR%201=1--", "%25", "é" * 300):
        assert search(client, f"{name}={value}").get("entry", []) == []


def test_a_page_of_nobody_s_is_refused(client: FlaskClient) -> None:
    for written in ("MSAA", "MSAgJw==", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OSBh", "%C3%A9"):
        assert client.get(f"{RESULTS}?_page={written}").status_code == 400
