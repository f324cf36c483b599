"""Charts for the tests of reading, in FHIR JSON: dull defaults, and a test names only what matters to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

from service.core.chart import Chart, Content, SetAside, Source, Unreadable
from service.fhir.read import Asked, read_request

T = TypeVar("T")
Object = dict[str, Any]

SYSTEMS: Final = {
    "http://snomed.info/sct": "snomed",
    "urn:oid:2.16.840.1.113883.6.96": "snomed",
    "http://loinc.org": "loinc",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd-10-cm",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm",
}
SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
OURS: Final = {"reference": "Patient/1"}


def ask(
    body: object,
    *query: tuple[str, str],
    content_type: str | None = "application/fhir+json",
    max_entries: int = 1000,
) -> Asked:
    """Read a request whose body is this value."""
    return read_request(
        json.dumps(body).encode(), content_type=content_type, query=query, systems=SYSTEMS, max_entries=max_entries
    )


def read(*resources: Object, type_: str = "collection", **elements: object) -> Chart:
    """The Chart of a Bundle with a patient and these resources."""
    return ask(bundle(patient(), *resources, type_=type_, **elements)).chart


def bundle(*resources: Object, type_: str = "collection", **elements: object) -> Object:
    """A Bundle with an entry for each resource; one that holds an entry already stays as it is."""
    entries = [one if "resource" in one or "request" in one else {"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": type_, "entry": entries, **elements}


def patient(id_: str | None = "1", **elements: object) -> Object:
    """A Patient of whom nothing is known."""
    return resource("Patient", id_, subject=None, **elements)


def resource(type_: str, id_: str | None = None, *, subject: object = OURS, **elements: object) -> Object:
    """A resource about the patient."""
    about = "patient" if type_ in ("Immunization", "AllergyIntolerance") else "subject"
    made = {"resourceType": type_, "id": id_, about: subject, **elements}
    return {name: value for name, value in made.items() if value is not None}


def condition(id_: str | None = "c", **elements: object) -> Object:
    """An entry of the problem list."""
    return resource("Condition", id_, **{"code": words("Low back pain"), **elements})


def words(text: str) -> Object:
    """A concept without a code."""
    return {"text": text}


def code(system: str, code_: str, display: str | None = None) -> Object:
    """A concept with one code."""
    coding = {"system": system, "code": code_, "display": display}
    return {"coding": [{name: value for name, value in coding.items() if value is not None}]}


def contents(chart: Chart, kind: type[T]) -> list[T]:
    """What the entries of one kind say, in the order received."""
    read_ = [entry.content() for entry in chart.entries]
    return [content for content in read_ if isinstance(content, kind)]


def content(made: Object, kind: type[T], *others: Object) -> T:
    """What one resource says."""
    (only,) = contents(read(made, *others), kind)
    return only


def sources(chart: Chart) -> list[Source]:
    """Every entry of a chart, wherever it went, in the order received."""
    return sorted(_sources(chart), key=lambda source: source.position)


def _sources(chart: Chart) -> Iterator[Source]:
    placed: Sequence[SetAside | Unreadable] = (*chart.set_aside, *chart.unreadable)
    yield from (entry.source for entry in chart.entries)
    yield from (one.source for one in placed)
    yield from chart.not_read
    yield from chart.supporting
    if chart.subject.source.position >= 0:
        yield chart.subject.source


def all_contents(chart: Chart) -> list[Content]:
    """Everything that can be read of every entry."""
    return [entry.content() for entry in chart.entries]
