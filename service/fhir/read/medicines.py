"""MedicationStatement and MedicationRequest: whether, when and how a drug is taken."""

from __future__ import annotations

from typing import Any, Final

from service.core.chart import CodeableConcept, Medicine
from service.core.dates import Period
from service.fhir.read.drugs import ingredients, read_drug
from service.fhir.read.elements import Elements, covering
from service.fhir.read.reading import Reading, events
from service.fhir.read.received import Received
from service.fhir.read.references import display_of, identifier_of, reference_string
from service.fhir.read.supply import supply_end

_STATEMENT: Final = frozenset(
    [
        "active",
        "completed",
        "entered-in-error",
        "intended",
        "stopped",
        "on-hold",
        "unknown",
        "not-taken",
        "recorded",
        "draft",
    ]
)
_REQUEST: Final = frozenset(
    ["active", "on-hold", "ended", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown"]
)
_ADHERENCE: Final = frozenset(
    [
        "taking",
        "taking-as-directed",
        "taking-not-as-directed",
        "not-taking",
        "on-hold",
        "on-hold-as-directed",
        "on-hold-not-as-directed",
        "stopped",
        "stopped-as-directed",
        "stopped-not-as-directed",
        "unknown",
    ]
)


def read_medicine(reading: Reading, received: Received) -> Medicine:
    """A MedicationStatement or MedicationRequest of any version."""
    medicine, faults = reading.elements(received, ("status",))
    is_request = received.source.type == "MedicationRequest"
    asserted = medicine.span("authoredOn" if is_request else "dateAsserted")
    effective = medicine.period("effectiveDosePeriod") if is_request else _effective(medicine)
    drug = read_drug(reading, received, [])  # its faults are told with the header
    form = None
    if drug.medication is not None:
        medication = Elements(drug.medication, reading.concepts, faults, "Medication.")
        form = medication.concept("form") or medication.concept("doseForm")
    dosages = [*medicine.children("dosageInstruction"), *medicine.children("dosage")]
    # A dosage that could not be read may go on for ever: then no dosage tells the end.
    all_read = len(dosages) == len(medicine.objects("dosageInstruction")) + len(medicine.objects("dosage"))
    routes = (dosage.concept("route") for dosage in dosages)
    _note_old_forms(medicine)
    return Medicine(
        request=is_request,
        status=medicine.status("status", _REQUEST if is_request else _STATEMENT),
        intent=medicine.string("intent").lower() or None,
        reported=_is_reported(medicine),
        do_not_perform=medicine.flag("doNotPerform") is True,
        adherence=_adherence(medicine),
        effective=effective,
        asserted=asserted,
        supply_ends=supply_end(medicine, dosages if all_read else (), asserted or effective.start),
        route=tuple(dict.fromkeys(route for route in routes if route is not None)),
        form=form,
        dosage_text=_dosage_text(medicine, dosages),
        reasons=_reasons(reading, received, medicine),
        ingredients=ingredients(drug.medication, reading, faults),
        unresolved=_unresolved(drug.reference) if drug.medication is None else "",
        recorder=_recorder(reading, received),
        faults=tuple(faults),
    )


def _effective(medicine: Elements) -> Period:
    """When the drug is taken; of a bare date nobody knows that it is the end as well."""
    if medicine.has("effectivePeriod"):
        return medicine.period("effectivePeriod")
    timing = medicine.child("effectiveTiming")
    if timing is not None:
        repeat = timing.child("repeat")
        if repeat is not None and repeat.has("boundsPeriod"):
            return repeat.period("boundsPeriod")
        return Period(start=covering(events(timing)))
    return Period(start=medicine.span("effectiveDateTime"))


def _is_reported(medicine: Elements) -> bool:
    """R4 `reported[x]`; R5 splits it into a flag and where the information comes from."""
    for name in ("reportedBoolean", "reported"):
        if (said := medicine.flag(name)) is not None:
            return said
    return medicine.has("reportedReference") or bool(medicine.raw.get("informationSource"))


def _adherence(medicine: Elements) -> str | None:
    """How an R5 statement says that the drug is taken; without it the status alone says so."""
    if not medicine.has("adherence"):
        return None
    inner = medicine.child("adherence")
    code = inner.status("code", _ADHERENCE) if inner is not None else None
    if code is None:
        medicine.fault("status", "is not told by adherence, which has no code that can be read")
    return code


def _note_old_forms(medicine: Elements) -> None:
    """STU3 and DSTU2 say in elements of their own that a drug is not taken; the status can't be read without."""
    for name in ("taken", "wasNotTaken", "notGiven"):
        if medicine.has(name):
            medicine.fault("status", f"stands beside {name}, which FHIR 4.0 does not have")


def _dosage_text(medicine: Elements, dosages: list[Elements]) -> str:
    said = [medicine.string("renderedDosageInstruction")]
    said += [dosage.string(name) for dosage in dosages for name in ("text", "patientInstruction")]
    return "; ".join(dict.fromkeys(words for words in said if words))


def _reasons(reading: Reading, received: Received, medicine: Elements) -> tuple[CodeableConcept, ...]:
    """R4 `reasonCode` and `reasonReference`, R5 `reason` with both inside."""
    found = list(medicine.concept_list("reasonCode"))
    references: list[Any] = medicine.objects("reasonReference")
    for reason in medicine.children("reason"):
        if (concept := reason.concept("concept")) is not None:
            found.append(concept)
        references.append(reason.raw.get("reference"))
    for reference in references:
        resource = reading.target(received, reference) if reference is not None else None
        code = medicine.concepts.read(resource.get("code"), "reason", []) if resource is not None else None
        if code is not None and (code.codings or code.text):
            found.append(code)
        elif words := display_of(reference):
            found.append(CodeableConcept((), words))
    return tuple(dict.fromkeys(found))


def _unresolved(reference: object) -> str:
    """A reference to a Medication that leads nowhere, as it was sent."""
    if reference is None:
        return ""
    identifier = identifier_of(reference)
    return reference_string(reference) or ("|".join(identifier) if identifier is not None else "")


def _recorder(reading: Reading, received: Received) -> str:
    names = ("requester", "recorder", "informationSource")
    return next((words for name in names if (words := reading.actor(received, received.resource.get(name)))), "")
