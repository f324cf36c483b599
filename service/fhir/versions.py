"""The FHIR releases that are read and written."""

from __future__ import annotations

from enum import Enum


class FhirVersion(Enum):
    """A FHIR release, as the `fhirVersion` MIME parameter names it."""

    R4 = "4.0"
    R4B = "4.3"
    R5 = "5.0"
