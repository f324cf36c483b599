"""From received entries to the Chart's: kind and code of each, the rest only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, NamedTuple

from service.core.chart import CodeableConcept, Content, Entry, Kind, SetAside, Source, Unreadable
from service.fhir.read.concepts import why_absent
from service.fhir.read.conditions import read_allergy, read_condition
from service.fhir.read.drugs import Drug, ingredients, read_drug, why_barred
from service.fhir.read.medicines import read_medicine
from service.fhir.read.observations import read_observation
from service.fhir.read.orders import read_order
from service.fhir.read.patients import ANOTHER, OURS, UNTOLD, Whose
from service.fhir.read.procedures import read_immunization, read_procedure
from service.fhir.read.reading import Reading
from service.fhir.read.received import KINDS, Received, labels_of
from service.fhir.read.references import reference_string, type_and_id

_Reader = Callable[[Reading, Received], Content]

# What is understood and is no evidence itself.
_SUPPORTING: Final = frozenset(
    ["BodyStructure", "Composition", "List", "Medication", "MessageHeader", "OperationOutcome", "SubscriptionStatus"]
)
_PEOPLE: Final = frozenset({"Patient", "RelatedPerson", "Group", "Practitioner"})

_make = tuple.__new__  # half the cost of a NamedTuple's own __new__; one is made for every entry


class _Head(NamedTuple):
    """How entries of a type are headed: their kind, where their code and subject stand, who reads the rest."""

    kind: Kind
    code: str
    subject: str
    read: _Reader


_HEADS: Final = {
    "Condition": _Head(Kind.CONDITION, "code", "subject", read_condition),
    "MedicationStatement": _Head(Kind.MEDICINE, "medicationCodeableConcept", "subject", read_medicine),
    "MedicationRequest": _Head(Kind.MEDICINE, "medicationCodeableConcept", "subject", read_medicine),
    "Observation": _Head(Kind.OBSERVATION, "code", "subject", read_observation),
    "Procedure": _Head(Kind.PROCEDURE, "code", "subject", read_procedure),
    "Immunization": _Head(Kind.IMMUNIZATION, "vaccineCode", "patient", read_immunization),
    "AllergyIntolerance": _Head(Kind.ALLERGY, "code", "patient", read_allergy),
    "ServiceRequest": _Head(Kind.ORDER, "code", "subject", read_order),
}


@dataclass(slots=True)
class Sorted:
    """Where every received entry went."""

    entries: list[Entry] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    not_read: list[Source] = field(default_factory=list)
    supporting: list[Received] = field(default_factory=list)


def sort_entries(received: Sequence[Received], whose: Whose, reading: Reading) -> Sorted:
    """Each entry to its place. Runs over all of a chart: what is not needed for every entry is done elsewhere."""
    done = Sorted()
    verdicts, concepts, entries = whose.verdicts, reading.concepts, done.entries
    known = concepts.known
    for one in received:
        resource, source, _, barred = one
        head = _HEADS.get(source[1])
        if head is None:
            _sort_other(one, whose, done)
            continue
        kind, element, subject, read = head
        try:
            verdict = verdicts[resource[subject]["reference"]]
        except (KeyError, TypeError):
            verdict = whose.verdict(one)
        if "focus" in resource and not verdict:
            verdict = _verdict_on_focus(one, whose)
        if verdict:
            _put_aside(source, verdict, done)
            continue
        if "modifierExtension" in resource or "implicitRules" in resource:
            barred = barred or _sentence(why_barred(resource))
        try:
            raw = resource[element]
            (coding,) = raw["coding"]
            seen = known.get(coding["code"])
            if (
                seen is not None
                and seen[0] == coding["system"]
                and seen[1] == coding.get("display")
                and seen[2] == raw.get("text")
            ):
                code = seen[3]
            else:
                code = concepts.learn(raw, coding)
        except (KeyError, TypeError, ValueError, AttributeError):
            _head_closer(one, head, barred, reading, done)
            continue
        parts = _parts(resource, reading) if "component" in resource or "valueCodeableConcept" in resource else ()
        entries.append(_make(Entry, (source, kind, code, partial(read, reading, one), barred, parts)))
    return done


def _head_closer(one: Received, head: _Head, barred: str, reading: Reading, done: Sorted) -> None:
    """Head an entry whose code is not one well-formed coding."""
    faults: list[str] = []
    source = one.source
    parts = _parts(one.resource, reading)
    if head.kind is Kind.MEDICINE:
        drug = read_drug(reading, one, faults)
        code, lost, barred = drug.code, drug.lost, barred or drug.barred
        parts = _drug_parts(drug, reading)
        if drug.medication is not None and (labels := labels_of(drug.medication.get("meta"))):
            source = source._replace(labels=tuple(dict.fromkeys((*source.labels, *labels))))
    else:
        raw, name = _code(one.resource, head.code)
        code = reading.concepts.read(raw, name, faults)
        lost = ""
        if not code.codings and not code.text:
            reason = why_absent(raw)
            lost = faults[0] if faults else f"{name} is {reason}" if reason else ""
    if lost:
        done.unreadable.append(Unreadable(source, head.kind, lost))
        return
    content: Callable[[], Content] = partial(head.read, reading, one)
    if faults:
        content = partial(_with_faults, content, tuple(faults))
    done.entries.append(Entry(source, head.kind, code, content, barred, parts))


def _parts(resource: dict[str, Any], reading: Reading) -> tuple[CodeableConcept, ...]:
    """What an Observation may say beside its own code; its content tells what is wrong with them."""
    components = resource.get("component")
    raw = [each.get("code") for each in components if isinstance(each, dict)] if isinstance(components, list) else []
    raw.append(resource.get("valueCodeableConcept"))
    return tuple(reading.concepts.read(each, "", []) for each in raw if each is not None)


def _drug_parts(drug: Drug, reading: Reading) -> tuple[CodeableConcept, ...]:
    """What names a drug beside words: the ingredients of its Medication, or a reference that leads nowhere."""
    if drug.code.codings or drug.reference is None:
        return ()
    if drug.medication is None:
        return (CodeableConcept((), reference_string(drug.reference)),)
    return ingredients(drug.medication, reading, [])


def _code(resource: dict[str, Any], name: str) -> tuple[Any, str]:
    """A code and where it stands; R5 puts that of a ServiceRequest inside a CodeableReference."""
    raw = resource.get(name)
    if isinstance(raw, dict) and "coding" not in raw and "text" not in raw and ("concept" in raw or "reference" in raw):
        reference = raw.get("reference")
        words = reference.get("display") if isinstance(reference, dict) else None
        return raw.get("concept") or {"text": words}, f"{name}.concept"
    return raw if raw is not None else resource.get(f"_{name}"), name


def _with_faults(content: Callable[[], Content], faults: tuple[str, ...]) -> Content:
    read = content()
    return replace(read, faults=(*faults, *read.faults))


def _verdict_on_focus(one: Received, whose: Whose) -> str:
    """An Observation may be about somebody else than its subject: a fetus, a donor, a parent."""
    focus = one.resource["focus"]
    if one.source.type != "Observation":
        return OURS
    for reference in focus if isinstance(focus, list) else (focus,):
        parts = type_and_id(reference_string(reference))
        if parts is not None and parts[1] in _PEOPLE and (verdict := whose.verdict_on(reference, one)):
            return verdict
    return OURS


def _sort_other(one: Received, whose: Whose, done: Sorted) -> None:
    """An entry of a kind that no rule reads, or that says something about other entries only."""
    type_ = one.source.type
    if type_ == "Patient":
        if whose.patient is not one:
            again = "it is a further record of the patient"
            done.set_aside.append(SetAside(one.source, again if whose.is_record_of(one) else ANOTHER))
    elif verdict := whose.verdict(one):
        _put_aside(one.source, verdict, done)
    elif type_ in _SUPPORTING:
        done.supporting.append(one)
    else:
        done.not_read.append(one.source)


def _put_aside(source: Source, verdict: str, done: Sorted) -> None:
    if verdict is UNTOLD:
        done.unreadable.append(Unreadable(source, KINDS.get(source.type), verdict))
    else:
        done.set_aside.append(SetAside(source, verdict))


def _sentence(reason: str) -> str:
    return f"it {reason}" if reason else ""
