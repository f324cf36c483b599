"""One value of a call's prefetch → what it says, and about which list. Missing, null, empty and failed are four things.

EHR analysts type keys by hand, so a value counts for what it holds, not only for its key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final
from urllib.parse import urlsplit

from service.cds.discovery import Template
from service.fhir.read.resource_types import KNOWN_TYPES

Json = dict[str, Any]

_LISTS: Final = ("collection", "searchset")
_BAD: Final = ("fatal", "error")
_NAMES: Final[Mapping[str, str]] = {  # what keys are called in samples; longest first, a key may hold several
    "medicationrequest": "MedicationRequest",
    "medicationstatement": "MedicationStatement",
    "allergyintolerance": "AllergyIntolerance",
    "servicerequest": "ServiceRequest",
    "observation": "Observation",
    "immunization": "Immunization",
    "condition": "Condition",
    "procedure": "Procedure",
    "problem": "Condition",
    "allerg": "AllergyIntolerance",
    "patient": "Patient",
    "lab": "Observation",
}
_MOST_INNER: Final = 10


class State(Enum):
    """How a value arrived."""

    RECEIVED = "received"
    INCOMPLETE = "incomplete"  # a page with a `next` link
    NULL = "null"
    FAILED = "failed"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of the chart, from prefetch or from the EHR."""

    key: str
    state: State
    types: frozenset[str]  # resource types it holds or was asked for
    bundle: Json | None = None
    is_ours: bool = False  # sent under a key of discovery, with what that asks for
    held: Mapping[str, Sequence[Json]] = field(default_factory=dict)  # entries by type, those of inner Bundles too


def read_part(key: str, value: object, template: Template | None, patient_id: str) -> Part:
    """What one value is. `template`: of the key, where it is one of ours."""
    named = frozenset({template.type} if template else _named(key))
    if value is None:
        return Part(key=key, state=State.NULL, types=named, is_ours=template is not None)
    resource, failed = _unwrapped(value)
    if failed or (resource is not None and _is_failure(resource)):
        return Part(key=key, state=State.FAILED, types=named, is_ours=template is not None)
    type_ = resource.get("resourceType") if resource is not None else None
    if resource is None or not isinstance(type_, str):
        return Part(key=key, state=State.UNUSABLE, types=named)
    if type_ == "OperationOutcome":  # a warning in place of a result: the search found nothing
        resource = {"resourceType": "Bundle", "type": "searchset", "entry": [_outcome_entry(resource)]}
    elif type_ != "Bundle":
        entry = {"resource": resource}
        return Part(
            key=key,
            state=State.RECEIVED,
            types=frozenset({type_}),
            bundle={"resourceType": "Bundle", "type": "collection", "entry": [entry]},
            is_ours=type_ in named,
            held={type_: [entry]},
        )
    return _bundle_part(key, resource, template, named, patient_id)


def _bundle_part(key: str, bundle: Json, template: Template | None, named: frozenset[str], patient_id: str) -> Part:
    by_type = _by_type(bundle)
    held = frozenset(by_type) - {"OperationOutcome"}
    asked = _asked(_link(bundle, "self"))
    is_ours = template is not None and (not held or template.type in held)
    types = (asked or held or named) if not is_ours else named | asked
    if bundle.get("type") in (None, *_LISTS):
        bundle = {**bundle, "type": "searchset"}
        if not asked and types:
            query = template.query(patient_id) if template and is_ours else f"{min(types)}?patient={patient_id}"
            links = bundle.get("link")
            bundle["link"] = [*(links if isinstance(links, list) else ()), {"relation": "self", "url": query}]
    state = State.RECEIVED
    if not held and any(_is_failure(entry["resource"]) for entry in by_type.get("OperationOutcome", ())):
        return Part(key=key, state=State.FAILED, types=types, is_ours=is_ours)
    if _link(bundle, "next"):
        state = State.INCOMPLETE
    return Part(key=key, state=state, types=types, bundle=bundle, is_ours=is_ours, held=by_type)


def _by_type(bundle: Json) -> dict[str, list[Json]]:
    """Every entry with a resource by its type, those of Bundles inside it one by one. Runs over all of a chart."""
    found: dict[str, list[Json]] = {}
    _sort(bundle, found, 0)
    return found


def _sort(bundle: Json, found: dict[str, list[Json]], depth: int) -> None:
    entries = bundle.get("entry")
    for entry in entries if isinstance(entries, list) else (entries,):
        if not isinstance(entry, dict) or not isinstance(resource := entry.get("resource"), dict):
            continue
        type_ = resource.get("resourceType")
        if type_ == "Bundle":
            if depth < _MOST_INNER:
                _sort(resource, found, depth + 1)
        elif isinstance(type_, str):
            found.setdefault(type_, []).append(entry)


def entries_of(parts: Sequence[Part], type_: str) -> Iterator[Json]:
    """Every entry of a type in these parts, with its fullUrl where it has one."""
    for part in parts:
        for entry in part.held.get(type_, ()):
            yield {name: entry[name] for name in ("fullUrl", "resource") if name in entry}


def _unwrapped(value: object) -> tuple[Json | None, bool]:
    """The resource in a value, also in an entry of a batch-response; whether that entry says that it failed."""
    if not isinstance(value, dict):
        return None, False
    if "resourceType" in value or "response" not in value:
        return (value or None), False
    answer, inner = value["response"], value.get("resource")
    status = answer.get("status") if isinstance(answer, dict) else None
    failed = isinstance(status, str) and status.strip()[:1] in ("4", "5")
    return (inner if isinstance(inner, dict) else None), failed


def _is_failure(resource: Json) -> bool:
    if resource.get("resourceType") != "OperationOutcome":
        return False
    issues = resource.get("issue")
    found = issues if isinstance(issues, list) else [issues]
    return not found or any(not isinstance(issue, dict) or issue.get("severity") in (*_BAD, None) for issue in found)


def _outcome_entry(outcome: Json) -> Json:
    return {"resource": outcome, "search": {"mode": "outcome"}}


def _link(bundle: Json, relation: str) -> str:
    links = bundle.get("link")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("relation") == relation and isinstance(link.get("url"), str):
            return str(link["url"]).strip()
    return ""


def _asked(url: str) -> frozenset[str]:
    """The type that a search link asks for."""
    try:
        last = urlsplit(url).path.rstrip("/").removesuffix("/_search").rpartition("/")[2]
    except ValueError:
        return frozenset()
    return frozenset({last} & KNOWN_TYPES)


def _named(key: str) -> Iterator[str]:
    """The type that a key of somebody else's names."""
    plain = re.sub("[^a-z]", "", key.lower())
    yield from [type_ for name, type_ in _NAMES.items() if name in plain][:1]
