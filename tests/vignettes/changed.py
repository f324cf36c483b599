"""A request after the change that a result states: only what the extension `change` says is used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tests.vignettes.dialects import Request

Json = dict[str, Any]

URL: Final = "https://needlewise.org/fhir/StructureDefinition/change"
_LISTS: Final = {
    "conditions": ("11450-4", {"Condition"}),
    "medicines": ("10160-0", {"MedicationStatement", "MedicationRequest"}),
}
_NO_INFORMATION: Final = ("1287211007", "no-problem-info", "no-medication-info")
_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"
# Clinical and verification status of problems, and of allergies.
_SYSTEMS: Final = (
    (f"{_TERMINOLOGY}/condition-clinical", f"{_TERMINOLOGY}/condition-ver-status"),
    (f"{_TERMINOLOGY}/allergyintolerance-clinical", f"{_TERMINOLOGY}/allergyintolerance-verification"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One change, as a result states it."""

    kind: str
    headline: str
    entries: tuple[str, ...]
    date: str
    code: Json | None
    value: Json | None
    of_list: str


def stated(prediction: Mapping[str, Any]) -> Iterator[Stated]:
    """The changes of a prediction."""
    for extension in prediction.get("extension", ()):
        if extension["url"] == URL:
            parts: dict[str, list[Any]] = {}
            for part in extension["extension"]:
                value = next(value for name, value in part.items() if name.startswith("value"))
                parts.setdefault(part["url"], []).append(value)
            yield Stated(
                kind=parts["kind"][0],
                headline=parts["headline"][0],
                entries=tuple(entry["reference"] for entry in parts.get("entry", ())),
                date=parts.get("date", [""])[0],
                code=parts.get("code", [None])[0],
                value=parts.get("value", [None])[0],
                of_list=parts.get("list", [""])[0],
            )


def changed(request: Request, change: Stated, as_of: str) -> Request:
    """The request with the chart, or the day, as the change says; `as_of` is the day it was judged for."""
    body: Json = json.loads(request.body)
    for entry in [each for each in _entries(body) if _reference(each) in change.entries]:
        _edit(body, entry, change, as_of)
    for each in _entries(body):
        if each["resource"]["resourceType"] == "Patient":
            _edit_patient(each["resource"], change)
    if change.kind == "born":
        change = replace(change, date="")
    if change.kind == "received":
        _receive(body, change.of_list)
    if change.code is not None:
        _observe(body, {"coding": [change.code]}, change.value, as_of)
    query = [(name, change.date if change.date and name == "as-of" else text) for name, text in request.query]
    for parameter in body.get("parameter", ()):
        if change.date and parameter["name"] == "as-of":
            parameter["valueDateTime"] = change.date
    return Request(body=json.dumps(body).encode(), content_type=request.content_type, query=tuple(query))


def _edit_patient(patient: Json, change: Stated) -> None:
    if change.kind == "living":
        patient.pop("deceasedDateTime", None)
        patient.pop("deceasedBoolean", None)
    if change.kind == "born":
        patient["birthDate"] = change.date


def _bundles(body: Json) -> list[Json]:
    if body["resourceType"] == "Bundle":
        return [body]
    return [each["resource"] for each in body["parameter"] if each["name"] == "chart"]


def _entries(body: Json) -> list[Json]:
    return [entry for bundle in _bundles(body) for entry in bundle.get("entry", ())]


def _reference(entry: Json) -> str:
    resource = entry["resource"]
    return entry.get("fullUrl") or f"{resource['resourceType']}/{resource.get('id')}"


def _edit(body: Json, entry: Json, change: Stated, as_of: str) -> None:
    resource: Json = entry["resource"]
    is_problem = resource["resourceType"] in ("Condition", "AllergyIntolerance")
    clinical, verification = _SYSTEMS[resource["resourceType"] == "AllergyIntolerance"]
    match change.kind:
        case "resolved":
            resource["clinicalStatus"] = {"coding": [{"system": clinical, "code": "resolved"}]}
        case "refuted":
            resource["verificationStatus"] = {"coding": [{"system": verification, "code": "refuted"}]}
        case "withdrawn" if is_problem and _is_readable(resource):
            resource["verificationStatus"] = {"coding": [{"system": verification, "code": "entered-in-error"}]}
        case "withdrawn" if _is_readable(resource):
            resource["status"] = "entered-in-error"
        case "withdrawn":
            for bundle in _bundles(body):
                bundle["entry"] = [each for each in bundle.get("entry", ()) if each is not entry]
        case "stopped":
            _stop(resource, as_of)
        case "result":
            _observe(body, resource["code"], change.value, as_of)


def _is_readable(resource: Json) -> bool:
    """Whether its code says anything: what says nothing can only be taken out."""
    return any(
        resource.get(name) for name in ("code", "medicationCodeableConcept", "vaccineCode", "medicationReference")
    )


def _stop(resource: Json, as_of: str) -> None:
    resource["status"] = "stopped"
    if resource["resourceType"] == "MedicationRequest":
        resource["dispenseRequest"] = {"validityPeriod": {"end": as_of}}
        return
    start = resource.pop("effectiveDateTime", None) or resource.get("effectivePeriod", {}).get("start")
    resource["effectivePeriod"] = {"start": start, "end": as_of} if start else {"end": as_of}


def _observe(body: Json, code: Json, value: Json | None, as_of: str) -> None:
    observation = {
        "resourceType": "Observation",
        "id": "observed-after-the-change",
        "status": "final",
        "code": code,
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": as_of,
        "valueCodeableConcept": {"coding": [value]},
    }
    _bundles(body)[0]["entry"].append({"resource": observation})


def _receive(body: Json, of_list: str) -> None:
    """The list comes: what was cut off ends where it is, what failed or was not sent holds none."""
    code, types = _LISTS[of_list]
    bundles = _bundles(body)
    for bundle in bundles:
        ours = any(f"/{type_}?" in link["url"] for link in bundle.get("link", ()) for type_ in types)
        if ours:
            bundle["link"] = [link for link in bundle["link"] if link["relation"] == "self"]
            bundle["entry"] = [each for each in bundle.get("entry", ()) if each["resource"]["resourceType"] in types]
            bundle["total"] = len(bundle["entry"])
    bundles[0]["entry"] = [each for each in bundles[0]["entry"] if not _says_nothing(each["resource"], types)]
    reason = {"system": "http://terminology.hl7.org/CodeSystem/list-empty-reason", "code": "nilknown"}
    nil = {
        "resourceType": "List",
        "status": "current",
        "mode": "snapshot",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": "Patient/p1"},
        "emptyReason": {"coding": [reason]},
    }
    if not any(_is_own(each["resource"], types) for each in _entries(body)):
        bundles[0]["entry"].append({"resource": nil})


def _says_nothing(resource: Json, types: set[str]) -> bool:
    return resource["resourceType"] in types and any(code in json.dumps(resource) for code in _NO_INFORMATION)


def _is_own(resource: Json, types: set[str]) -> bool:
    return resource["resourceType"] in types and resource["subject"]["reference"] == "Patient/p1"
