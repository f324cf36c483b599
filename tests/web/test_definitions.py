"""The endpoint describes itself, and tells the truth."""

import orjson
import pytest
from flask.testing import FlaskClient

from tests.web.charts import FHIR_JSON, chart
from tests.web.conftest import PUBLIC_URL

VERSIONS = {"4.0": "4.0.1", "4.3": "4.3.0", "5.0": "5.0.0"}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_capability_statement_has_the_version_asked_for(client: FlaskClient, version: str) -> None:
    answer = client.get("/fhir/metadata", headers={"Accept": f"{FHIR_JSON}; fhirVersion={version}"})
    assert answer.headers["Content-Type"] == f"{FHIR_JSON}; fhirVersion={version}; charset=utf-8"
    assert answer.json is not None
    assert answer.json["fhirVersion"] == VERSIONS[version]
    assert answer.json["implementation"]["url"] == f"{PUBLIC_URL}/fhir"


def test_everything_the_capability_statement_lists_works(client: FlaskClient) -> None:
    statement = client.get("/fhir/metadata").json
    assert statement is not None
    (rest,) = statement["rest"]
    for operation in rest["operation"]:
        assert client.get(f"/fhir/${operation['name']}").status_code == 200
    for resource in rest["resource"]:
        path = f"/fhir/{resource['type']}"
        for operation in resource.get("operation", []):
            answer = client.post(f"{path}/${operation['name']}", data=orjson.dumps(chart()))
            assert answer.status_code == 200
        if not resource.get("interaction"):
            continue
        found = client.get(path).json
        assert found is not None
        assert found["total"] == len(found["entry"]) > 0
        for entry in found["entry"]:
            assert client.get(f"{path}/{entry['resource']['id']}").json == entry["resource"]
            assert client.get(path, query_string={"url": entry["resource"]["url"]}).json["total"] == 1  # type: ignore[index]
            assert client.get(path, query_string={"_id": entry["resource"]["id"]}).json["total"] == 1  # type: ignore[index]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/fhir"),
        ("GET", "/fhir/RiskAssessment"),
        ("POST", "/fhir/RiskAssessment"),
        ("GET", "/fhir/RiskAssessment/1"),
        ("GET", "/fhir/Patient/1"),
        ("POST", "/fhir/CodeSystem"),
        ("DELETE", "/fhir/CodeSystem/headline"),
        ("POST", "/fhir/$process-message"),
        ("POST", "/fhir/metadata"),
    ],
)
def test_what_it_does_not_list_does_not_work(client: FlaskClient, method: str, path: str) -> None:
    assert client.open(path, method=method).status_code in {404, 405}


def test_the_versions_are_listed(client: FlaskClient) -> None:
    answer = client.get("/fhir/$versions").json
    assert answer is not None
    assert [part["valueCode"] for part in answer["parameter"] if part["name"] == "version"] == list(VERSIONS)


@pytest.mark.parametrize("path", ["/fhir/metadata", "/fhir/StructureDefinition/headline", "/fhir/CodeSystem"])
def test_a_client_need_not_read_it_twice(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    assert first.headers["ETag"].startswith('W/"')
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", ["/fhir/metadata", "/health/ready", "/openapi.json"])
def test_head_is_get_without_the_body(client: FlaskClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert head.status_code == 200
    assert head.data == b""
    assert head.headers["Content-Length"] == got.headers["Content-Length"]


def test_an_unknown_search_parameter_is_named(client: FlaskClient) -> None:
    answer = client.get("/fhir/CodeSystem?name=x")
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["issue"][0]["diagnostics"].startswith("name is no search parameter")


def test_xml_is_not_written(client: FlaskClient) -> None:
    assert client.get("/fhir/metadata", headers={"Accept": "application/fhir+xml"}).status_code == 406
