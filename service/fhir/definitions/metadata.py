"""What every published definition has: its address, version, name, and for which FHIR release it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from service.fhir.canonical import BASE
from service.fhir.elements import Element
from service.fhir.versions import FhirVersion

# Of the interface: profile, extensions, fixed vocabularies, operation. It changes when what they say changes.
INTERFACE_VERSION: Final = "1.0.0"
PUBLISHER: Final = "Needlewise"

RELEASES: Final[Mapping[FhirVersion, str]] = {
    FhirVersion.R4: "4.0.1",
    FhirVersion.R4B: "4.3.0",
    FhirVersion.R5: "5.0.0",
}


def published(type_: str, id_: str, *, title: str, description: str, version: str = INTERFACE_VERSION) -> Element:
    """The head of a definition. The id is the last segment of the canonical (contract, section 7)."""
    return {
        "resourceType": type_,
        "id": id_,
        "url": f"{BASE}/{type_}/{id_}",
        "version": version,
        "name": computable_name(id_),
        "title": title,
        "status": "active",
        "publisher": PUBLISHER,
        "description": description,
    }


def computable_name(id_: str) -> str:
    """The id as FHIR wants a `name`.

    >>> computable_name("ends-when")
    'EndsWhen'
    """
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", id_))
