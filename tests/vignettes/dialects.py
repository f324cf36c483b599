"""A vignette as a request: the same chart told as five kinds of systems would send it.

snomed  an R4 collection: SNOMED CT, RxNorm, LOINC; codes with displays and no text; lists that hold
        nothing said with the International Patient Summary's codes
icd     R4 in the manner of US Core: ICD-10-CM with text, what is taken at home as a reported
        MedicationRequest, categories, an order with the body site, absolute fullUrls in a searchset
words   R4 without a single code
r5      R5 in a Parameters resource
ips     an R4 document: Composition with sections, ATC, urn:uuid references, Medication resources
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from tests.vignettes.fhir import absence, patient, resource, to_r5
from tests.vignettes.grammar import Vignette
from tests.vignettes.lexicon import CannotSay, Json, site

_KINDS: Final = {"problems": "Condition", "medicines": "MedicationStatement"}
_MEDICINES: Final = frozenset({"MedicationStatement", "MedicationRequest"})
_SECTIONS: Final = {
    "problems": ("11450-4", "Problem list"),
    "medicines": ("10160-0", "Medication summary"),
    "past": ("11348-0", "History of past illness"),
    "Observation": ("30954-2", "Results"),
    "Procedure": ("47519-4", "Procedures"),
    "Immunization": ("11369-6", "Immunizations"),
    "AllergyIntolerance": ("48765-2", "Allergies"),
    "ServiceRequest": ("18776-5", "Plan of care"),
}
_EMPTY: Final = {"none known": "nilknown", "no information": "unavailable", "failed": "withheld"}
_ASKED: Final = frozenset({"empty", "failed", "incomplete"})  # what only an answer to a query can be
_BASE: Final = "https://ehr.example.org/fhir"

FullUrl = Callable[[Json], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is posted to `$screen`."""

    body: bytes
    content_type: str
    query: tuple[tuple[str, str], ...]


def tell(vignette: Vignette, dialect: str) -> Request:
    """The vignette as this dialect sends it; raises CannotSay where it has no way to."""
    return {"snomed": _collection, "icd": _us_core, "words": _words, "r5": _r5, "ips": _document}[dialect](vignette)


def _resources(vignette: Vignette, dialect: str) -> list[Json]:
    return [resource(said, dialect, number) for number, said in enumerate(vignette.chart, start=1)]


def _collection(vignette: Vignette) -> Request:
    entries = [patient(vignette.patient, "snomed"), *_resources(vignette, "snomed"), *_absences(vignette)]
    return _asked(vignette, *_bundles(vignette, entries, lambda _: None))


def _words(vignette: Vignette) -> Request:
    entries = [patient(vignette.patient, "words"), *_resources(vignette, "words")]
    entries += _nil_lists(vignette)
    return _asked(vignette, *_bundles(vignette, entries, lambda found: f"{found['resourceType']}/{found['id']}"))


def _us_core(vignette: Vignette) -> Request:
    entries = [patient(vignette.patient, "icd"), *_resources(vignette, "icd")]
    entries += _nil_lists(vignette)
    entries += [_needling(number, target) for number, target in enumerate(vignette.targets, start=1)]
    bundles = _bundles(vignette, entries, lambda found: f"{_BASE}/{found['resourceType']}/{found['id']}")
    bundles[0]["type"] = "searchset"
    return _asked(vignette, *bundles, named=not vignette.targets)


def _r5(vignette: Vignette) -> Request:
    entries = [patient(vignette.patient, "r5"), *map(to_r5, [*_resources(vignette, "r5"), *_absences(vignette)])]
    charts = _bundles(vignette, entries, lambda found: f"urn:uuid:{_uuid(found)}")
    parameters: list[Json] = [{"name": "chart", "resource": chart} for chart in charts]
    parameters += [{"name": "target", "valueCodeableConcept": site(target, "r5")} for target in vignette.targets]
    parameters.append({"name": "as-of", "valueDateTime": vignette.as_of})
    parameters += [{"name": "pack", "valueCode": pack} for pack in vignette.packs]
    if vignette.stimulation is not None:
        parameters.append({"name": "electrical-stimulation", "valueBoolean": vignette.stimulation})
    body: Json = {"resourceType": "Parameters", "parameter": parameters}
    return Request(body=_bytes(body), content_type="application/fhir+json; fhirVersion=5.0", query=())


def _document(vignette: Vignette) -> Request:
    if set(vignette.lists.values()) & {"empty", "incomplete"}:
        raise CannotSay("a document is no answer to a query")
    found = _resources(vignette, "ips")
    past = {made["id"] for made, said in zip(found, vignette.chart, strict=True) if "past section" in said.alone}
    medicines = [_apart(made) for made in found if made["resourceType"] in _MEDICINES]
    references: dict[str, list[Json]] = {}
    for made in found:
        kind = str(made["resourceType"])
        section = "medicines" if kind in _MEDICINES else "problems" if kind == "Condition" else kind
        section = "past" if made["id"] in past else section
        references.setdefault(section, []).append({"reference": f"urn:uuid:{_uuid(made)}"})
    sections = [_section(name, references.get(name, []), vignette.lists.get(name, "")) for name in _SECTIONS]
    composition: Json = {
        "resourceType": "Composition",
        "id": "composition",
        "status": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "60591-5", "display": "Patient summary"}]},
        "subject": {"reference": f"urn:uuid:{_uuid({'id': 'p1'})}"},
        "date": vignette.as_of,
        "author": [{"display": "Family practice"}],
        "title": "Patient summary",
        "section": [section for section in sections if section],
    }
    entries = [composition, patient(vignette.patient, "ips"), *found, *filter(None, medicines)]
    body = json.loads(
        json.dumps(_bundle("document", entries, lambda made: f"urn:uuid:{_uuid(made)}")).replace(
            '"reference": "Patient/p1"', f'"reference": "urn:uuid:{_uuid({"id": "p1"})}"'
        )
    )
    body["timestamp"] = f"{vignette.day}T08:00:00Z"
    body["identifier"] = {"system": f"{_BASE}/documents", "value": "1"}
    return _asked(vignette, body)


