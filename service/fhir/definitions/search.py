"""Searching the published definitions: by id, canonical, name and version, in pages where they are asked for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

import orjson

from service.fhir.definitions.capability import SEARCHED_BY
from service.fhir.definitions.catalogue import Catalogue, Definition, address
from service.fhir.refused import Case, Issue, Refused
from service.fhir.versions import FhirVersion

_COUNT: Final = "_count"
_OFFSET: Final = "_offset"  # only in the links of a page
_SUMMARY: Final = "_summary"
_SHAPED_BY: Final[Mapping[str, str]] = {
    _COUNT: "must be a whole number: how many resources a page holds; 0 gives the total alone",
    _OFFSET: "is part of a page's link, as it stands there",
    _SUMMARY: "must be true, false or count",
}
# Known on every FHIR path; the web looks at them.
_EVERYWHERE: Final = ("_format", "_pretty")

_NAME: Final = re.compile(r"[A-Za-z0-9_:.-]{1,40}")
_WHOLE: Final = re.compile(r"\d{1,9}")
_SUMMARIES: Final = frozenset({"true", "false", "count"})


def search(
    catalogue: Catalogue, type_: str, query: Sequence[tuple[str, str]], release: FhirVersion, *, base: str
) -> bytes:
    """The searchset Bundle for a type and a query.

    `base`: the endpoint's own, without a slash at its end. Raises Refused for a parameter that is not offered, is
    given twice, or has a value that can't be read.
    """
    asked = read_query(query)
    wanted = {name: value.split(",") for name, value in asked.items() if name in SEARCHED_BY}
    found = [each for each in catalogue.of_type(type_, release).values() if _fits(each, wanted)]
    start, end = _page(asked, len(found))
    links = [{"relation": "self", "url": _link(base, type_, asked)}]
    if start < end < len(found):
        links.append({"relation": "next", "url": _link(base, type_, {**asked, _OFFSET: str(end)})})
    head = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": links}
    entries = b",".join(_entry(each, base, summary=asked.get(_SUMMARY) == "true") for each in found[start:end])
    return orjson.dumps(head)[:-1] + (b',"entry":[' + entries + b"]}" if entries else b"}")


def read_query(query: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The parameters that choose or shape the answer, in their own order: equal searches are equal."""
    counts = Counter(name for name, _ in query)
    values = dict(query)
    issues = [
        Issue("value", f"{_shown(name)} {fault}") for name in counts if (fault := _fault(name, values, counts[name]))
    ]
    if issues:
        raise Refused(Case.BAD_PARAMETER, *issues)
    return {name: values[name] for name in (*SEARCHED_BY, *_SHAPED_BY) if name in values}


def _fault(name: str, values: Mapping[str, str], count: int) -> str:
    if name not in SEARCHED_BY and name not in _SHAPED_BY and name not in _EVERYWHERE:
        known = ", ".join((*SEARCHED_BY, _COUNT, _SUMMARY, *_EVERYWHERE))
        return f"is no search parameter here: known are {known}"
    if count > 1:
        return "is given more than once"
    sound = {
        _COUNT: _WHOLE.fullmatch(values[name]),
        _OFFSET: _WHOLE.fullmatch(values[name]),
        _SUMMARY: values[name] in _SUMMARIES,
    }
    return "" if sound.get(name, True) else _SHAPED_BY[name]


def _fits(definition: Definition, wanted: Mapping[str, list[str]]) -> bool:
    return all(_matches(name, definition.found_by[name], values) for name, values in wanted.items())


def _matches(name: str, value: str, wanted: list[str]) -> bool:
    """FHIR compares a string by how it begins, whatever its case; the others as they are."""
    if SEARCHED_BY[name] == "string":
        return any(value.lower().startswith(each.lower()) for each in wanted)
    return value in wanted


def _page(asked: Mapping[str, str], total: int) -> tuple[int, int]:
    """From where to where of what was found."""
    if asked.get(_SUMMARY) == "count":
        return 0, 0
    start = min(int(asked.get(_OFFSET, "0")), total)
    return start, min(start + int(asked.get(_COUNT, total)), total)


def _entry(definition: Definition, base: str, *, summary: bool) -> bytes:
    where = orjson.dumps(address(definition, base))
    resource = definition.summary if summary else definition.body
    return b'{"fullUrl":' + where + b',"resource":' + resource + b',"search":{"mode":"match"}}'


def _shown(name: str) -> str:
    """A parameter's name as an error may repeat it: a sender may have put anything there."""
    return name if _NAME.fullmatch(name) else "a parameter with an unreadable name"


def _link(base: str, type_: str, asked: Mapping[str, str]) -> str:
    return f"{base}/{type_}?{urlencode(asked)}" if asked else f"{base}/{type_}"
