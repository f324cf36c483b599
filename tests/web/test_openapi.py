"""`/openapi.json` is valid, and lists what there is and nothing else."""

import re
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from service.fhir.refused import Case
from service.web.errors import CDS_CASES, STATUS
from tests.web.charts import SCREEN
from tests.web.conftest import PUBLIC_URL


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
    assert listed == defined | {"_format", "_pretty", "Idempotency-Key", "Prefer"}


def test_its_server_is_the_public_address(document: dict[str, Any]) -> None:
    assert document["servers"] == [{"url": PUBLIC_URL}]
