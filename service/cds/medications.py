"""Medicines that name their drug by a reference: the Medications that are neither contained nor sent are read.

What can't be read stays a reference that leads nowhere, and the screening says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from service.cds.chart import Ask, Gathered, Need, NotFetched
from service.cds.orders import Draft
from service.cds.prefetch import Part, entries_of, read_part
from service.cds.requests import HookCall

Json = dict[str, Any]

_TYPE: Final = "Medication"
_MEDICINES: Final = ("MedicationRequest", "MedicationStatement")
_REFERENCE: Final = re.compile(r"(?:(?P<base>https?://[^?#\s]+)/)?Medication/(?P<id>[A-Za-z0-9._~-]+)(?:/_history/.*)?")
# Every server with Medications lets them be read; searching for many at once is less work, where it is offered.
_ALONE: Final = 8
_A_SEARCH: Final = 40
_MOST_READS: Final = 32
_MOST: Final = 200


def with_medications(call: HookCall, drafts: Sequence[Draft], gathered: Gathered, ask: Ask) -> Gathered:
    """The same, with the Medications that its medicines and the drafts refer to, as far as the EHR gives them."""
    missing = _missing(call, drafts, gathered.parts)[:_MOST]
    if len(missing) > _ALONE:
        lists = [missing[start : start + _A_SEARCH] for start in range(0, len(missing), _A_SEARCH)]
        needs = [Need(f"{_TYPE}?{ids[0]}", f"{_TYPE}?_id={','.join(ids)}&_count={_A_SEARCH}") for ids in lists]
        gathered, refused = _asked(call, gathered, needs, ask)
        missing = [] if refused else _missing(call, drafts, gathered.parts)
    reads = [Need(f"{_TYPE}/{id_}", f"{_TYPE}/{id_}") for id_ in missing[:_MOST_READS]]
    return _asked(call, gathered, reads, ask)[0]


def _asked(call: HookCall, gathered: Gathered, needs: Sequence[Need], ask: Ask) -> tuple[Gathered, bool]:
    """What came, and whether nothing more is to be asked of this server."""
    answers = ask(call, needs) if needs else {}
    came = [
        replace(read_part(key, answer, None, call.patient_id), types=frozenset({_TYPE}))
        for key, answer in answers.items()
        if not isinstance(answer, NotFetched)
    ]
    held = tuple(_medications_only(part) for part in came)
    spent = any(isinstance(answer, NotFetched) and not answer.other_ways for answer in answers.values())
    return replace(gathered, parts=(*gathered.parts, *held)), spent or (bool(needs) and not answers)


def _medications_only(part: Part) -> Part:
    """A part that says nothing of any list: only the Medications in it are of use."""
    entries = list(entries_of((part,), _TYPE))
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries} if entries else None
    return replace(part, bundle=bundle, held={_TYPE: entries})


def _missing(call: HookCall, drafts: Sequence[Draft], parts: Sequence[Part]) -> list[str]:
    """The ids of Medications that are referred to and not there, each once."""
    drafted = [draft.entry for draft in drafts if isinstance(draft.entry, dict)]
    resources = [entry["resource"] for type_ in _MEDICINES for entry in entries_of(parts, type_)]
    resources += [entry["resource"] for entry in drafted if isinstance(entry.get("resource"), dict)]
    wanted = dict.fromkeys(id_ for resource in resources for id_ in _referred(resource, call))
    if not wanted:
        return []
    held = [entry["resource"] for entry in entries_of(parts, _TYPE)]
    held += [resource for resource in resources if resource.get("resourceType") == _TYPE]
    there = {id_ for resource in held if isinstance(id_ := resource.get("id"), str)}
    return [id_ for id_ in wanted if id_ not in there]


def _referred(resource: Json, call: HookCall) -> Iterator[str]:
    """The id of the Medication that a medicine of any version refers to, if it is one of the call's own server."""
    if resource.get("resourceType") not in _MEDICINES or resource.get("medicationCodeableConcept"):
        return
    given = resource.get("medicationReference") or resource.get("medication")
    while isinstance(given, dict) and "concept" not in given:  # R5 has a Reference inside a CodeableReference
        given = given.get("reference")
    match = _REFERENCE.fullmatch(given.strip()) if isinstance(given, str) else None
    server = call.access.fhir_server.rstrip("/") if call.access is not None else ""
    if match is not None and match["base"] in (None, server):
        yield match["id"]
