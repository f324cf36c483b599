"""Names → codes, as `codes.yaml` lists them, in the manner of each dialect."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from tests.vignettes.said import Said

SYSTEMS: Final[Mapping[str, str]] = {
    "snomed": "http://snomed.info/sct",
    "icd-10-cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "icd-10": "http://hl7.org/fhir/sid/icd-10",
    "icd-9-cm": "http://hl7.org/fhir/sid/icd-9-cm",
    "snomed-oid": "urn:oid:2.16.840.1.113883.6.96",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "atc": "http://www.whocc.no/atc",
    "loinc": "http://loinc.org",
    "cvx": "http://hl7.org/fhir/sid/cvx",
    "ndc": "http://hl7.org/fhir/sid/ndc",
    "cdc-race": "urn:oid:2.16.840.1.113883.6.238",
    "ips-absent": "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips",
    "local": "https://clinic.example.org/codes",
}
# Which codes a dialect speaks, per kind of entry, the first that the name has.
_SPOKEN: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "snomed": {"conditions": ("snomed",), "medicines": ("rxnorm",)},
    "icd": {"conditions": ("icd-10-cm",), "medicines": ("rxnorm",)},
    "r5": {"conditions": ("snomed",), "medicines": ("rxnorm",)},
    "ips": {"conditions": ("snomed",), "medicines": ("atc", "rxnorm")},
}
_ALWAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "observations": ("loinc",),
    "answers": ("snomed",),
    "procedures": ("snomed",),
    "vaccines": ("cvx",),
    "allergies": ("snomed",),
    "sites": ("snomed",),
}
# A dialect whose coded entries carry no text beside the codes, as many systems send them.
_WITHOUT_TEXT: Final = frozenset({"snomed"})
_SIDES: Final[Mapping[str, tuple[str, str]]] = {
    "left": ("7771000", "Left"),
    "right": ("24028007", "Right"),
    "bilateral": ("51440002", "Right and left"),
}
_TABLES: Final[Mapping[str, str]] = {
    "condition": "conditions",
    "statement": "medicines",
    "request": "medicines",
    "observation": "observations",
    "procedure": "procedures",
    "immunization": "vaccines",
    "allergy": "allergies",
}
_LOCATION: Final = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-laterality-qualifier"

Json = dict[str, object]


class CannotSay(Exception):  # noqa: N818 - it is no error: a dialect has no word for this
    """This dialect can't say it; the reason is for whoever wonders why a vignette is told in fewer ways."""


@cache
def names() -> Mapping[str, Mapping[str, Mapping[str, str | None]]]:
    """`codes.yaml`: kind → name → system → code."""
    path = Path(__file__).with_name("codes.yaml")
    listed: Mapping[str, Mapping[str, Mapping[str, str | None]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return listed


def coded(said: Said, dialect: str) -> Json:
    """The CodeableConcept that names this entry."""
    words = said.one("words")
    if "text only" in said.alone:
        return {"text": said.name}
    if own := said.one("code"):
        return _own_code(own, said.name, words, dialect)
    table = _TABLES.get(said.kind, "conditions")
    concept = concept_of(table, said.name, dialect)
    return {**concept, "text": words} if words else concept


def concept_of(table: str, name: str, dialect: str) -> Json:
    """A listed name as this dialect writes it."""
    listed = names()[table].get(name)
    if listed is None:
        raise KeyError(f"{name} is not in codes.yaml under {table}, and is neither `text only` nor `code …`")
    if dialect == "words":
        text = listed.get("words", name)
        if not text:
            raise CannotSay(f"no reviewed words for {name}")
        return {"text": text}
    spoken = _SPOKEN[dialect].get(table) or _ALWAYS[table]
    for system in spoken:
        if code := listed.get(system):
            coding = {"system": SYSTEMS[system], "code": code, "display": name}
            return {"coding": [coding]} if dialect in _WITHOUT_TEXT else {"coding": [coding], "text": name}
    raise CannotSay(f"{name} has no code in {' or '.join(spoken)}")


def reason(name: str, dialect: str) -> Json:
    """Why a medicine is given: a listed condition, else the words."""
    return concept_of("conditions", name, dialect) if name in names()["conditions"] else {"text": name}


def site(words: str, dialect: str) -> Json:
    """A place on the body: coded with its side where the dialect does so, else in words."""
    first, _, rest = words.partition(" ")
    name, side = (rest, first) if first in _SIDES else (words, "")
    code = names()["sites"].get(name, {}).get("snomed")
    if code is None or dialect in {"icd", "words"}:
        return {"text": words}
    concept: Json = {"coding": [{"system": SYSTEMS["snomed"], "code": code, "display": name}]}
    if not side:
        return concept
    qualifier = dict(zip(("code", "display"), _SIDES[side], strict=True)) | {"system": SYSTEMS["snomed"]}
    if dialect == "snomed":
        return {"coding": [*_list(concept["coding"]), qualifier]}
    if dialect == "ips":
        return {**concept, "extension": [{"url": _LOCATION, "valueCodeableConcept": {"coding": [qualifier]}}]}
    return {**concept, "text": words}


def _own_code(own: str, name: str, words: str, dialect: str) -> Json:
    if dialect == "words":
        raise CannotSay("a bare code has no words")
    system, _, code = own.partition("|")
    coding = {"system": SYSTEMS[system], "code": code}
    if name != "nameless":
        coding["display"] = name
    return {"coding": [coding], "text": words} if words else {"coding": [coding]}


def _list(items: object) -> list[object]:
    return items if isinstance(items, list) else [items]
