"""A request body → Asked: the chart, and what is asked about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.core.chart import Chart, CodeableConcept, ListSign, SetAside, Unreadable
from service.core.dates import Span
from service.fhir.read.bundle import Contents, bundle_faults
from service.fhir.read.concepts import Concepts
from service.fhir.read.content_version import version_of
from service.fhir.read.duplicates import settle_duplicates
from service.fhir.read.headers import sort_entries
from service.fhir.read.json_body import parse_json
from service.fhir.read.parameters import Question
from service.fhir.read.patients import Whose
from service.fhir.read.reading import Reading
from service.fhir.read.received import Received
from service.fhir.read.references import References, identifiers
from service.fhir.read.searches import search_signs
from service.fhir.read.sections import Sections, read_sections
from service.fhir.read.subject import read_subject
from service.fhir.refused import Case, Issue, Refused
from service.fhir.versions import FhirVersion, declared_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A chart and the question about it, whatever FHIR version it came in."""

    chart: Chart
    targets: tuple[CodeableConcept, ...]  # empty: those of the orders in the chart
    as_of: Span | None  # None: now
    packs: tuple[str, ...]  # as sent: ids or canonicals; empty: the service's own
    electrical_stimulation: bool | None
    version: FhirVersion
    bundle_identifier: str | None  # `system|value` of the chart's Bundle, for replays


def read_request(
    body: bytes,
    *,
    content_type: str | None,
    query: Sequence[tuple[str, str]],
    systems: Mapping[str, str],
    max_entries: int,
) -> Asked:
    """Read a `$screen` request. `systems`: a system's URI, OID or alias → its short key. Raises Refused."""
    declared = declared_version(content_type)
    return read_parsed(parse_json(body), declared=declared, query=query, systems=systems, max_entries=max_entries)


def read_parsed(
    resource: object,
    *,
    declared: FhirVersion | None,
    query: Sequence[tuple[str, str]],
    systems: Mapping[str, str],
    max_entries: int,
) -> Asked:
    """Read a request that is plain data already (an entry of a batch). Raises Refused."""
    concepts = Concepts(systems)
    question = Question(concepts)
    question.take_query(query)
    charts = _charts(resource, question)
    contents = Contents(max_entries)
    for chart, _ in charts:
        contents.take_chart(chart)
    version, remark = version_of(contents.received, declared, contents.older_types)
    if remark:
        contents.remark(remark)
    settle_duplicates(contents)
    return Asked(
        chart=_chart(contents, question, concepts),
        targets=tuple(question.targets),
        as_of=question.as_of,
        packs=tuple(dict.fromkeys(question.packs)),
        electrical_stimulation=question.electrical_stimulation,
        version=version,
        bundle_identifier=next((found for chart, _ in charts if (found := _identifier(chart))), None),
    )


def _charts(resource: object, question: Question) -> list[tuple[dict[str, Any], str]]:
    """The charts in the body, each with its FHIRPath. Raises Refused with all faults of body and question."""
    type_ = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(resource, dict) or not isinstance(type_, str):
        question.refuse_faults()
        message = "the body is no FHIR resource: send a Bundle, or Parameters with a chart"
        raise Refused(Case.NOT_A_CHART, Issue("invalid", message))
    if type_ == "Parameters":
        question.take_parameters(resource)
        question.refuse_faults()
        if not question.charts:
            message = "Parameters without a chart: add a parameter chart with a Bundle as its resource"
            raise Refused(Case.NO_CHART, Issue("required", message, "Parameters.parameter"))
        charts = question.charts
    else:
        question.refuse_faults()
        charts = [(resource, type_)]
        if type_ != "Bundle":
            message = (
                "the body is a single resource: put it into a Bundle of type collection"
                " together with the rest of the chart, and send that"
            )
            raise Refused(Case.NOT_A_CHART, Issue("invalid", message))
    faults = [
        issue for chart, at in charts if chart.get("resourceType") == "Bundle" for issue in bundle_faults(chart, at)
    ]
    if faults:
        raise Refused(Case.NOT_A_CHART, *faults)
    return charts


def _chart(contents: Contents, question: Question, concepts: Concepts) -> Chart:
    references = References(contents.received)
    whose = Whose(contents.received, references, question.subject)
    reading = Reading(concepts, references)
    done = sort_entries(contents.received, whose, reading)
    sections = _sections(done.supporting, references, contents.received)
    if sections.past:
        reading.past.update(sections.past)
    resource = whose.patient.resource if whose.patient is not None else {}
    subject, faults = read_subject(resource, whose.source, concepts)
    return Chart(
        subject=subject,
        entries=tuple(done.entries),
        set_aside=tuple(sorted((*contents.set_aside, *done.set_aside), key=_position)),
        unreadable=tuple(sorted((*contents.unreadable, *done.unreadable), key=_position)),
        not_read=tuple(done.not_read),
        supporting=tuple(one.source for one in done.supporting),
        list_signs=_signs(contents, sections),
        remarks=(*sorted(contents.remarks), *sections.remarks, *faults),
    )


def _sections(supporting: Sequence[Received], references: References, received: Sequence[Received]) -> Sections:
    documents = [one for one in supporting if one.source.type == "Composition"]
    lists = [one for one in supporting if one.source.type == "List"]
    return read_sections(documents, lists, references, received)


def _signs(contents: Contents, sections: Sections) -> tuple[ListSign, ...]:
    return tuple(sorted({*search_signs(contents.searches), *sections.signs}))


def _position(placed: SetAside | Unreadable) -> int:
    return placed.source.position


def _identifier(chart: dict[str, Any]) -> str | None:
    """The identifier of a Bundle, by which a resent one is known."""
    found = identifiers(chart) if chart.get("resourceType") == "Bundle" else ()
    return "|".join(found[0]) if found else None
