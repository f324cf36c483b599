"""What every reader of a resource needs beside the resource itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from service.core.dates import Span
from service.fhir.read.concepts import Concepts
from service.fhir.read.elements import Elements, Object, covering
from service.fhir.read.received import Received
from service.fhir.read.references import References, contained_resources, display_of, reference_string

_PARTIAL: Final = "SUBSETTED"


@dataclass(frozen=True, slots=True)
class Reading:
    """One chart being read."""

    concepts: Concepts
    references: References
    past: set[int] = field(default_factory=set)  # positions of the entries in a section of past problems
    _contained: dict[int, dict[str, Object]] = field(default_factory=dict)  # by position, once looked into

    def elements(self, received: Received, statuses: tuple[str, ...]) -> tuple[Elements, list[str]]:
        """A resource to read, and the faults found so far. `statuses`: elements whose absence would mean something."""
        faults: list[str] = []
        elements = Elements(received.resource, self.concepts, faults)
        if None in received.resource.values():
            faults.append("an element is null, which FHIR does not know: it counts as absent")
        if _is_partial(received.resource):
            faults.append("the copy is partial (SUBSETTED): what is missing in it is not known")
            for name in statuses:
                if not elements.has(name):
                    elements.fault(name, "may have been left out of a partial copy")
        return elements, faults

    def target(self, received: Received, reference: object) -> Object | None:
        """The resource that a reference in `received` means, contained or an entry; None where it leads nowhere."""
        literal = reference_string(reference)
        if literal.startswith("#"):
            inside = self._contained.get(received.source.position)
            if inside is None:
                inside = self._contained[received.source.position] = contained_resources(received.resource)
            return inside.get(literal[1:])
        found = self.references.find(reference, received.full_url)
        return found.resource if found is not None else None

    def actor(self, received: Received, reference: object) -> str:
        """Who is meant by a reference, in words; "" where nobody can tell."""
        if isinstance(reference, list):
            return self.actor(received, reference[0]) if reference else ""
        if words := display_of(reference):
            return words
        resource = self.target(received, reference) if reference_string(reference) else None
        if resource is None:
            return ""
        if resource.get("resourceType") == "Patient":
            return "the patient"
        return _name(resource.get("name"))


def _is_partial(resource: Object) -> bool:
    meta = resource.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    return tags is not None and any(
        isinstance(tag, dict) and tag.get("code") == _PARTIAL for tag in (tags if isinstance(tags, list) else (tags,))
    )


def _name(name: object) -> str:
    """A HumanName or the name of an organization, in words."""
    if isinstance(name, str):
        return name.strip()
    for one in name if isinstance(name, list) else (name,):
        if isinstance(one, dict):
            text, given = one.get("text"), one.get("given")
            parts = [text] if text else [*(given if isinstance(given, list) else ()), one.get("family")]
            words = " ".join(part.strip() for part in parts if isinstance(part, str))
            if words:
                return words
    return ""


def moment(elements: Elements, stem: str) -> Span | None:
    """When something was, in any of the forms that `stem[x]` takes; a Period or a Timing covers its whole span."""
    if (span := elements.span(f"{stem}DateTime")) is not None:
        return span
    if not any(name.startswith(stem) for name in elements.raw):
        return None
    for suffix in ("Instant", "Date"):
        if (span := elements.span(f"{stem}{suffix}")) is not None:
            return span
    period = elements.period(f"{stem}Period")
    if (span := covering((period.start, period.end))) is not None:
        return span
    timing = elements.child(f"{stem}Timing")
    if timing is not None and (span := covering(events(timing))) is not None:
        return span
    return elements.date_in_words(f"{stem}String")


def events(timing: Elements) -> list[Span | None]:
    """The moments that a Timing lists."""
    given = timing.raw.get("event")
    return [
        Elements({"event": one}, timing.concepts, timing.faults, "timing.").span("event")
        for one in (given if isinstance(given, list) else [given])
    ]
