"""`/openapi.json` is valid, and lists what there is and nothing else."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from service.app import create_app
from service.fhir.refused import Case
from service.web.errors import CDS_CASES, STATUS
from tests.vignettes.runner import knowledge, packs
from tests.web.callers import settings, trust_file
from tests.web.charts import SCREEN
from tests.web.conftest import PUBLIC_URL
from tests.web.stored import application


@pytest.fixture(scope="module")
def document(client: FlaskClient) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(client.get("/openapi.json").data)
    return content


def test_it_is_valid(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()


def test_it_lists_every_route_and_nothing_else(client: FlaskClient, document: dict[str, Any]) -> None:
    routes = {
        (re.sub("<([a-z]+)_>", r"{\1}", rule.rule), method)
        for rule in client.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    listed = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    assert listed == routes


def test_every_refusal_has_its_status(document: dict[str, Any]) -> None:
    responses = document["paths"][SCREEN]["post"]["responses"]
    assert {str(int(STATUS[case])) for case in Case if case not in CDS_CASES} <= responses.keys()


def test_every_refusal_of_a_cds_hooks_call_has_its_status(document: dict[str, Any]) -> None:
    responses = document["paths"]["/cds-services/{id}"]["post"]["responses"]
    assert {str(int(STATUS[case])) for case in Case if case is not Case.NOT_ACCEPTABLE} <= responses.keys()


def test_its_example_can_be_sent_as_it_stands(client: FlaskClient, document: dict[str, Any]) -> None:
    media = document["paths"][SCREEN]["post"]["requestBody"]["content"]["application/fhir+json"]
    for example in media["examples"].values():
        assert client.post(SCREEN, data=orjson.dumps(example["value"])).status_code == 200


def test_the_operation_has_the_parameters_of_its_definition(client: FlaskClient, document: dict[str, Any]) -> None:
    definition = client.get("/fhir/OperationDefinition/RiskAssessment-screen").json
    assert definition is not None
    defined = {each["name"] for each in definition["parameter"] if each["use"] == "in"} - {"chart"}
    listed = {each["$ref"].rpartition("/")[2] for each in document["paths"][SCREEN]["post"]["parameters"]}
    assert listed == defined | {"_format", "_pretty", "Idempotency-Key", "Prefer", "Accept-Language"}


def test_its_server_is_the_public_address(document: dict[str, Any]) -> None:
    assert document["servers"] == [{"url": PUBLIC_URL}]


def test_who_must_show_a_token_where_is_as_the_service_has_it(document: dict[str, Any], tmp_path: Path) -> None:
    asked = create_app(settings(trust_file(tmp_path)), knowledge(), packs()).test_client()
    for path, operations in document["paths"].items():
        if path.startswith("/sandbox/fhir/"):
            continue  # an EHR of its own, with tokens of its own
        for method, operation in operations.items():
            address = path.replace("{id}", "dry-needling-order-sign" if path.startswith("/cds") else "nothing")
            answer = asked.open(address, method=method.upper())
            assert (answer.status_code == 401) is ("security" in operation), (method, path, answer.status_code)
            assert "security" not in operation or {"401", "403", "503"} <= operation["responses"].keys()
            if answer.status_code == 401:
                assert bool(answer.data) is ("content" in operation["responses"]["401"]), path


def test_where_requests_are_counted_the_answer_is_listed(document: dict[str, Any], tmp_path: Path) -> None:
    limited = application(tmp_path, rate_limit="1/hour")
    limited.get("/fhir/metadata")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            answer = limited.open(path.replace("{id}", "nothing"), method=method.upper())
            assert (answer.status_code == 429) is ("429" in operation["responses"]), (method, path, answer.status_code)
