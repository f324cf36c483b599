"""The endpoint describes itself, and tells the truth."""

import gzip

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
        method = "POST" if operation["name"] == "process-message" else "GET"
        assert client.open(f"/fhir/${operation['name']}", method=method).status_code == (
            400 if method == "POST" else 200
        )
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
        for entry in found["entry"][:5]:
            assert client.get(f"{path}/{entry['resource']['id']}").json == entry["resource"]
            assert client.get(path, query_string={"url": entry["resource"]["url"]}).json["total"] == 1  # type: ignore[index]
            assert client.get(path, query_string={"_id": entry["resource"]["id"]}).json["total"] == 1  # type: ignore[index]
            assert client.get(path, query_string={"name": entry["resource"]["name"]}).json["total"] >= 1  # type: ignore[index]
            assert client.get(path, query_string={"version": entry["resource"]["version"]}).json["total"] >= 1  # type: ignore[index]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/fhir/RiskAssessment"),
        ("POST", "/fhir/RiskAssessment"),
        ("GET", "/fhir/RiskAssessment/1"),
        ("GET", "/fhir/Patient/1"),
        ("POST", "/fhir/CodeSystem"),
        ("POST", "/fhir/$package"),
        ("DELETE", "/fhir/CodeSystem/headline"),
        ("POST", "/fhir/metadata"),
    ],
)
def test_what_it_does_not_list_does_not_work(client: FlaskClient, method: str, path: str) -> None:
    assert client.open(path, method=method).status_code in {404, 405}


def test_the_versions_are_listed(client: FlaskClient) -> None:
    answer = client.get("/fhir/$versions").json
    assert answer is not None
    assert [part["valueCode"] for part in answer["parameter"] if part["name"] == "version"] == list(VERSIONS)


@pytest.mark.parametrize(
    "path", ["/fhir/metadata", "/fhir/StructureDefinition/headline", "/fhir/CodeSystem", "/fhir/$package"]
)
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
    answer = client.get("/fhir/CodeSystem?title=x")
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["issue"][0]["diagnostics"].startswith("title is no search parameter")


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "99999999999"])
def test_a_count_that_is_none_is_refused(client: FlaskClient, value: str) -> None:
    answer = client.get("/fhir/ValueSet", query_string={"_count": value})
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["issue"][0]["diagnostics"].startswith("_count must be a whole number")


def test_pages_lead_from_one_to_the_next_until_all_is_seen(client: FlaskClient) -> None:
    whole = client.get("/fhir/ValueSet?_summary=true").json
    assert whole is not None
    seen: list[str] = []
    path: str | None = "/fhir/ValueSet?_count=100&_summary=true"
    while path:
        page = client.get(path.removeprefix(PUBLIC_URL)).json
        assert page is not None
        assert page["total"] == whole["total"]
        seen += [entry["resource"]["id"] for entry in page["entry"]]
        path = next((link["url"] for link in page["link"] if link["relation"] == "next"), None)
    assert seen == [entry["resource"]["id"] for entry in whole["entry"]]
    assert len(seen) > 400


@pytest.mark.parametrize("query", ["_count=0", "_summary=count"])
def test_the_total_alone_has_no_entries(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/fhir/ValueSet?{query}").json
    assert answer is not None
    assert answer["total"] > 400
    assert "entry" not in answer


def test_a_summary_leaves_out_the_codes_and_says_so(client: FlaskClient) -> None:
    (entry,) = client.get("/fhir/ValueSet?_id=anemia&_summary=true").json["entry"]  # type: ignore[index]
    assert "compose" not in entry["resource"]
    assert entry["resource"]["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert "compose" in client.get("/fhir/ValueSet/anemia").json  # type: ignore[operator]


def test_names_are_found_by_how_they_begin_whatever_their_case(client: FlaskClient) -> None:
    found = client.get("/fhir/ValueSet?name=hepatitisb&_summary=true").json
    assert found is not None
    assert {"hepatitis-b", "hepatitis-b-chronic"} <= {entry["resource"]["id"] for entry in found["entry"]}


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_comes_in_one_bundle_in_the_version_asked_for(client: FlaskClient, version: str) -> None:
    headers = {"Accept": f"{FHIR_JSON}; fhirVersion={version}", "Accept-Encoding": "gzip"}
    answer = client.get("/fhir/$package", headers=headers)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Type"] == f"{FHIR_JSON}; fhirVersion={version}; charset=utf-8"
    package = orjson.loads(gzip.decompress(answer.data))
    types = {entry["resource"]["resourceType"] for entry in package["entry"]}
    statement = client.get("/fhir/metadata").json
    assert statement is not None
    assert types == {each["type"] for each in statement["rest"][0]["resource"] if each.get("interaction")}
    (rules,) = (entry["resource"] for entry in package["entry"] if entry["resource"]["id"] == "concept-rule")
    assert ("relationship" in rules["group"][0]["element"][0]["target"][0]) == (version == "5.0")


def test_operations_are_defined_where_the_statement_says(client: FlaskClient) -> None:
    statement = client.get("/fhir/metadata").json
    assert statement is not None
    ours = [
        each["definition"]
        for each in statement["rest"][0]["operation"]
        if each["definition"].startswith("https://needlewise.org/")
    ]
    assert ours
    for canonical in ours:
        assert client.get(canonical.removeprefix("https://needlewise.org")).status_code == 200


def test_xml_is_not_written(client: FlaskClient) -> None:
    assert client.get("/fhir/metadata", headers={"Accept": "application/fhir+xml"}).status_code == 406
