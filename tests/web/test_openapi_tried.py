"""What `/openapi.json` promises is tried on a real server: every operation, with what fits it and what does not."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CheckFunction
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from service.web.openapi import document
from tests.web.serving import Served

CONFIG = SchemathesisConfig.from_dict({"phases": {"coverage": {"enabled": False}}})
SCHEMA = schemathesis.openapi.from_dict(document("http://127.0.0.1"), config=CONFIG)
# The document leaves FHIR to FHIR: what fits its schema may still be no chart, and what doesn't may be one.
UNFIT: list[CheckFunction] = [negative_data_rejection, positive_data_acceptance]


@SCHEMA.exclude(path="/fhir/$package").parametrize()  # it has no parameters, and megabytes: tried in its own test
@settings(max_examples=8, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_the_document_says(case: Any, server: Served) -> None:
    case.call_and_validate(base_url=server.url, excluded_checks=UNFIT)
