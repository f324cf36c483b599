"""What every reader of this door passes on: an entry with its resource, as it arrived."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from service.core.chart import Kind, Label, Source

# The lists that a resource type belongs to (contract 4, `account`).
KINDS: Final = {
    "Condition": Kind.CONDITION,
    "MedicationStatement": Kind.MEDICINE,
    "MedicationRequest": Kind.MEDICINE,
    "Observation": Kind.OBSERVATION,
    "Procedure": Kind.PROCEDURE,
    "Immunization": Kind.IMMUNIZATION,
    "AllergyIntolerance": Kind.ALLERGY,
    "ServiceRequest": Kind.ORDER,
}


# A resource has few labels. They are joined to those of its Bundle, and a hostile Bundle must not fill the memory.
MOST_LABELS: Final = 50


class Received(NamedTuple):
    """An entry that holds a resource."""

    resource: dict[str, Any]
    source: Source
    full_url: str  # "" where the entry has none
    barred: str = ""  # why nothing in its Bundle can be relied on


def identity(received: Received) -> str:
    """The id of a resource; where it has none, what its fullUrl ends with."""
    own = received.resource.get("id")
    if isinstance(own, str) and own.strip():
        return own.strip()
    url = received.full_url
    return url.rpartition(":")[2] if url.startswith("urn:") else url.rpartition("/")[2]


def labels_of(meta: object) -> tuple[Label, ...]:
    """The security labels of a `meta`, whatever was sent as one."""
    if not isinstance(meta, dict):
        return ()
    given = meta.get("security")
    labels: dict[Label, None] = {}
    for one in given[:MOST_LABELS] if isinstance(given, list) else (given,):
        if not isinstance(one, dict):
            continue
        system, code, display = (one.get(name) for name in ("system", "code", "display"))
        if isinstance(code, str) and code.strip():
            label = Label(
                system.strip() if isinstance(system, str) else "",
                code.strip(),
                display.strip() if isinstance(display, str) else "",
            )
            labels[label] = None
    return tuple(labels)
