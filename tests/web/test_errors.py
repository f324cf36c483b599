"""Contract, section 8: every case with its status and issue code, and never a value of the request."""

import gzip
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.fhir.refused import Case
from service.web.errors import STATUS
from tests.web.charts import AS_OF, FHIR_JSON, SCREEN, bundle, chart, parameters, patient, taking

MEGABYTE = 1_048_576


class Wrong(NamedTuple):
    """A request that can't be screened, and how it is answered."""

    what: str
    status: int
    code: str
    body: Any = None
    query: str = AS_OF
    headers: Mapping[str, str] = MappingProxyType({})


NO_JSON = [
    Wrong("text", 400, "structure", b"hello"),
    Wrong("cut off", 400, "structure", b'{"resourceType": "Bundle", "entry": ['),
    Wrong("two documents", 400, "structure", b"{} {}"),
    Wrong("doubled name", 400, "structure", b'{"resourceType": "Bundle", "type": "batch", "type": "collection"}'),
    Wrong("nested too deeply", 400, "structure", b"[" * 5_000 + b"]" * 5_000),
    Wrong("nested without end", 400, "structure", b'{"a":' * 100_000),
    Wrong("not UTF-8", 400, "structure", b'{"resourceType": "B\xfcndel"}'),
    Wrong("UTF-16", 400, "structure", orjson.dumps(chart()).decode().encode("utf-16")),
    Wrong("NaN", 400, "structure", b'{"resourceType": "Bundle", "total": NaN}'),
    Wrong("lone surrogate", 400, "structure", b'{"resourceType": "\\ud800"}'),
    Wrong("broken gzip", 400, "structure", b"\x1f\x8bhello", headers={"Content-Encoding": "gzip"}),
    Wrong(
        "gzip cut off",
        400,
        "structure",
        gzip.compress(orjson.dumps(chart()))[:-9],
        headers={"Content-Encoding": "gzip"},
    ),
    Wrong("no gzip", 400, "structure", orjson.dumps(chart()), headers={"Content-Encoding": "gzip"}),
]
NO_CHART = [
    Wrong("a number", 422, "invalid", 5),
    Wrong("a list", 422, "invalid", []),
    Wrong("an object of no type", 422, "invalid", {}),
    Wrong("a Patient alone", 422, "invalid", patient()),
    Wrong("an unknown resource", 422, "invalid", {"resourceType": "Nonsense"}),
    Wrong("an empty Bundle", 422, "required", bundle()),
    Wrong("no patient", 422, "required", bundle(taking() | {"subject": {"display": "somebody"}})),
    Wrong("several patients", 422, "multiple-matches", bundle(patient(), patient("ann"))),
    Wrong("a subject elsewhere", 422, "invalid", chart(), f"{AS_OF}&subject=Patient/nobody"),
    Wrong("Parameters without a chart", 422, "required", parameters(), ""),
]
WRONG_PARAMETERS = [
    Wrong("unknown name", 400, "not-found", chart(), f"{AS_OF}&as-off=2026-03-02"),
    Wrong("doubled as-of", 400, "value", chart(), f"{AS_OF}&{AS_OF}"),
    Wrong("unreadable as-of", 400, "value", chart(), "as-of=yesterday"),
    Wrong("30 February", 400, "value", chart(), "as-of=2026-02-30"),
    Wrong("no boolean", 400, "value", chart(), f"{AS_OF}&electrical-stimulation=yes"),
    Wrong("two base packs", 400, "value", chart(), f"{AS_OF}&pack=default&pack=standard-precautions"),
    Wrong("unknown pack", 400, "not-found", chart(), f"{AS_OF}&pack=nix"),
    Wrong(
        "wrong type", 400, "value",
        parameters({"name": "chart", "resource": chart()}, {"name": "as-of", "valueString": "2026-03-02"}), "",
    ),
    Wrong(
        "unknown in Parameters", 400, "not-found",
        parameters({"name": "chart", "resource": chart()}, {"name": "when", "valueDateTime": "2026"}), "",
    ),
]  # fmt: skip
NOT_SUPPORTED = [
    Wrong("XML", 415, "not-supported", b"<Bundle/>", headers={"Content-Type": "application/fhir+xml"}),
    Wrong("form", 415, "not-supported", b"a=b", headers={"Content-Type": "application/x-www-form-urlencoded"}),
    Wrong("STU3", 415, "not-supported", chart(), headers={"Content-Type": f"{FHIR_JSON}; fhirVersion=3.0"}),
    Wrong("R6", 415, "not-supported", chart(), headers={"Content-Type": f"{FHIR_JSON}; fhirVersion=6.0"}),
    Wrong("Latin-1", 415, "not-supported", chart(), headers={"Content-Type": f"{FHIR_JSON}; charset=iso-8859-1"}),
    Wrong("brotli", 415, "not-supported", chart(), headers={"Content-Encoding": "br"}),
    Wrong("gzip twice", 415, "not-supported", chart(), headers={"Content-Encoding": "gzip, gzip"}),
    Wrong("XML wanted", 406, "not-supported", chart(), headers={"Accept": "application/fhir+xml"}),
    Wrong("STU3 wanted", 406, "not-supported", chart(), headers={"Accept": f"{FHIR_JSON}; fhirVersion=3.0"}),
    Wrong("XML by _format", 406, "not-supported", chart(), f"{AS_OF}&_format=xml"),
    Wrong("nothing wanted", 406, "not-supported", chart(), headers={"Accept": "*/*;q=0"}),
]
TOO_MUCH = [
    Wrong("over the limit", 413, "too-long", b" " * (MEGABYTE + 1)),
    Wrong("far over the limit", 413, "too-long", b" " * (8 * MEGABYTE)),
    Wrong(
        "over it once decompressed",
        413,
        "too-long",
        gzip.compress(b" " * (MEGABYTE + 1)),
        headers={"Content-Encoding": "gzip"},
    ),
    Wrong("a bomb", 413, "too-long", zlib.compress(b" " * 900 * MEGABYTE, 9), headers={"Content-Encoding": "deflate"}),
    Wrong("too many entries", 413, "too-costly", bundle(patient(), *(taking() for _ in range(200)))),
]
EMPTY = [
    Wrong("no body", 400, "required", b""),
    Wrong("only blanks", 400, "required", b" \n"),
    Wrong("an empty gzip", 400, "required", gzip.compress(b""), headers={"Content-Encoding": "gzip"}),
]


