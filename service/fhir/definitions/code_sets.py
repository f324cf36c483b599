"""The code lists as FHIR: a ValueSet for each concept, and the CodeSystem of the concepts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from service.core.code_sets import CodeSet, ListedCode, Lists
from service.fhir.canonical import code_system, structure, value_set
from service.fhir.definitions.metadata import published
from service.fhir.definitions.vocabulary import MEANING
from service.fhir.elements import SYSTEM_URIS, Element, element

CONCEPT: Final = "concept"  # the CodeSystem whose codes are the ids of these ValueSets

_CONCEPTS: Final = "Concepts of the code lists"
_MARKED: Final = (
    "Every code that the lists hold for this concept, in groups by how a code is read (extension `meaning`): not all "
    "of them say that the patient has it."
)
_LONGER: Final = " A filter stands for the longer codes that a listed code speaks for."


def concept_value_sets(lists: Lists, version: str) -> Iterator[Element]:
    """A ValueSet for each concept. `version`: of the packs."""
    for code_set in lists.sets:
        about = f"{code_set.label}: {code_set.about}. " if code_set.about else f"{code_set.label}. "
        longer = _LONGER if any(code.prefix for code in code_set.codes) else ""
        systems = sorted({code.system for code in code_set.codes})
        yield {
            **published(
                "ValueSet",
                code_set.id,
                title=code_set.label,
                description=f"{about}{_MARKED}{longer} Lists of version {lists.version}.",
                version=version,
            ),
            "copyright": "\n\n".join(lists.notices[system] for system in systems),
            "compose": element(include=list(_included(code_set)), exclude=list(_excluded(code_set))),
        }


def concept_value_set(version: str) -> Element:
    """The ValueSet of all concepts."""
    return {
        **published("ValueSet", CONCEPT, title=_CONCEPTS, description="Every concept of the lists.", version=version),
        "compose": {"include": [{"system": code_system(CONCEPT)}]},
    }


def concept_code_system(lists: Lists, version: str) -> Element:
    """The concepts of the lists as codes: what codes are mapped to, and rules read."""
    concepts = [
        {
            "code": code_set.id,
            "display": code_set.label,
            "definition": code_set.about or code_set.label,
            "property": [{"code": "kind", "valueCode": code_set.kind.value}],
        }
        for code_set in lists.sets
    ]
    head = published(
        "CodeSystem",
        CONCEPT,
        title=_CONCEPTS,
        description="What a code of a chart can be read as. Each has a ValueSet of the same id, with its codes.",
        version=version,
    )
    kind = {"code": "kind", "description": "What the codes of the concept are codes of.", "type": "code"}
    return element(
        **head,
        caseSensitive=True,
        valueSet=value_set(CONCEPT),
        content="complete",
        count=len(concepts),
        property=[kind],
        concept=concepts,
    )


def coded(code: ListedCode) -> Element:
    """The code, and its display where the list may carry one."""
    return {"code": code.code, "display": code.display} if code.display else {"code": code.code}


def _included(code_set: CodeSet) -> Iterator[Element]:
    for (system, meaning), codes in _grouped(code_set.codes).items():
        marked = [{"url": structure(MEANING.id), "valueCode": meaning}]
        yield {"extension": marked, "system": SYSTEM_URIS[system], "concept": [coded(code) for code in codes]}
        longer = [code.code for code in codes if code.prefix]
        if longer:
            yield {"extension": marked, "system": SYSTEM_URIS[system], "filter": [_longer_than(longer)]}


def _excluded(code_set: CodeSet) -> Iterator[Element]:
    """What the longest listed code takes out of a prefix: another concept's."""
    for system, codes in _by_system(code_set.elsewhere).items():
        yield {"system": SYSTEM_URIS[system], "concept": [coded(code) for code in codes]}
        longer = [code.code for code in codes if code.prefix]
        if longer:
            own = [code.code for code in code_set.codes if code.system == system]
            yield {"system": SYSTEM_URIS[system], "filter": [_longer_than(longer, but=own)]}


def _longer_than(prefixes: Iterable[str], but: Iterable[str] = ()) -> Element:
    """A filter for every code that goes on after one of these; `but`: codes that stay out of it."""
    begins = tuple(prefixes)
    spared = "|".join(re.escape(code) for code in but if code.startswith(begins) and code not in begins)
    look = f"(?!({spared})$)" if spared else ""
    return {"property": "code", "op": "regex", "value": f"^{look}({'|'.join(map(re.escape, begins))}).+$"}


def _grouped(codes: Iterable[ListedCode]) -> dict[tuple[str, str], list[ListedCode]]:
    grouped: dict[tuple[str, str], list[ListedCode]] = defaultdict(list)
    for code in codes:
        grouped[code.system, code.meaning].append(code)
    return grouped


def _by_system(codes: Iterable[ListedCode]) -> dict[str, list[ListedCode]]:
    grouped: dict[str, list[ListedCode]] = defaultdict(list)
    for code in codes:
        grouped[code.system].append(code)
    return grouped
