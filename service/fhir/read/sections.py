"""What documents and lists say about the lists of a chart: sections, their emptiness, past problems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from service.core.chart import Kind, ListSign
from service.fhir.read.received import KINDS, Received
from service.fhir.read.references import References

# LOINC codes of sections and lists (FHIR checklist, FH-81), and FHIR's own codes for lists.
_KINDS: Final = {
    "11450-4": Kind.CONDITION,
    "10160-0": Kind.MEDICINE,
    "48765-2": Kind.ALLERGY,
    "47519-4": Kind.PROCEDURE,
    "30954-2": Kind.OBSERVATION,
    "11369-6": Kind.IMMUNIZATION,
    "problems": Kind.CONDITION,
    "medications": Kind.MEDICINE,
    "allergies": Kind.ALLERGY,
}
_PAST: Final = "11348-0"
_DEEPEST: Final = 20  # sections in sections

# `list-empty-reason`: what it makes of the list, and in words.
_EMPTY: Final = {
    "nilknown": ("none-known", "says that there is none"),
    "notasked": ("not-received", "says that nobody asked"),
    "unavailable": ("not-received", "says that the information is not available"),
    "withheld": ("failed", "says that the information is withheld"),
    "notstarted": ("not-received", "says that it was not started"),
    "closed": ("not-received", "says that it is closed"),
}
_UNREADABLE: Final = ("not-received", "is empty for a reason that could not be read")
# A tuple, not a set: what is looked for in it may be any JSON, also a list.
_OUT_OF_USE: Final = ("entered-in-error", "retired")


class Sections(NamedTuple):
    """What the documents and lists of a chart say."""

    signs: tuple[ListSign, ...]
    past: frozenset[int]  # positions of entries that only a section of past problems lists
    remarks: tuple[str, ...]


def read_sections(
    documents: Sequence[Received], lists: Sequence[Received], references: References, received: Sequence[Received]
) -> Sections:
    """Read the Compositions and Lists that are about the chart's patient."""
    signs: dict[ListSign, None] = {}
    past: set[int] = set()
    listed: set[int] = set()
    remarks: dict[str, None] = {}
    in_use = [one for one in documents if one.resource.get("status") not in _OUT_OF_USE]
    for document in in_use:
        for section in _sections(document.resource.get("section"), _DEEPEST):
            codes = _codes(section.get("code"))
            entries = _positions(section.get("entry"), document, references)
            (past if _PAST in codes else listed).update(entries)
            for sign in _signs(section, codes, "section"):
                signs[sign] = None
                if entries and sign.state == "none-known":
                    remarks["a section of the document says that there is none, and lists entries"] = None
    for one in lists:
        if one.resource.get("status") not in _OUT_OF_USE:
            signs.update(dict.fromkeys(_signs(one.resource, _codes(one.resource.get("code")), "list")))
    if in_use:
        unlisted = [one for one in received if one.source.type in KINDS and one.source.position not in listed | past]
        if unlisted and (listed or past):
            words = f"entries that stand in no section of the document: {len(unlisted)}; they were read all the same"
            remarks[words] = None
    return Sections(tuple(signs), frozenset(past - listed), tuple(remarks))


def _signs(part: dict[str, Any], codes: frozenset[str], what: str) -> Iterator[ListSign]:
    reason = part.get("emptyReason")
    if reason is None:
        return
    said = [_EMPTY[code] for code in _codes(reason) if code in _EMPTY]
    state, words = said[0] if len(said) == 1 else _UNREADABLE
    for kind in sorted({_KINDS[code] for code in codes if code in _KINDS}):
        yield ListSign(kind, state, f"the {what} of {kind} {words}")


def _sections(raw: object, depth: int) -> Iterator[dict[str, Any]]:
    for section in raw if isinstance(raw, list) else (raw,):
        if isinstance(section, dict):
            yield section
            if depth and section.get("section") is not None:
                yield from _sections(section["section"], depth - 1)


def _codes(concept: object) -> frozenset[str]:
    codings = concept.get("coding") if isinstance(concept, dict) else None
    return frozenset(
        coding["code"].strip()
        for coding in (codings if isinstance(codings, list) else (codings,))
        if isinstance(coding, dict) and isinstance(coding.get("code"), str)
    )


def _positions(raw: object, document: Received, references: References) -> set[int]:
    found = (references.find(one, document.full_url) for one in (raw if isinstance(raw, list) else (raw,)))
    return {one.source.position for one in found if one is not None}
