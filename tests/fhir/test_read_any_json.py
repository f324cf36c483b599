"""Whatever is sent: a Chart in which every entry stands once, or Refused, and never anything else."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.chart import Chart, Source
from service.fhir.read import Asked, read_request
from service.fhir.refused import Refused
from tests.fhir.reading import (
    LOINC,
    SNOMED,
    SYSTEMS,
    Object,
    all_contents,
    bundle,
    code,
    condition,
    patient,
    resource,
    sources,
)

NAMES = [
    *("resourceType", "id", "type", "entry", "resource", "fullUrl", "request", "method", "url", "search", "mode"),
    *("response", "status", "outcome", "link", "relation", "total", "meta", "security", "tag", "code", "coding"),
    *("system", "display", "text", "subject", "patient", "reference", "identifier", "value", "extension"),
    *("modifierExtension", "implicitRules", "contained", "clinicalStatus", "verificationStatus", "bodySite"),
    *("medication", "concept", "medicationReference", "dosageInstruction", "timing", "repeat", "boundsPeriod"),
    *("component", "valueQuantity", "valueCodeableConcept", "section", "emptyReason", "issue", "parameter", "name"),
    *("effectiveDateTime", "onsetPeriod", "start", "end", "focus", "bodyStructure", "orderDetail", "birthDate"),
    *("_status", "_clinicalStatus", "other", "versionId", "lastUpdated", "dispenseRequest", "referenceRange"),
]
STRINGS = [
    *("Bundle", "Patient", "Condition", "MedicationRequest", "MedicationStatement", "Observation", "Procedure"),
    *("Immunization", "AllergyIntolerance", "ServiceRequest", "Medication", "Composition", "List", "Parameters"),
    *("OperationOutcome", "BodyStructure", "MedicationOrder", "collection", "searchset", "history", "document"),
    *("batch-response", "message", "POST", "DELETE", "PATCH", "outcome", "match", "self", "next", "#a", "Patient/1"),
    *("urn:uuid:1", "http://x/fhir/Patient/1", "Condition?patient=1", "active", "2024", "2024-13-45", "1", "", " "),
    *(
        "http://[",
        "masked",
        "nilknown",
        "11450-4",
        "11348-0",
        "chart",
        "target",
        "as-of",
        "SUBSETTED",
        "\u2028",
        "\x7f",
    ),
]
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(STRINGS),
    st.text(max_size=10),
)
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=20,
)


def full_chart() -> Object:
    """A chart with most of what is read in it, to be damaged."""
    masked = {
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]
    }
    return bundle(
        patient(gender="female", birthDate="1980-02", link=[{"other": {"reference": "Patient/2"}, "type": "refer"}]),
        condition(
            clinicalStatus=code("x", "active"),
            _verificationStatus=masked,
            onsetPeriod={"start": "2020", "end": "2021"},
            bodySite=[code(SNOMED, "1")],
            stage=[{"summary": {"text": "IV"}}],
            recorder={"reference": "Practitioner/1"},
            meta={"security": [{"system": "s", "code": "R"}], "tag": [{"code": "SUBSETTED"}]},
        ),
        resource(
            "MedicationRequest",
            "m",
            status="active",
            intent="order",
            medicationReference={"reference": "#a"},
            contained=[
                {"resourceType": "Medication", "id": "a", "code": code(SNOMED, "2"), "form": {"text": "tablet"}}
            ],
            dosageInstruction=[{"timing": {"repeat": {"boundsDuration": {"value": 3, "code": "d"}}}, "route": {}}],
            dispenseRequest={"expectedSupplyDuration": {"value": 30, "unit": "days"}, "numberOfRepeatsAllowed": 2},
            authoredOn="2024-01-01",
        ),
        resource("MedicationStatement", "s", medication={"concept": {"text": "aspirin"}}, adherence={"code": {}}),
        resource(
            "Observation",
            "o",
            code=code(LOINC, "718-7"),
            valueQuantity={"value": 1.5, "unit": "g/dL"},
            component=[{"code": code(LOINC, "3"), "valueString": "x"}],
            referenceRange=[{"low": {"value": 1}, "high": {"value": 2}}],
            focus=[{"reference": "RelatedPerson/1"}],
        ),
        resource("Procedure", "p", code=code(SNOMED, "4"), performedPeriod={"start": "2020-01-01T10:00:00Z"}),
        resource("Immunization", "i", vaccineCode=code("x", "5"), occurrenceDateTime="2020"),
        resource(
            "ServiceRequest",
            "r",
            code={"concept": {"text": "Dry needling"}},
            orderDetail=[{"parameter": [{"code": {"text": "side"}, "valueString": "left"}]}],
            bodyStructure={"reference": {"reference": "BodyStructure/b"}},
            note=[{"text": "left"}],
        ),
        resource("BodyStructure", "b", includedStructure=[{"structure": code(SNOMED, "6"), "laterality": {}}]),
        resource(
            "Composition",
            "d",
            section=[{"code": code(LOINC, "11450-4"), "entry": [{"reference": "Condition/c"}], "emptyReason": {}}],
        ),
        resource("List", "l", code=code(LOINC, "10160-0"), emptyReason=code("x", "nilknown")),
        {"resource": bundle(type_="searchset", total=0, link=[{"relation": "self", "url": "Condition?patient=1"}])},
        {"request": {"method": "DELETE", "url": "Condition/9"}},
    )


@st.composite
def damaged_charts(draw: st.DrawFn) -> Any:
    """A chart of which up to three places hold something else."""
    chart = copy.deepcopy(full_chart())
    for _ in range(draw(st.integers(1, 3))):
        node: Any = chart
        for _ in range(draw(st.integers(0, 9))):
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            inner = [key for key in keys if isinstance(node[key], dict | list) and node[key]]
            if not inner:
                break
            node = node[draw(st.sampled_from(inner))]
        if node:
            key = draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
            node[key] = draw(anything)
    return chart


def entries_of(chart: Any) -> int:
    """How many entries came in: those of inner Bundles one by one."""
    entries = chart.get("entry")
    count = 0
    for entry in entries if isinstance(entries, list) else [entries] if isinstance(entries, dict) else []:
        inner = entry.get("resource") if isinstance(entry, dict) else None
        method = entry.get("request") if isinstance(entry, dict) else None
        written = method.get("method") if isinstance(method, dict) else None
        is_data = written is None or (isinstance(written, str) and written.upper() in ("POST", "PUT"))
        if isinstance(inner, dict) and inner.get("resourceType") == "Bundle" and is_data:
            count += entries_of(inner)
        else:
            count += 1
    return count


def is_read_or_refused(body: object, *query: tuple[str, str]) -> Asked | None:
    """The request as it was read, everything in it included; None where it was refused."""
    try:
        asked = read_request(
            json.dumps(body).encode(), content_type=None, query=query, systems=SYSTEMS, max_entries=1000
        )
    except Refused:
        return None
    all_contents(asked.chart)
    return asked


@given(anything)
def test_any_json_is_read_or_refused(body: object) -> None:
    is_read_or_refused(body)


@given(st.lists(anything, max_size=5))
def test_any_entries_are_read_or_refused(entries: list[object]) -> None:
    is_read_or_refused({"resourceType": "Bundle", "type": "collection", "entry": [*entries, {"resource": patient()}]})


@given(st.lists(anything, max_size=5))
def test_any_parameters_are_read_or_refused(parameters: list[object]) -> None:
    chart = {"name": "chart", "resource": bundle(patient())}
    is_read_or_refused({"resourceType": "Parameters", "parameter": [*parameters, chart]})


@given(st.lists(st.tuples(st.sampled_from(["target", "as-of", "pack", "subject", "x"]), st.text()), max_size=4))
def test_any_query_is_read_or_refused(query: list[tuple[str, str]]) -> None:
    is_read_or_refused(bundle(patient()), *query)


@given(damaged_charts())
def test_every_entry_of_a_damaged_chart_stands_once(chart: Object) -> None:
    asked = is_read_or_refused(chart)
    if asked is not None:
        assert [source.position for source in sources(asked.chart)] == list(range(entries_of(chart)))


def told(chart: Chart) -> list[object]:
    """All that a chart says, positions apart."""

    def named(source: Source) -> tuple[str, str]:
        return (source.type, source.reference or "")

    return [
        sorted((*named(entry.source), repr(entry.code), repr(entry.content())) for entry in chart.entries),
        sorted((*named(one.source), one.reason) for one in chart.set_aside),
        sorted((*named(one.source), one.reason) for one in chart.unreadable),
        sorted(named(source) for source in (*chart.not_read, *chart.supporting)),
        chart.list_signs,
        chart.remarks,
    ]


@given(damaged_charts(), st.randoms(use_true_random=False))
def test_the_order_of_entries_changes_nothing(chart: Object, random: Random) -> None:
    entries = chart.get("entry")
    if not isinstance(entries, list) or chart.get("type") in ("history", "document", "message"):
        return  # there the order means something
    shuffled = {**chart, "entry": random.sample(entries, len(entries))}
    one, other = is_read_or_refused(chart), is_read_or_refused(shuffled)
    if one is None or other is None:
        assert one is other
    else:
        assert told(one.chart) == told(other.chart)


def test_the_chart_that_is_damaged_is_whole() -> None:
    asked = is_read_or_refused(full_chart())
    assert asked is not None
    assert len(asked.chart.entries) == 6  # the Observation is about a relative
    assert not asked.chart.unreadable


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with pytest.raises(Refused):  # sixty bytes hold no chart with a patient
        read_request(body, content_type=None, query=(), systems=SYSTEMS, max_entries=10)
