"""Charts of our own to measure on, the same for the same seed, shaped and sized like Synthea's export.

Clinical mix: Patient, 12 % Condition, 12 % MedicationRequest, 70 % Observation, 6 % Procedure, about 1 kB an entry.
Full mix: what a whole export holds; claims and statements of benefit are a quarter of the entries and half the bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

import orjson

from bench import vocabulary as words
from bench.billing import claim, explanation_of_benefit
from bench.vocabulary import Measure, Term

AS_OF: Final = "2026-03-02"
_LAST_VISIT: Final = datetime(2026, 2, 27, 9, 15, tzinfo=UTC)
_DAYS: Final = 12 * 365  # of record

# Shares of entries that a list knows, near those of published Synthea charts. (Of the observations,
# hemoglobin, HbA1c, platelets, glucose and the like are listed: about one in five.)
_LISTED: Final = {"condition": 1 / 8, "medicine": 1 / 6, "procedure": 1 / 30}
_RESOLVED: Final = 0.7  # of the conditions
_ENDED: Final = 0.75  # of the medicines
_REWORDED: Final = 1 / 10  # of the texts beside the codes: typed, or of another system; the rest are displays

_CLINICAL: Final = {"condition": 12, "medicine": 12, "observation": 70, "procedure": 6}
_FULL: Final = {
    "observation": 43,
    "claim": 13,
    "explanation_of_benefit": 11,
    "encounter": 11,
    "diagnostic_report": 6,
    "procedure": 5,
    "immunization": 4,
    "condition": 3,
    "medicine": 3,
    "care_plan": 1,
}

Json = dict[str, Any]


def clinical_chart(entries: int, seed: int, *, text_only: bool = False) -> bytes:
    """A chart of the clinical mix; with `text_only`, half of the conditions and medicines lose their codings."""
    return _Chart(seed).written(entries, _CLINICAL, text_only=text_only)


def full_chart(entries: int, seed: int) -> bytes:
    """A chart of the full mix."""
    return _Chart(seed).written(entries, _FULL)


class _Chart:
    """One patient's chart in the making. All that is random comes from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - charts, not secrets
        self._patient = self._uuid()
        self._practitioner = self._uuid()
        self._encounter = self._uuid()
        self._when = _LAST_VISIT

    def written(self, entries: int, mix: dict[str, int], *, text_only: bool = False) -> bytes:
        # Whole shares first, the rest by chance: a small chart has some of each kind, too.
        kinds = [kind for kind, share in mix.items() for _ in range(share * (entries - 1) // 100)]
        kinds += self._random.choices(list(mix), list(mix.values()), k=entries - 1 - len(kinds))
        self._random.shuffle(kinds)
        resources = [self._subject()]
        for kind in kinds:
            self._visit()
            resources.append(self._written[kind](self))
        if text_only:
            _lose_codings(resources)
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [*map(_entry, resources)]}
        return orjson.dumps(bundle)

    def _visit(self) -> None:
        """Every few entries, another encounter on another day."""
        if self._random.random() < 0.15:  # noqa: PLR2004 - about seven entries a visit
            self._encounter = self._uuid()
            self._when = _LAST_VISIT - timedelta(minutes=self._random.randrange(_DAYS * 24 * 60))

    def _subject(self) -> Json:
        male = self._random.random() < 0.5  # noqa: PLR2004 - half
        return {
            "resourceType": "Patient",
            "id": self._patient,
            "meta": _profile("us-core-patient"),
            "extension": [
                {"url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex", "valueCode": "FM"[male]},
                {
                    "url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
                    "valueAddress": {"city": "Peabody", "state": "Massachusetts", "country": "US"},
                },
            ],
            "identifier": [
                {"system": "https://github.com/synthetichealth/synthea", "value": self._patient},
                {
                    "type": _concept(Term("http://terminology.hl7.org/CodeSystem/v2-0203", "MR", "Medical Record")),
                    "system": "http://hospital.smarthealthit.org",
                    "value": self._patient,
                },
            ],
            "name": [{"use": "official", "family": "Example", "given": ["Robin"]}],
            "telecom": [{"system": "phone", "value": "555-0100", "use": "home"}],
            "gender": "male" if male else "female",
            "birthDate": f"{self._random.randrange(1940, 2000)}-06-09",
            "address": [{"line": ["1 Example Street"], "city": "Reading", "state": "MA", "country": "US"}],
        }

    def _condition(self) -> Json:
        term, text = self._named("condition", words.CONDITIONS, words.listed_conditions())
        resolved = self._random.random() < _RESOLVED
        status = "resolved" if resolved else "active"
        onset = self._time()
        condition = self._resource(
            "Condition",
            "us-core-condition-encounter-diagnosis",
            clinicalStatus=_status("condition-clinical", status),
            verificationStatus=_status("condition-ver-status", "confirmed"),
            category=[_concept(_category("condition-category", "encounter-diagnosis", "Encounter Diagnosis"))],
            code=_concept(term, text),
            subject=self._reference(self._patient),
            encounter=self._reference(self._encounter),
            onsetDateTime=onset,
        )
        if resolved:
            condition["abatementDateTime"] = self._time(days=self._random.randrange(7, 60))
        return condition | {"recordedDate": onset}

    def _medicine(self) -> Json:
        term, text = self._named("medicine", words.MEDICINES, words.listed_medicines())
        ended = self._random.random() < _ENDED
        timing = {"repeat": {"frequency": 1, "period": 1.0, "periodUnit": "d"}}
        return self._resource(
            "MedicationRequest",
            "us-core-medicationrequest",
            status="completed" if ended else "active",
            intent="order",
            category=[_concept(_category("medicationrequest-category", "community", "Community"))],
            medicationCodeableConcept=_concept(term, text),
            subject=self._reference(self._patient),
            encounter=self._reference(self._encounter),
            authoredOn=self._time(),
            requester=self._reference(self._practitioner),
            dosageInstruction=[
                {
                    "sequence": 1,
                    "text": "Take as needed.",
                    "timing": timing,
                    "asNeededBoolean": False,
                    "doseAndRate": [{"type": _concept(_category("dose-rate-type", "ordered", "Ordered"))}],
                }
            ],
        )

    def _observation(self) -> Json:
        chance = self._random.random()
        if chance < 0.06:  # noqa: PLR2004 - as in published charts
            parts = [self._measured(each) for each in (words.SYSTOLIC, words.DIASTOLIC)]
            return self._observed(words.BLOOD_PRESSURE, "vital-signs", "Vital signs", {"component": parts})
        if chance < 0.1:  # noqa: PLR2004 - as in published charts
            answer = _concept(self._random.choice(words.SMOKING_ANSWERS))
            return self._observed(words.SMOKING, "social-history", "Social History", {"valueCodeableConcept": answer})
        measured = self._measured(self._random.choice(words.MEASURES))
        term = Term(*measured.pop("code")["coding"][0].values())
        return self._observed(term, "laboratory", "Laboratory", measured)

    def _observed(self, term: Term, category: str, category_words: str, value: Json) -> Json:
        return self._resource(
            "Observation",
            "us-core-observation-lab",
            status="final",
            category=[_concept(_category("observation-category", category, category_words))],
            code=_concept(term),
            subject=self._reference(self._patient),
            encounter=self._reference(self._encounter),
            effectiveDateTime=self._time(),
            issued=self._when.isoformat(timespec="milliseconds"),
            **value,
        )

    def _measured(self, measure: Measure) -> Json:
        value = self._random.uniform(measure.low, measure.high)
        quantity = {
            "value": value,
            "unit": measure.unit,
            "system": "http://unitsofmeasure.org",
            "code": measure.unit,
        }
        return {"code": _concept(measure.term), "valueQuantity": quantity}

    def _procedure(self) -> Json:
        term, text = self._named("procedure", words.PROCEDURES, words.listed_procedures())
        return self._resource(
            "Procedure",
            "us-core-procedure",
            status="completed",
            code=_concept(term, text),
            subject=self._reference(self._patient),
            encounter=self._reference(self._encounter),
            performedPeriod={"start": self._time(), "end": self._time(minutes=25)},
            location={"reference": f"urn:uuid:{self._practitioner}", "display": "EXAMPLE GENERAL HOSPITAL"},
            reasonReference=[self._reference(self._uuid()) | {"display": "Low back pain"}],
        )

    def _immunization(self) -> Json:
        return self._resource(
            "Immunization",
            "us-core-immunization",
            status="completed",
            vaccineCode=_concept(self._random.choice(words.VACCINES)),
            patient=self._reference(self._patient),
            encounter=self._reference(self._encounter),
            occurrenceDateTime=self._time(),
            primarySource=True,
            location={"reference": f"urn:uuid:{self._practitioner}", "display": "EXAMPLE GENERAL HOSPITAL"},
        )

    def _encountered(self) -> Json:
        performer = _concept(_category("v3-ParticipationType", "PPRF", "primary performer"))
        period = {"start": self._time(), "end": self._time(minutes=30)}
        return self._resource(
            "Encounter",
            "us-core-encounter",
            identifier=[{"use": "official", "system": "https://github.com/synthetichealth/synthea", "value": "1"}],
            status="finished",
            **{"class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}},
            type=[_concept(self._random.choice(words.VISITS))],
            subject=self._reference(self._patient) | {"display": "Robin Example"},
            participant=[{"type": [performer], "period": period, "individual": self._reference(self._practitioner)}],
            period=period,
            location=[{"location": self._reference(self._uuid()) | {"display": "EXAMPLE GENERAL HOSPITAL"}}],
            serviceProvider=self._reference(self._uuid()) | {"display": "EXAMPLE GENERAL HOSPITAL"},
        )

    def _diagnostic_report(self) -> Json:
        results = self._random.sample(words.MEASURES, self._random.randrange(4, 12))
        return self._resource(
            "DiagnosticReport",
            "us-core-diagnosticreport-lab",
            status="final",
            category=[_concept(_category("v2-0074", "LAB", "Laboratory"))],
            code=_concept(self._random.choice(words.PANELS)),
            subject=self._reference(self._patient),
            encounter=self._reference(self._encounter),
            effectiveDateTime=self._time(),
            issued=self._when.isoformat(timespec="milliseconds"),
            performer=[self._reference(self._uuid()) | {"display": "EXAMPLE GENERAL HOSPITAL"}],
            result=[self._reference(self._uuid()) | {"display": each.term.display} for each in results],
        )

    def _care_plan(self) -> Json:
        activity = {"detail": {"code": _concept(self._random.choice(words.PROCEDURES)), "status": "in-progress"}}
        return self._resource(
            "CarePlan",
            "us-core-careplan",
            text={
                "status": "generated",
                "div": '<div xmlns="http://www.w3.org/1999/xhtml">Care Plan for Diabetes self management plan.</div>',
            },
            status="active",
            intent="order",
            category=[_concept(Term(words.SNOMED, "698360004", "Diabetes self management plan"))],
            subject=self._reference(self._patient),
            encounter=self._reference(self._encounter),
            period={"start": self._time()},
            addresses=[self._reference(self._uuid())],
            activity=[activity, activity],
        )

    def _claim(self) -> Json:
        visit, problem = self._random.choice(words.VISITS), self._random.choice(words.CONDITIONS)
        return claim(self._uuid(), self._patient, self._encounter, self._time(), _concept(visit), _concept(problem))

    def _benefit(self) -> Json:
        visit, problem = self._random.choice(words.VISITS), self._random.choice(words.CONDITIONS)
        return explanation_of_benefit(
            self._uuid(), self._patient, self._encounter, self._time(), _concept(visit), _concept(problem)
        )

    _written: Final[dict[str, Callable[[_Chart], Json]]] = {
        "condition": _condition,
        "medicine": _medicine,
        "observation": _observation,
        "procedure": _procedure,
        "immunization": _immunization,
        "encounter": _encountered,
        "diagnostic_report": _diagnostic_report,
        "care_plan": _care_plan,
        "claim": _claim,
        "explanation_of_benefit": _benefit,
    }

    def _named(self, kind: str, everyday: Sequence[Term], listed: Sequence[Term]) -> tuple[Term, str]:
        """A term, and the words beside it: mostly its display, sometimes those of whoever typed them."""
        term = self._random.choice(listed if self._random.random() < _LISTED[kind] else everyday)
        if self._random.random() >= _REWORDED:
            return term, term.display
        plain = term.display.partition(" (")[0]
        year = self._random.randrange(2005, 2026)
        forms = (f"{plain}, stable", f"{plain} ({year})", f"{plain.lower()} - see letter of {year}", f"known {plain}")
        return term, self._random.choice(forms)

    def _resource(self, type_: str, profile: str, **content: object) -> Json:
        return {"resourceType": type_, "id": self._uuid(), "meta": _profile(profile), **content}

    def _reference(self, id_: str) -> Json:
        return {"reference": f"urn:uuid:{id_}"}

    def _time(self, *, days: int = 0, minutes: int = 0) -> str:
        return min(self._when + timedelta(days=days, minutes=minutes), _LAST_VISIT).isoformat()

    def _uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))


def _entry(resource: Json) -> Json:
    return {
        "fullUrl": f"urn:uuid:{resource['id']}",
        "resource": resource,
        "request": {"method": "POST", "url": resource["resourceType"]},
    }


def _profile(name: str) -> Json:
    return {"profile": [f"http://hl7.org/fhir/us/core/StructureDefinition/{name}"]}


def _concept(term: Term, text: str = "") -> Json:
    return {
        "coding": [{"system": term.system, "code": term.code, "display": term.display}],
        "text": text or term.display,
    }


def _category(system: str, code: str, display: str) -> Term:
    return Term(f"http://terminology.hl7.org/CodeSystem/{system}", code, display)


def _status(system: str, code: str) -> Json:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}]}


def _lose_codings(resources: Sequence[Json]) -> None:
    """Every second condition and every second medicine keeps its words alone."""
    for type_, element in (("Condition", "code"), ("MedicationRequest", "medicationCodeableConcept")):
        for resource in [each for each in resources if each["resourceType"] == type_][::2]:
            del resource[element]["coding"]
