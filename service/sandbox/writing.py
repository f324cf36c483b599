"""Writes FHIR R4 resources of a made-up patient, dated back from today: a story stays true however old it gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any, Final

Json = dict[str, Any]
Coding = tuple[str, str, str]  # system, code, display

SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
UCUM: Final = "http://unitsofmeasure.org"
ABSENT: Final = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"


def concept(words: str, *codings: Coding) -> Json:
    """A CodeableConcept."""
    coded = [{"system": system, "code": code, "display": display} for system, code, display in codings]
    return {**({"coding": coded} if coded else {}), "text": words}


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the chart of one patient. All `ago` are in days before today."""

    patient_id: str
    today: date
    _numbers: count[int] = field(default_factory=lambda: count(1), repr=False)

    def on(self, ago: int) -> str:
        """The date so many days ago."""
        return (self.today - timedelta(days=ago)).isoformat()

    def problem(
        self,
        words: str,
        *codings: Coding,
        ago: int | None = None,
        status: str = "active",
        ended: int | None = None,
        verification: str = "confirmed",
        site: str = "",
    ) -> Json:
        """A Condition."""
        made = self._start("Condition") | {
            "clinicalStatus": {"coding": [{"system": f"{_TERMINOLOGY}/condition-clinical", "code": status}]},
            "verificationStatus": {
                "coding": [{"system": f"{_TERMINOLOGY}/condition-ver-status", "code": verification}]
            },
            "category": [{"coding": [{"system": f"{_TERMINOLOGY}/condition-category", "code": "problem-list-item"}]}],
            "code": concept(words, *codings),
        }
        if site:
            made["bodySite"] = [{"text": site}]
        if ago is not None:
            made |= {"onsetDateTime": self.on(ago), "recordedDate": self.on(ago)}
        if ended is not None:
            made["abatementDateTime"] = self.on(ended)
        return made

    def medicine(
        self, words: str, *codings: Coding, ago: int | None = None, status: str = "active", ended: int | None = None
    ) -> Json:
        """A MedicationRequest."""
        made = self._start("MedicationRequest") | {
            "status": status,
            "intent": "order",
            "medicationCodeableConcept": concept(words, *codings),
        }
        if ago is not None:
            made["authoredOn"] = self.on(ago)
        if ended is not None:
            period = {"start": self.on(ago if ago is not None else ended), "end": self.on(ended)}
            made["dispenseRequest"] = {"validityPeriod": period}
        return made

    def no_medicines(self) -> Json:
        """That none are known, as the International Patient Summary says it."""
        return self._start("MedicationStatement") | {
            "status": "active",
            "medicationCodeableConcept": concept(
                "No known medications", (ABSENT, "no-known-medications", "No known medications")
            ),
        }

    def no_problems(self) -> Json:
        """That none are known, as the International Patient Summary says it."""
        return self.problem("No known problems", (ABSENT, "no-known-problems", "No known problems"))

    def result(self, words: str, coding: Coding, value: Json, *, ago: int, category: str = "laboratory") -> Json:
        """An Observation; `value` is its `value[x]`, with its name."""
        return (
            self._start("Observation")
            | {
                "status": "final",
                "category": [{"coding": [{"system": f"{_TERMINOLOGY}/observation-category", "code": category}]}],
                "code": concept(words, coding),
                "effectiveDateTime": self.on(ago),
            }
            | value
        )

    def procedure(self, words: str, *codings: Coding, ago: int) -> Json:
        """A Procedure that was done."""
        return self._start("Procedure") | {
            "status": "completed",
            "code": concept(words, *codings),
            "performedDateTime": self.on(ago),
        }

    def broken(self, type_: str, **content: object) -> Json:
        """A resource as it should not be."""
        return self._start(type_) | content

    def _start(self, type_: str) -> Json:
        id_ = f"{self.patient_id}-{next(self._numbers)}"
        subject = "patient" if type_ == "Immunization" else "subject"
        return {"resourceType": type_, "id": id_, subject: {"reference": f"Patient/{self.patient_id}"}}


def coded(system: str, code: str, display: str) -> Json:
    """A coded answer."""
    return {"valueCodeableConcept": concept(display, (system, code, display))}


def quantity(value: float, unit: str) -> Json:
    """A measured answer."""
    return {"valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit}}


def searchset(resources: Sequence[Json], base: str) -> Json:
    """A Bundle of matches as a server at this base sends it."""
    entries = [
        {
            "fullUrl": f"{base}/{each['resourceType']}/{each['id']}",
            "resource": each,
            "search": {"mode": "match"},
        }
        for each in resources
    ]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}
