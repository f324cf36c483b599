"""Codes with their systems: CodeableConcept and Coding as sent → as the core looks them up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from service.core.chart import CodeableConcept, Coding
from service.core.dates import Span

# Codings of these systems say that there is no code, and why; they are no code.
ABSENT_SYSTEMS: Final = frozenset(
    {
        "http://terminology.hl7.org/CodeSystem/data-absent-reason",
        "http://hl7.org/fhir/data-absent-reason",
        "http://terminology.hl7.org/CodeSystem/v3-NullFlavor",
        "http://hl7.org/fhir/v3/NullFlavor",
        "urn:oid:2.16.840.1.113883.5.1008",
    }
)

# FHIR's reasons, and those of HL7 version 3 that carry an intention.
_REASONS: Final = {
    "unknown": "unknown",
    "asked-unknown": "unknown, although asked",
    "temp-unknown": "unknown for now",
    "not-asked": "not asked",
    "asked-declined": "declined to be told",
    "masked": "masked",
    "not-applicable": "marked as not applicable",
    "unsupported": "not supported by its system",
    "as-text": "given as text only",
    "error": "lost by an error of its system",
    "not-performed": "not performed",
    "not-permitted": "not permitted",
    "msk": "masked",
    "unk": "unknown",
    "ask": "unknown, although asked",
    "asku": "unknown, although asked",
    "nask": "not asked",
    "nav": "unknown for now",
    "na": "marked as not applicable",
    "ni": "unknown",
}
NO_ABSENCE: Final = ""

# A tuple, not a set: what is looked for in it may be any JSON, also a list.
_ABSENT_EXTENSIONS: Final = (
    "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
    "http://hl7.org/fhir/StructureDefinition/iso21090-nullFlavor",
)


def absence(code: object) -> str:
    """A reason for absence in words, whatever was sent: the code itself is never quoted."""
    return _REASONS.get(code.strip().lower(), "absent") if isinstance(code, str) else "absent"


def absence_extension(element: object) -> str:
    """Why an element has no value, by its data-absent-reason extension; "" where it has none."""
    if not isinstance(element, dict):
        return NO_ABSENCE
    extensions = element.get("extension")
    for extension in extensions if isinstance(extensions, list) else (extensions,):
        if isinstance(extension, dict) and extension.get("url") in _ABSENT_EXTENSIONS:
            return absence(extension.get("valueCode"))
    return NO_ABSENCE


class Systems(dict[str, str]):
    """A system as sent → its short key, else the system as sent; learns the spellings of one chart."""

    def __init__(self, known: Mapping[str, str]) -> None:
        """Take the systems of the lists, by URI, OID and alias."""
        super().__init__()
        self._known = known

    def __missing__(self, sent: str) -> str:
        """Look a system up once a chart, also without what senders add to it."""
        bare = sent.strip()
        known = self._known
        for spelling in (sent, bare, bare.rstrip("/"), bare.partition("|")[0], bare.lower()):
            if spelling in known:
                self[sent] = known[spelling]
                return self[sent]
        self[sent] = bare
        return bare


class Concepts:
    """Reads the CodeableConcepts of one chart, and remembers what it has read before."""

    __slots__ = ("_learnt", "known", "spans", "systems")

    def __init__(self, systems: Mapping[str, str]) -> None:
        """Take the systems of the lists."""
        self.systems = Systems(systems)
        # A chart repeats few concepts many times. Found by the code alone, since to hash and keep all four
        # strings of a concept costs three times as much as to compare them.
        self.known: dict[Any, tuple[Any, Any, Any, CodeableConcept]] = {}
        self._learnt: dict[tuple[Any, Any, Any, Any], CodeableConcept] = {}
        self.spans: dict[str, Span | None] = {}  # dates as sent, and how they are read

    def learn(self, raw: Any, coding: Any) -> CodeableConcept:  # noqa: ANN401 - any JSON
        """A concept with this one well-formed coding, kept in `known`.

        Raises TypeError, KeyError, ValueError or AttributeError for any other form; `read` takes those.
        """
        sent, code, display, text = key = (coding["system"], coding["code"], coding.get("display"), raw.get("text"))
        seen = self.known.get(code)
        if seen is not None and seen[:3] == (sent, display, text):
            return seen[3]
        learnt = self._learnt.get(key)
        if learnt is None:
            system = self.systems[sent]
            plain = code.strip()
            if not plain or system in ABSENT_SYSTEMS:
                raise ValueError
            said = Coding(system, plain, "" if display is None else display.strip())
            learnt = self._learnt[key] = CodeableConcept((said,), "" if text is None else text.strip())
            self.known.setdefault(code, (sent, display, text, learnt))
        return learnt

    def read(self, raw: Any, path: str, faults: list[str]) -> CodeableConcept:  # noqa: ANN401 - any JSON
        """Any JSON as a CodeableConcept; what is malformed is left out and named in `faults`."""
        try:
            (coding,) = raw["coding"]
            return self.learn(raw, coding)
        except (KeyError, TypeError, ValueError, AttributeError):
            return self._read_closer(raw, path, faults)

    def _read_closer(self, raw: object, path: str, faults: list[str]) -> CodeableConcept:
        if not isinstance(raw, dict):
            if raw is not None:
                faults.append(f"{path} is no CodeableConcept")
            return CodeableConcept()
        text = _string(raw, "text", path, faults)
        given = raw.get("coding")
        if isinstance(given, dict):
            faults.append(f"{path}.coding is an object where a list is due")
            given = [given]
        if not isinstance(given, list):
            if given is not None:
                faults.append(f"{path}.coding is no list")
            return CodeableConcept((), text)
        codings = [coding for one in given if (coding := self._coding(one, f"{path}.coding", faults)) is not None]
        said = tuple(coding for coding in codings if coding.system not in ABSENT_SYSTEMS)
        if not said:
            # The display of an absence ("Masked") is no name of anything, also where it is repeated as text.
            return CodeableConcept((), "" if text in {coding.display for coding in codings} else text)
        return CodeableConcept(said, text)

    def coding(self, raw: object, path: str, faults: list[str]) -> CodeableConcept:
        """Any JSON as a Coding, in the form of a concept."""
        coding = self._coding(raw, path, faults)
        return CodeableConcept() if coding is None else CodeableConcept((coding,))

    def _coding(self, raw: object, path: str, faults: list[str]) -> Coding | None:
        if not isinstance(raw, dict):
            faults.append(f"{path} holds something that is no Coding")
            return None
        system = _string(raw, "system", path, faults)
        code = _string(raw, "code", path, faults)
        display = _string(raw, "display", path, faults)
        if not code and not display:
            return None
        return Coding(self.systems[system] if system else "", code, display)


def _string(raw: dict[str, Any], name: str, path: str, faults: list[str]) -> str:
    value = raw.get(name)
    if isinstance(value, str):
        return value.strip()
    if value is not None:
        faults.append(f"{path}.{name} is no string")
    return ""


def why_absent(raw: object) -> str:
    """Why a concept holds no code, by its extension or a coding that says so; "" where nothing says."""
    if not isinstance(raw, dict):
        return NO_ABSENCE
    codings = raw.get("coding")
    for coding in codings if isinstance(codings, list) else ():
        if isinstance(coding, dict):
            system = coding.get("system")
            if isinstance(system, str) and system.strip() in ABSENT_SYSTEMS:
                return absence(coding.get("code"))
            if found := absence_extension(coding):
                return found
    return absence_extension(raw)