def ask(client: FlaskClient, wrong: Wrong) -> TestResponse:
    body = wrong.body if isinstance(wrong.body, bytes) else orjson.dumps(wrong.body)
    headers = {"Content-Type": FHIR_JSON, **wrong.headers}
    return client.post(f"{SCREEN}?{wrong.query}", data=body, headers=headers)


@pytest.mark.parametrize(
    "wrong",
    [*NO_JSON, *NO_CHART, *WRONG_PARAMETERS, *NOT_SUPPORTED, *TOO_MUCH, *EMPTY],
    ids=lambda wrong: wrong.what,
)
def test_each_case_has_its_status_and_code(client: FlaskClient, wrong: Wrong) -> None:
    answer = ask(client, wrong)
    assert answer.status_code == wrong.status, answer.data
    assert answer.headers["Content-Type"].endswith("charset=utf-8")
    outcome = answer.json
    assert outcome is not None
    assert outcome["resourceType"] == "OperationOutcome"
    for issue in outcome["issue"]:
        assert issue["severity"] == "error"
        assert issue["code"] == wrong.code
        assert issue["diagnostics"]
        assert "location" not in issue


def test_every_case_has_a_status() -> None:
    assert STATUS.keys() == set(Case)


def test_malformed_json_is_told_by_line_and_column(client: FlaskClient) -> None:
    answer = ask(client, Wrong("", 400, "structure", b'{"resourceType": "Bundle",\n  "type": oops}'))
    assert answer.json is not None
    assert "line 2" in answer.json["issue"][0]["diagnostics"]


def test_all_faults_of_a_request_are_told_at_once(client: FlaskClient) -> None:
    answer = ask(client, Wrong("", 400, "value", chart(), "as-of=x&electrical-stimulation=y&z=1"))
    assert answer.json is not None
    assert len(answer.json["issue"]) == 3


def test_the_unknown_pack_is_answered_with_those_that_are(client: FlaskClient) -> None:
    answer = ask(client, Wrong("", 400, "not-found", chart(), f"{AS_OF}&pack=nix"))
    assert answer.json is not None
    assert "default" in answer.json["issue"][0]["diagnostics"]


def test_after_a_body_over_the_limit_the_connection_is_not_used_again(client: FlaskClient) -> None:
    assert ask(client, TOO_MUCH[0]).headers["Connection"] == "close"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_the_operation_takes_only_post(client: FlaskClient, method: str) -> None:
    answer = client.open(SCREEN, method=method)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    if method != "HEAD":
        assert answer.json is not None
        assert answer.json["issue"][0]["code"] == "not-supported"


@pytest.mark.parametrize("path", ["/fhir/Nix", "/fhir/RiskAssessment/1/$screen", "/fhir/$screen"])
def test_an_unknown_fhir_path_is_told_as_an_operation_outcome(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith(FHIR_JSON)
    assert answer.json is not None
    assert answer.json["issue"][0]["code"] == "not-found"


@pytest.mark.parametrize("path", ["/nix", "/fhirs", "/cds-service", "/health", "/%ff%fe", "/a\x00b"])
def test_other_unknown_paths_are_told_as_json(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json is not None
    assert answer.json["issue"][0]["code"] == "not-found"
    assert "resourceType" not in answer.json


def test_an_error_comes_in_the_version_asked_for(client: FlaskClient) -> None:
    answer = client.get("/fhir/Nix", headers={"Accept": f"{FHIR_JSON}; fhirVersion=5.0"})
    assert answer.headers["Content-Type"] == f"{FHIR_JSON}; fhirVersion=5.0; charset=utf-8"


def test_who_accepts_nothing_we_have_is_told_in_fhir_json(client: FlaskClient) -> None:
    answer = client.get("/fhir/Nix", headers={"Accept": "image/png"})
    assert answer.headers["Content-Type"].startswith(FHIR_JSON)


def test_a_declared_body_that_does_not_come_is_answered(client: FlaskClient) -> None:
    answer = client.post(SCREEN, data=b"{", headers={"Content-Type": FHIR_JSON, "Content-Length": "100"})
    assert answer.status_code == 400
