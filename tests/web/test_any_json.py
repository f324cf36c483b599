"""No input at all gets a 500: any JSON, any mangled chart, any bytes, any parameters."""

from typing import Any

import orjson
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from tests.web.charts import FHIR_JSON, SCREEN, bundle, patient, taking, taking_r5

# Words that mean something to some reader of charts: they get a random value past the first door.
_NAMES = (
    "resourceType id type entry resource fullUrl request method url search mode link relation issue parameter "
    "name part chart meta extension modifierExtension contained status code coding system display text "
    "subject patient reference clinicalStatus verificationStatus onsetDateTime onsetAge abatementString "
    "recordedDate effectiveDateTime effectivePeriod start end valueQuantity value unit comparator "
    "valueCodeableConcept valueDateTime component medicationCodeableConcept medicationReference medication "
    "concept bodySite section emptyReason birthDate gender deceasedBoolean dosageInstruction dispenseRequest "
    "referenceRange low interpretation _status _birthDate"
)
NAMES = st.sampled_from(_NAMES.split())
_WORDS = (
    "Bundle Parameters Patient Condition Observation MedicationStatement MedicationRequest Medication "
    "ServiceRequest Procedure Immunization AllergyIntolerance Composition List MessageHeader OperationOutcome "
    "collection searchset document message transaction history active final completed entered-in-error "
    "2026-03-02 2026 2026-02-30 Patient/joe #a urn:uuid:1 http://snomed.info/sct http://loinc.org 44054006 "
    "718-7 718-7| diabetes warfarin 5 mmol/L as-of target DELETE PATCH next"
)
WORDS = st.sampled_from(_WORDS.split())
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | WORDS | st.text()
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(), inner, max_size=5),
    max_leaves=30,
)
RESOURCES = st.dictionaries(NAMES, JSON, max_size=6).flatmap(
    lambda rest: WORDS.map(lambda type_: rest | {"resourceType": type_})
)
CHARTS = st.lists(RESOURCES | JSON, max_size=4).map(
    lambda entries: bundle(patient(), taking(), taking_r5(), *entries)  # type: ignore[arg-type]  # that is the point
)


def status(client: FlaskClient, body: bytes, **request: Any) -> int:
    return client.post(SCREEN, data=body, **({"headers": {"Content-Type": FHIR_JSON}} | request)).status_code


@given(JSON)
def test_any_json_in_never_a_500(client: FlaskClient, value: Any) -> None:
    assert status(client, orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)) < 500


@given(CHARTS)
def test_any_entry_beside_a_sound_chart_costs_nothing(client: FlaskClient, chart: Any) -> None:
    assert status(client, orjson.dumps(chart)) in {200, 422}


@given(st.dictionaries(NAMES, JSON), st.sampled_from(["Bundle", "Parameters"]))
def test_any_bundle_or_parameters_never_a_500(client: FlaskClient, rest: Any, type_: str) -> None:
    assert status(client, orjson.dumps(rest | {"resourceType": type_})) < 500


@given(st.binary(), st.sampled_from(["", "gzip", "deflate", "br"]))
def test_any_bytes_never_a_500(client: FlaskClient, body: bytes, encoding: str) -> None:
    headers = {"Content-Type": FHIR_JSON} | ({"Content-Encoding": encoding} if encoding else {})
    assert status(client, body, headers=headers) < 500


@given(st.dictionaries(st.sampled_from(["as-of", "pack", "subject", "target", "_format"]) | st.text(), st.text()))
def test_any_parameters_never_a_500(client: FlaskClient, query: dict[str, str]) -> None:
    assert status(client, orjson.dumps(bundle(patient(), taking())), query_string=query) < 500


@given(
    st.dictionaries(
        st.sampled_from(
            ["Content-Type", "Accept", "Accept-Encoding", "Prefer", "Host", "Origin", "If-None-Match", "Range"]
        ),
        st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f")),
    )
)
def test_any_headers_never_a_500(client: FlaskClient, headers: dict[str, str]) -> None:
    assert status(client, orjson.dumps(bundle(patient(), taking())), headers=headers) < 500
    assert client.get("/fhir/metadata", headers=headers).status_code < 500
