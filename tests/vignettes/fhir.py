"""Entries in words → FHIR R4 resources; `to_r5` turns one into what R5 has in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.vignettes.grammar import Patient
from tests.vignettes.lexicon import SYSTEMS, CannotSay, Json, coded, concept_of, names, reason, site
from tests.vignettes.said import Said

_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"
_UCUM: Final = "http://unitsofmeasure.org"
_QUANTITY: Final = re.compile(r"(<=|>=|<|>)?\s*(-?\d+(?:\.\d+)?)(?:\s+(\S.*))?")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_UNKNOWN_MODIFIER: Final = {"url": "https://clinic.example.org/modifier", "valueBoolean": True}
_ADHERENCE: Final = {
    "active": "taking",
    "on-hold": "on-hold",
    "stopped": "stopped",
    "completed": "stopped",
    "not-taken": "not-taking",
    "unknown": "unknown",
}


def patient(told: Patient, dialect: str) -> Json:
    """The Patient resource."""
    found: Json = {"resourceType": "Patient", "id": "p1"}
    if told.sex != "sex-not-recorded":
        found["gender"] = told.sex
    if told.born:
        found["birthDate"] = told.born
    if told.deceased:
        found["deceasedDateTime"] = told.deceased
    extensions: list[Json] = []
    if told.birth_sex:
        code = {"female": "F", "male": "M"}[told.birth_sex]
        url = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"
        extensions.append({"url": url, "valueCode": code})
    if told.sex_parameter:
        if dialect == "ips":
            raise CannotSay("the IPS patient carries no sex parameter")
        coding = {"system": f"{_TERMINOLOGY}/sex-parameter-for-clinical-use", "code": told.sex_parameter}
        extensions.append(
            {
                "url": "http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse",
                "extension": [{"url": "value", "valueCodeableConcept": {"coding": [coding]}}],
            }
        )
    return {**found, "extension": extensions} if extensions else found


def resource(said: Said, dialect: str, number: int) -> Json:
    """One entry as an R4 resource."""
    subject = "Patient/other" if "about another patient" in said.alone else "Patient/p1"
    made = _WRITERS[said.kind](said, dialect)
    key = "patient" if said.kind in {"immunization", "allergy"} else "subject"
    made = {"resourceType": made.pop("resourceType"), "id": f"e{number}", **made, key: {"reference": subject}}
    if label := said.one("labelled"):
        made["meta"] = {"security": [{"system": f"{_TERMINOLOGY}/v3-Confidentiality", "code": label}]}
    if "unknown modifier" in said.alone:
        made["modifierExtension"] = [_UNKNOWN_MODIFIER]
    return {name: value for name, value in made.items() if value is not None}


def _condition(said: Said, dialect: str) -> Json:
    if said.status == "status unknown" and dialect != "r5":
        raise CannotSay("only R5 has the clinical status unknown")
    if said.status == "status absent" and dialect == "r5":
        raise CannotSay("R5 asks for a clinical status")
    if "past section" in said.alone and dialect != "ips":
        raise CannotSay("only a document has a section of past problems")
    verification = said.one("verification") or "confirmed"
    status = said.status.removeprefix("status ")
    made: Json = {
        "resourceType": "Condition",
        "clinicalStatus": None if status == "absent" else _coding("condition-clinical", status),
        "verificationStatus": None if verification == "absent" else _coding("condition-ver-status", verification),
        "code": coded(said, dialect),
        "bodySite": [site(words, dialect) for words in said.values.get("bodySite", ())] or None,
        "severity": {"text": said.one("severity")} if said.one("severity") else None,
        "stage": [{"summary": {"text": said.one("stage")}}] if said.one("stage") else None,
        "onsetDateTime": said.dates.get("onset"),
        "abatementDateTime": said.dates.get("abatement"),
        "abatementString": "yes" if "abated" in said.alone else None,
        "recordedDate": said.dates.get("recorded"),
    }
    if dialect in {"icd", "r5"}:
        made["category"] = [_coding("condition-category", "problem-list-item")]
    return made


def _medicine(said: Said, dialect: str) -> Json:
    made: Json = {"medicationCodeableConcept": coded(said, dialect)}
    if said.one("for"):
        made["reasonCode"] = [reason(said.one("for"), dialect)]
    return made


def _dosage(said: Said) -> list[Json] | None:
    dosage: Json = {}
    if said.one("dosage"):
        dosage["text"] = said.one("dosage")
    if said.one("route"):
        dosage["route"] = {"text": said.one("route")}
    return [dosage] if dosage else None


def _statement(said: Said, dialect: str) -> Json:
    if said.status == "recorded only" and dialect != "r5":
        raise CannotSay("only R5 has statements that are just recorded")
    if dialect == "icd" and said.status == "active" and not set(said.dates) - {"asserted", "from"}:
        return _home_medicine(said, dialect)
    period = {key: said.dates[word] for key, word in (("start", "from"), ("end", "until")) if word in said.dates}
    return {
        "resourceType": "MedicationStatement",
        "status": None if said.status == "status absent" else said.status.removeprefix("status "),
        **_medicine(said, dialect),
        "effectiveDateTime": said.dates.get("effective"),
        "effectivePeriod": period or None,
        "dateAsserted": said.dates.get("asserted"),
        "dosage": _dosage(said),
    }


def _home_medicine(said: Said, dialect: str) -> Json:
    """How US Core records what a patient takes at home."""
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "plan",
        "reportedBoolean": True,
        "category": [_coding("medicationrequest-category", "community")],
        **_medicine(said, dialect),
        "authoredOn": said.dates.get("asserted") or said.dates.get("from"),
        "dosageInstruction": _dosage(said),
    }


def _request(said: Said, dialect: str) -> Json:
    supply: Json = {}
    if said.one("supply"):
        days = int(said.one("supply").removesuffix(" days"))
        supply["expectedSupplyDuration"] = {"value": days, "unit": "days", "system": _UCUM, "code": "d"}
    if said.one("repeats"):
        supply["numberOfRepeatsAllowed"] = int(said.one("repeats"))
    if "valid until" in said.dates:
        supply["validityPeriod"] = {"end": said.dates["valid until"]}
    return {
        "resourceType": "MedicationRequest",
        "status": None if said.status == "status absent" else said.status.removeprefix("status "),
        "intent": said.one("intent") or "order",
        "reportedBoolean": True if "reported" in said.alone else None,
        "doNotPerform": True if "doNotPerform" in said.alone else None,
        **_medicine(said, dialect),
        "authoredOn": said.dates.get("authored"),
        "dosageInstruction": _dosage(said),
        "dispenseRequest": supply or None,
    }


def _observation(said: Said, dialect: str) -> Json:
    made: Json = {
        "resourceType": "Observation",
        "status": None if said.status == "status absent" else said.status.removeprefix("status "),
        "code": coded(said, dialect),
        "effectiveDateTime": said.dates.get("effective"),
        "bodySite": site(said.one("bodySite"), dialect) if said.one("bodySite") else None,
        **_value(said.value, dialect),
    }
    if flag := said.one("flag"):
        coding = {"system": f"{_TERMINOLOGY}/v3-ObservationInterpretation", "code": flag}
        made["interpretation"] = [{"text": flag} if dialect == "words" else {"coding": [coding]}]
    if dialect == "icd":
        made["category"] = [_coding("observation-category", "laboratory")]
    return made


def _value(value: str, dialect: str) -> Json:
    if value == "nothing":
        return {}
    if value.startswith("“"):
        return {"valueString": value.strip("“”")}
    if _DATE.fullmatch(value):
        return {"valueDateTime": value}
    if value in names()["answers"]:
        answer = concept_of("answers", value, dialect)
        return {"valueString": answer["text"]} if dialect == "words" else {"valueCodeableConcept": answer}
    read = _QUANTITY.fullmatch(value)
    if read is None:
        raise KeyError(f"{value} is no listed answer, date or quantity")
    comparator, number, unit = read.groups()
    quantity: Json = {"value": float(number) if "." in number else int(number)}
    if comparator:
        quantity["comparator"] = comparator
    if unit:
        quantity["unit"] = unit
        if dialect != "words":
            quantity |= {"system": _UCUM, "code": unit}
    return {"valueQuantity": quantity}


def _procedure(said: Said, dialect: str) -> Json:
    return {
        "resourceType": "Procedure",
        "status": said.status.removeprefix("status "),
        "code": coded(said, dialect),
        "performedDateTime": said.dates.get("performed"),
        "bodySite": [site(words, dialect) for words in said.values.get("bodySite", ())] or None,
    }


def _immunization(said: Said, dialect: str) -> Json:
    return {
        "resourceType": "Immunization",
        "status": said.status.removeprefix("status "),
        "vaccineCode": coded(said, dialect),
        "occurrenceDateTime": said.dates.get("occurrence"),
    }


def _allergy(said: Said, dialect: str) -> Json:
    verification = said.one("verification")
    own = said.one("code") or said.name in names()["allergies"]
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": _coding("allergyintolerance-clinical", said.status),
        "verificationStatus": _coding("allergyintolerance-verification", verification) if verification else None,
        "code": coded(said, dialect) if own else {"text": said.name},
        "onsetDateTime": said.dates.get("onset"),
        "recordedDate": said.dates.get("recorded"),
    }


def _order(said: Said, _: str) -> Json:
    return {
        "resourceType": "ServiceRequest",
        "status": said.status.removeprefix("status "),
        "intent": "order",
        "code": {"text": said.name},
        "bodySite": [{"text": words} for words in said.values.get("bodySite", ())] or None,
        "note": [{"text": said.one("note")}] if said.one("note") else None,
    }


_WRITERS: Final[Mapping[str, Callable[[Said, str], Json]]] = {
    "condition": _condition,
    "statement": _statement,
    "request": _request,
    "observation": _observation,
    "procedure": _procedure,
    "immunization": _immunization,
    "allergy": _allergy,
    "order": _order,
}


def to_r5(made: Json) -> Json:
    """What R5 has in the place of this R4 resource."""
    if made["resourceType"] == "MedicationStatement":
        made = _adherence(made)
    renamed: dict[str, tuple[str, Callable[[Any], object]]] = {
        "medicationCodeableConcept": ("medication", lambda concept: {"concept": concept}),
        "reasonCode": ("reason", lambda reasons: [{"concept": concept} for concept in reasons]),
        "reportedBoolean": ("reported", bool),
        "performedDateTime": ("occurrenceDateTime", str),
    }
    if made["resourceType"] == "ServiceRequest":
        renamed["code"] = ("code", lambda concept: {"concept": concept})
    found: Json = {}
    for key, value in made.items():
        name, change = renamed.get(key, (key, lambda same: same))
        found[name] = change(value)
    return found


def _adherence(made: Json) -> Json:
    status = made.get("status")
    if status == "entered-in-error":
        return made
    if status == "recorded only":
        return {**made, "status": "recorded"}
    if status not in _ADHERENCE:
        raise CannotSay(f"R5 has no statement that is {status or 'without status'}")
    code = _ADHERENCE[str(status)]
    system = "http://hl7.org/fhir/CodeSystem/medication-statement-adherence"
    return {**made, "status": "recorded", "adherence": {"code": {"coding": [{"system": system, "code": code}]}}}


def absence(kind: str, state: str) -> Json:
    """ "No known problems" and "no information", as the International Patient Summary codes them."""
    if state == "no information":
        code, display = "1287211007", "No information available"
    elif kind == "problems":
        code, display = "160245001", "No current problems or disability"
    else:
        code, display = "787481004", "No known medications"
    concept: Json = {"coding": [{"system": SYSTEMS["snomed"], "code": code, "display": display}]}
    if kind == "problems":
        said = {"resourceType": "Condition", "id": "none-c", "clinicalStatus": _coding("condition-clinical", "active")}
        return {**said, "code": concept, "subject": {"reference": "Patient/p1"}}
    return {
        "resourceType": "MedicationStatement",
        "id": "none-m",
        "status": "active" if state == "none known" else "unknown",
        "medicationCodeableConcept": concept,
        "subject": {"reference": "Patient/p1"},
    }


def _coding(system: str, code: str) -> Json:
    return {"coding": [{"system": f"{_TERMINOLOGY}/{system}", "code": code}]}
