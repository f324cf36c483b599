"""ConceptMaps: from the codes of a chart to concepts, and from concepts to the rules that read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from service.core.code_sets import CodeSet, Kind, ListedCode, Lists
from service.core.judge.reads import Reads, reads
from service.core.packs import Pack
from service.core.recognise.results import base_test
from service.fhir.canonical import code_system
from service.fhir.definitions.code_sets import CONCEPT, coded
from service.fhir.definitions.metadata import published
from service.fhir.elements import SYSTEM_URIS, Element, element
from service.fhir.versions import FhirVersion

RULES: Final = "concept-rule"

# How a code stands to its concept, as R4 and R5 say it. What only names the concept is related to it, and no more.
_NARROWER: Final = ("wider", "source-is-narrower-than-target")
_RELATED: Final = ("relatedto", "related-to")
_DENIED: Final = ("disjoint", "not-related-to")
_ASSERTING: Final = frozenset(
    {"disease", "complication", "carrier-state", "labour", "nonviable", "status", "systemic", "ingredient", "test"}
    | {"done", "given", "ordered", "place", "ended", "trait", "carrier-gene"}
)
_PLAIN: Final = frozenset({"disease", "systemic"})
_DENYING: Final = "negative-status"


def concept_maps(lists: Lists, packs: Sequence[Pack], release: FhirVersion, version: str) -> Iterator[Element]:
    """One map for the codes of each kind, and one from concepts to rules. `version`: of the packs."""
    for kind in Kind:
        if kind is not Kind.GROUP:  # a group is the union of classes, which have their codes already
            yield _codes(kind, [each for each in lists.sets if each.kind is kind], lists, release, version)
    yield _rules(lists, packs, release, version)


def read_by(code_set: CodeSet, read: Reads) -> bool:
    """Whether what a rule reads holds this set."""
    match code_set.kind:
        case Kind.CONDITION:
            return code_set.concept in read.conditions
        case Kind.OBSERVATION:
            return base_test(code_set.concept) in read.tests
        case Kind.MEDICINE:
            return code_set.concept in read.classes
        case Kind.GROUP:
            return code_set.concept in read.groups
        case Kind.PROCEDURE:
            return code_set.concept in read.procedures
        case Kind.IMMUNIZATION:
            return code_set.concept in read.vaccines
        case _:
            return False


def _codes(kind: Kind, sets: Sequence[CodeSet], lists: Lists, release: FhirVersion, version: str) -> Element:
    found: dict[str, dict[str, tuple[ListedCode, list[Element]]]] = defaultdict(dict)
    for code_set in sets:
        for code in code_set.codes:
            _, targets = found[code.system].setdefault(code.code, (code, []))
            targets.append(_target(code_set.id, code, release))
    return {
        **published(
            "ConceptMap",
            f"{kind}-concept",
            title=f"From {kind} codes to concepts",
            description=f"Which concept each listed {kind} code is read as, and how: a comment says it where the code "
            f"does not simply mean the concept. Lists of version {lists.version}.",
            version=version,
        ),
        "copyright": "\n\n".join(lists.notices[system] for system in sorted(found)),
        "group": [
            {
                "source": SYSTEM_URIS[system],
                "target": code_system(CONCEPT),
                "element": [{**coded(code), "target": targets} for code, targets in codes.values()],
            }
            for system, codes in sorted(found.items())
        ],
    }


def _target(concept: str, code: ListedCode, release: FhirVersion) -> Element:
    relation, comment = _read_as(code.meaning, release, prefix=code.prefix)
    return {"code": concept, **relation, **comment}


@cache
def _read_as(meaning: str, release: FhirVersion, *, prefix: bool) -> tuple[dict[str, str], dict[str, str]]:
    """How a code of this meaning stands to its concept, and what has to be said of it."""
    said = [] if meaning in _PLAIN else [meaning]
    if prefix:
        said.append("with every longer code")
    otherwise = _DENIED if meaning == _DENYING else _RELATED
    relation = _NARROWER if meaning in _ASSERTING else otherwise
    return _relation(relation, release), {"comment": "; ".join(said)} if said else {}


def _relation(relation: tuple[str, str], release: FhirVersion) -> dict[str, str]:
    r4, r5 = relation
    return {"relationship": r5} if release is FhirVersion.R5 else {"equivalence": r4}


def _rules(lists: Lists, packs: Sequence[Pack], release: FhirVersion, version: str) -> Element:
    by_concept: dict[str, dict[str, None]] = defaultdict(dict)
    for pack in packs:
        for rule in pack.rules:
            read = reads(rule)
            for code_set in lists.sets:
                if read_by(code_set, read):
                    by_concept[code_set.id][rule.id] = None
    elements = [
        {
            "code": concept,
            "target": [{"code": rule, **_relation(_RELATED, release)} for rule in rules],
        }
        for concept, rules in sorted(by_concept.items())
    ]
    group = {"source": code_system(CONCEPT), "target": code_system("rule"), "element": elements}
    return element(
        **published(
            "ConceptMap",
            RULES,
            title="From concepts to rules",
            description="Which rules of the installed packs read a concept, be it as a finding, a question, a note, or "
            "what ends one of them.",
            version=version,
        ),
        group=[group] if elements else [],
    )
