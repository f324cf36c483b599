"""Discovery: the services, and the prefetch that each asks for. The rule packs decide what is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from service.cds.hooks import DESCRIBED, Hook
from service.core.judge.rules import tests_read
from service.core.knowledge import Knowledge
from service.core.packs import Pack
from service.core.recognise.results import base_test

SPECIFICATION: Final = "2.0.1"

# A template has to fit in a URL of 2,000 characters with the server's base and the patient's id (up to about 200).
_LONGEST_CODES: Final = 1_500
_PATIENT: Final = "{{context.patientId}}"

_USAGE: Final = (
    "For clinicians who order or perform dry needling. Without prefetch the FHIR server of the call is read, if "
    "it is listed here (scopes: read on Patient, Condition, MedicationRequest, MedicationStatement, Medication, "
    "Observation, Procedure, Immunization, AllergyIntolerance, ServiceRequest). Without both, what is missing is named "
    "on the card; with nothing at all the answer is 412. Clients that filter links must allow those to this service. "
    "Calls about anything but dry needling are answered with no cards, and no chart is read."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One query of a chart: the key that an EHR sends its answer under, the FHIR type, and the search."""

    key: str
    type: str
    search: str  # what stands behind the patient; "" for the Patient itself

    @property
    def text(self) -> str:
        """The template as discovery publishes it."""
        return self.query(_PATIENT)

    def query(self, patient_id: str) -> str:
        """The query for one patient."""
        if not self.search:
            return f"{self.type}/{patient_id}"
        return f"{self.type}?patient={patient_id}&{self.search}"


ORDERS: Final = Template(key="serviceRequests", type="ServiceRequest", search="_count=100")

_FIXED: Final = (
    Template(key="patient", type="Patient", search=""),
    # No filter by status anywhere: what is over still counts for some rules, and is told for the others.
    Template(key="conditions", type="Condition", search="_count=200"),
    # What patients report themselves is `plan` in US Core.
    Template(key="medicationRequests", type="MedicationRequest", search="intent=order,plan&_count=200"),
    Template(key="medicationStatements", type="MedicationStatement", search="_count=200"),
    Template(key="procedures", type="Procedure", search="_count=100"),
    Template(key="immunizations", type="Immunization", search="_count=100"),
    Template(key="allergies", type="AllergyIntolerance", search="_count=100"),
)

RESOURCE_TYPES: Final = frozenset({*(template.type for template in (*_FIXED, ORDERS)), "Observation", "Medication"})
"""All that is read of an EHR; a Medication only where a medicine refers to it."""


def templates(packs: Sequence[Pack], knowledge: Knowledge) -> tuple[Template, ...]:
    """The queries for all that rules of these packs read, orders apart."""
    return (*_FIXED, *_observations(packs, knowledge))


def templates_of(hook: Hook, chart: Sequence[Template]) -> tuple[Template, ...]:
    """The queries of one service: the chart's, and the orders where the context does not hold them."""
    return (*chart, ORDERS) if DESCRIBED[hook].with_orders else tuple(chart)


def discovery(chart: Sequence[Template]) -> dict[str, Any]:
    """The answer to `GET /cds-services`."""
    return {"services": [_service(hook, chart) for hook in Hook]}


def _service(hook: Hook, chart: Sequence[Template]) -> dict[str, Any]:
    described = DESCRIBED[hook]
    return {
        "hook": hook.value,
        "id": hook.service_id,
        "title": described.title,
        "description": described.description,
        "version": SPECIFICATION,
        "hookVersion": described.version,
        "usageRequirements": _USAGE,
        "prefetch": {template.key: template.text for template in templates_of(hook, chart)},
    }


def _observations(packs: Sequence[Pack], knowledge: Knowledge) -> Iterator[Template]:
    """The results that rules read, by LOINC code: one query a rule, since `_count` limits a page and not each code."""
    asked: set[str] = set()
    for name, tests in _groups(packs):
        codes = sorted(_codes(tests, knowledge) - asked)
        asked.update(codes)
        for number, part in enumerate(_parts(codes), start=1):
            key = f"observations{name}{number if number > 1 else ''}"
            search = f"code={','.join(part)}&_sort=-date&_count=100"
            yield Template(key=key, type="Observation", search=search)


def _groups(packs: Sequence[Pack]) -> Iterator[tuple[str, frozenset[str]]]:
    for pack in packs:
        for rule in pack.rules:
            alone = replace(pack, rules=(rule,), placed_by={})
            yield "".join(word.capitalize() for word in rule.id.split("-")), tests_read([alone])
    yield "Places", frozenset(test for pack in packs for tests in pack.placed_by.values() for test in tests)


def _codes(tests: frozenset[str], knowledge: Knowledge) -> set[str]:
    return {
        code
        for code, rows in knowledge.observations.listed("loinc").items()
        if any(base_test(row.concept) in tests for row in rows)
    }


def _parts(codes: Sequence[str]) -> Iterator[list[str]]:
    """The codes in lists that each fit into a URL."""
    part: list[str] = []
    for code in codes:
        if part and len(",".join([*part, code])) > _LONGEST_CODES:
            yield part
            part = []
        part.append(code)
    if part:
        yield part