def _asked(vignette: Vignette, *charts: Json, named: bool = True) -> Request:
    """An R4 request: a Bundle with a query string, or Parameters where several charts are sent."""
    if len(charts) == 1:
        query = [("as-of", vignette.as_of), *(("pack", pack) for pack in vignette.packs)]
        query += [("target", target) for target in vignette.targets if named]
        if vignette.stimulation is not None:
            query.append(("electrical-stimulation", str(vignette.stimulation).lower()))
        return Request(body=_bytes(charts[0]), content_type="application/fhir+json", query=tuple(query))
    parameters: list[Json] = [{"name": "chart", "resource": chart} for chart in charts]
    parameters += [{"name": "target", "valueString": target} for target in vignette.targets if named]
    parameters.append({"name": "as-of", "valueDateTime": vignette.as_of})
    parameters += [{"name": "pack", "valueCode": pack} for pack in vignette.packs]
    if vignette.stimulation is not None:
        parameters.append({"name": "electrical-stimulation", "valueBoolean": vignette.stimulation})
    body: Json = {"resourceType": "Parameters", "parameter": parameters}
    return Request(body=_bytes(body), content_type="application/fhir+json; fhirVersion=4.0", query=())


def _bundles(vignette: Vignette, entries: list[Json], full_url: FullUrl) -> list[Json]:
    """The chart, and beside it the answers to queries that were empty, failed or cut off."""
    answers: list[Json] = []
    for name, state in vignette.lists.items():
        if state not in _ASKED:
            continue
        kinds = _MEDICINES if name == "medicines" else {"Condition"}
        own = [made for made in entries if made["resourceType"] in kinds] if state == "incomplete" else []
        entries = [made for made in entries if made not in own]
        answers.append(_answer(name, state, own, full_url))
    return [_bundle("collection", entries, full_url), *answers]


def _answer(name: str, state: str, own: list[Json], full_url: FullUrl) -> Json:
    kind = _KINDS[name]
    url = f"{_BASE}/{kind}?patient=p1"
    answer = _bundle("searchset", own, full_url)
    for entry in _entries(answer):
        entry["search"] = {"mode": "match"}
    answer["link"] = [{"relation": "self", "url": url}]
    if state == "empty":
        answer["total"] = 0
    if state == "incomplete":
        answer["total"] = len(own) + 40
        answer["link"] = [{"relation": "self", "url": url}, {"relation": "next", "url": f"{url}&page=2"}]
    if state == "failed":
        issue = {"severity": "error", "code": "exception", "diagnostics": "the query timed out"}
        outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
        answer["entry"] = [{"resource": outcome, "search": {"mode": "outcome"}}]
    if not answer.get("entry"):
        answer.pop("entry", None)
    return answer


def _absences(vignette: Vignette) -> list[Json]:
    return [absence(name, state) for name, state in vignette.lists.items() if state in {"none known", "no information"}]


def _nil_lists(vignette: Vignette) -> list[Json]:
    return [_nil_list(name, state) for name, state in vignette.lists.items() if state in _EMPTY.keys() - _ASKED]


def _nil_list(name: str, state: str) -> Json:
    code, title = _SECTIONS[name]
    system = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
    return {
        "resourceType": "List",
        "id": f"list-{name}",
        "status": "current",
        "mode": "snapshot",
        "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": title}]},
        "subject": {"reference": "Patient/p1"},
        "emptyReason": {"coding": [{"system": system, "code": _EMPTY[state]}]},
    }


def _needling(number: int, target: str) -> Json:
    return {
        "resourceType": "ServiceRequest",
        "id": f"order-{number}",
        "status": "draft",
        "intent": "order",
        "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "20560"}], "text": "Dry needling"},
        "bodySite": [{"text": target}],
        "subject": {"reference": "Patient/p1"},
    }


def _section(name: str, references: list[Json], state: str) -> Json | None:
    code, title = _SECTIONS[name]
    if not references and state not in _EMPTY:
        return None
    section: Json = {"title": title, "code": {"coding": [{"system": "http://loinc.org", "code": code}]}}
    if references:
        section["entry"] = references
    if state in _EMPTY:
        system = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
        section["emptyReason"] = {"coding": [{"system": system, "code": _EMPTY[state]}]}
    return section


def _apart(made: Json) -> Json:
    """The Medication as a resource of its own, which the statement then refers to."""
    medication = {"resourceType": "Medication", "id": f"m-{made['id']}", "code": made.pop("medicationCodeableConcept")}
    made["medicationReference"] = {"reference": f"urn:uuid:{_uuid(medication)}"}
    return medication


def _bundle(kind: str, resources: Iterable[Json], full_url: FullUrl) -> Json:
    entries: list[Json] = []
    for made in resources:
        url = full_url(made)
        entries.append({"fullUrl": url, "resource": made} if url else {"resource": made})
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def _entries(bundle: Json) -> list[Json]:
    entries = bundle.get("entry")
    return entries if isinstance(entries, list) else []


def _uuid(made: Json) -> str:
    """A UUID that is the same every time, from the id within the vignette."""
    return f"00000000-0000-4000-8000-{str(made['id']).encode().hex()[:12]:0>12}"


def _bytes(body: Json) -> bytes:
    return json.dumps(body).encode()
