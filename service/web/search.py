"""The query of a FHIR search → what the store is asked for, and the Bundle that answers it."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from service.core.dates import parse_span
from service.fhir.canonical import BASE
from service.fhir.primitives import is_id
from service.fhir.refused import Case, Issue, Refused
from service.store.search import Patient, Place, Search, Term, Token, When
from service.web.keeping import moments
from service.web.parameters import shown
from service.web.prefer import preferred

_DATE: Final = re.compile(r"(eq|ne|gt|ge|lt|le|sa|eb|ap)?(\d{4}(?:-.*)?)")
_MOST_VALUES: Final = 100  # of a whole search
_MINUTE: Final = re.compile(r"T\d\d:\d\d(?!:)")
_EVERYWHERE: Final = frozenset({"_format", "_pretty"})
_USUAL: Final = 20
_MOST: Final = 200
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PAGE: Final = "_page"

Reader = Callable[[str], Term | None]
"""One value of a parameter → what it asks for; None where nothing can match. Raises ValueError with advice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A search as it was understood."""

    search: Search
    used: tuple[tuple[str, str], ...] = field(repr=False)  # the parameters, for the self link
    only_total: bool = False


def token(name: str, system: str | None = None) -> Reader:
    """A token; `system|code`, `|code` and `code` are its forms."""

    def read(value: str) -> Term | None:
        given, found, code = value.rpartition("|")
        if system is None or not found or not given or given == system:
            return Token(name, code)
        return None

    return read


def text(name: str) -> Reader:
    """A text that has to be equal."""
    return lambda value: Token(name, value)


def _read_patient(value: str) -> Term:
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:.*", value):
        return Patient(subject=value)
    return Patient(patient=value.removeprefix("Patient/"))


def _read_date(value: str) -> Term:
    match = _DATE.fullmatch(value.replace(" ", "+"))  # in a URL an unescaped `+` arrives as a blank
    span = parse_span(match[2]) if match else None
    if match is None or span is None:
        raise ValueError("must be a FHIR date, if need be with a prefix, such as 2026-03-02 or ge2026-03")
    first, last = moments(span)
    if span.instant is not None and _MINUTE.search(match[2]):
        last = first + timedelta(minutes=1, microseconds=-1)
    return When(match[1] or "eq", first, last)


RESULTS: Final[Mapping[str, Reader]] = {
    "_id": token("id"),
    "identifier": token("id", f"{BASE}/screening"),
    "subject": _read_patient,
    "patient": _read_patient,
    "date": _read_date,
    "method": token("method", f"{BASE}/CodeSystem/rule-pack"),
    "risk": token("risk", f"{BASE}/CodeSystem/headline"),
    "headline": token("headline", f"{BASE}/CodeSystem/headline"),
}
EVENTS: Final[Mapping[str, Reader]] = {
    "_id": token("id"),
    "patient": _read_patient,
    "date": _read_date,
    "agent": text("agent"),
}
_RESULT_WORDS: Final = ("_count", "_sort", "_summary", _PAGE)
_SORTED_BY: Final = {"date": True, "_lastUpdated": False}


def read_search(query: Sequence[tuple[str, str]], readers: Mapping[str, Reader]) -> Asked:
    """Understand a search. Raises Refused for what is not known or can't be read; all faults at once."""
    faults: list[Issue] = []
    groups: list[tuple[Term, ...]] = []
    words: dict[str, str] = {}
    used: list[tuple[str, str]] = []
    lenient = preferred("handling") == "lenient"
    for name, value in query:
        plain = name.removesuffix(":Patient") if name in ("subject:Patient", "patient:Patient") else name
        if name in _EVERYWHERE:
            used.append((name, value))
            continue
        if plain in readers:
            _take(plain, value, readers[plain], groups, faults)
        elif name in _RESULT_WORDS and name not in words:
            words[name] = value
        elif name in words:
            faults.append(Issue("value", f"{name} is given more than once"))
        elif lenient:
            continue
        else:
            known = ", ".join(sorted({*readers, *_RESULT_WORDS, *_EVERYWHERE} - {_PAGE}))
            faults.append(Issue("value", f"{shown(name)} is no search parameter here: known are {known}"))
            continue
        if name != _PAGE:
            used.append((name, value))
    if sum(map(len, groups)) > _MOST_VALUES:
        faults.append(Issue("value", f"more than {_MOST_VALUES} values are asked for: ask in several searches"))
    search = _search(groups, words, faults)
    if faults:
        raise Refused(Case.BAD_PARAMETER, *faults)
    return Asked(search=search, used=tuple(used), only_total=search.count == 0 or words.get("_summary") == "count")


def _take(name: str, value: str, reader: Reader, groups: list[tuple[Term, ...]], faults: list[Issue]) -> None:
    """One parameter: its values, separated by commas, are alternatives. A blank one asks for nothing."""
    if not value.strip():
        return
    terms: list[Term] = []
    for each in value.split(","):
        try:
            term = reader(each.strip())
        except ValueError as fault:
            faults.append(Issue("value", f"{name} {fault}"))
            continue
        if term is not None:
            terms.append(term)
    groups.append(tuple(terms))


def _search(groups: Sequence[tuple[Term, ...]], words: Mapping[str, str], faults: list[Issue]) -> Search:
    count = words.get("_count", str(_USUAL)).strip()
    if not (count.isascii() and count.isdigit()):
        faults.append(Issue("value", "_count must be a whole number"))
        count = str(_USUAL)
    sort = words.get("_sort", "-_lastUpdated").strip()
    key = sort.removeprefix("-")
    if key not in _SORTED_BY:
        known = ", ".join((*_SORTED_BY, *(f"-{each}" for each in _SORTED_BY)))
        faults.append(Issue("value", f"_sort must be one of {known}"))
    if words.get("_summary", "false") not in ("false", "count"):
        faults.append(Issue("value", "_summary must be false or count"))
    return Search(
        groups=tuple(groups),
        by_occurrence=_SORTED_BY.get(key, False),
        descending=sort.startswith("-"),
        count=min(int(count[:6]), _MOST),
        after=_place(words.get(_PAGE, ""), faults),
    )


def _place(written: str, faults: list[Issue]) -> Place | None:
    """Where the page before ended, as a `next` link has it."""
    if not written:
        return None
    try:
        moment, _, id_ = urlsafe_b64decode(written).decode().partition(" ")
        place = Place(_EPOCH + timedelta(microseconds=int(moment)), id_)
    except (ValueError, OverflowError):
        place = None
    if place is None or not is_id(place.id):
        faults.append(Issue("value", f"{_PAGE} is not as a link of this service has it: search anew"))
        return None
    return place


def _written(place: Place) -> str:
    microseconds = (place.moment - _EPOCH) // timedelta(microseconds=1)
    return urlsafe_b64encode(f"{microseconds} {place.id}".encode()).decode()


def searchset(
    asked: Asked, url: str, *, total: int, entries: Sequence[dict[str, Any]], ends: Place | None
) -> dict[str, Any]:
    """The Bundle that answers a search. `url`: of what was searched, without a query."""
    links = [{"relation": "self", "url": _link(url, asked.used)}]
    if ends is not None and not asked.only_total:
        links.append({"relation": "next", "url": _link(url, (*asked.used, (_PAGE, _written(ends))))})
    if asked.search.after is not None:
        links.append({"relation": "first", "url": _link(url, asked.used)})
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": total, "link": links}
    if entries and not asked.only_total:
        bundle["entry"] = list(entries)
    return bundle


def _link(url: str, query: Sequence[tuple[str, str]]) -> str:
    return f"{url}?{urlencode(query)}" if query else url
