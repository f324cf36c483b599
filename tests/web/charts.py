"""Small charts as requests of these tests, with dull defaults."""

from typing import Any, Final

Resource = dict[str, Any]

SCREEN: Final = "/fhir/RiskAssessment/$screen"
AS_OF: Final = "as-of=2026-03-02"
FHIR_JSON: Final = "application/fhir+json"


def patient(id_: str = "joe") -> Resource:
    return {"resourceType": "Patient", "id": id_, "gender": "male", "birthDate": "1958-04-01"}


def taking(medicine: str = "Apixaban 5 mg tablet", of: str = "joe") -> Resource:
    return {
        "resourceType": "MedicationStatement",
        "id": "medicine",
        "status": "active",
        "subject": {"reference": f"Patient/{of}"},
        "medicationCodeableConcept": {"text": medicine},
    }


def taking_r5(medicine: str = "Apixaban 5 mg tablet") -> Resource:
    return {
        "resourceType": "MedicationStatement",
        "id": "medicine",
        "status": "recorded",
        "subject": {"reference": "Patient/joe"},
        "medication": {"concept": {"text": medicine}},
    }


def bundle(*resources: Resource, type_: str = "collection") -> Resource:
    return {"resourceType": "Bundle", "type": type_, "entry": [{"resource": resource} for resource in resources]}


def parameters(*parts: Resource) -> Resource:
    return {"resourceType": "Parameters", "parameter": list(parts)}


def chart() -> Resource:
    return bundle(patient(), taking())


def url_of(headline: str) -> str:
    return f"https://needlewise.org/fhir/StructureDefinition/{headline}"


def headline(risk_assessment: Resource) -> str:
    """The code of the headline over all targets."""
    (found,) = (each for each in risk_assessment["extension"] if each["url"] == url_of("headline"))
    code: str = found["valueCodeableConcept"]["coding"][0]["code"]
    return code


def rules(risk_assessment: Resource) -> set[str]:
    """The rules of all findings and questions."""
    return {
        extension["valueCoding"]["code"]
        for prediction in risk_assessment["prediction"]
        for extension in prediction.get("extension", [])
        if extension["url"] == url_of("rule")
    }
