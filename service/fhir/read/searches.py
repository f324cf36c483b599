"""What the answer to a search says about a list: empty, cut off, or refused (clinical rules, section 3.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from service.core.chart import Kind, ListSign
from service.fhir.read.received import KINDS
from service.fhir.read.resource_types import KNOWN_TYPES

_NAME: Final = re.compile(r"[A-Z][A-Za-z]+")
_TWO_HUMPS: Final = re.compile(r"[A-Z][a-z]+[A-Z]")  # a type's name that is no English word

# A tuple, not a set: what is looked for in it may be any JSON, also a list.
_HARMLESS: Final = ("warning", "information", "success")
# Warnings that something was left out.
_LEFT_OUT: Final = (
    "incomplete",
    "suppressed",
    "security",
    "forbidden",
    "too-costly",
    "too-long",
    "timeout",
    "throttled",
    "transient",
)

# Search parameters that leave the list whole, and the values without which others do not.
_WHOLE: Final = frozenset({"patient", "subject", "page", "offset", "verification-status:not", "status:not"})
_WHOLE_RESULT: Final = frozenset(
    {
        "_count",
        "_format",
        "_pretty",
        "_sort",
        "_total",
        "_summary",
        "_elements",
        "_include",
        "_revinclude",
        "_offset",
        "_page",
        "_getpages",
        "_getpagesoffset",
        "_bundletype",
        "_maxresults",
    }
)
_WHOLE_IF: Final = {
    "clinical-status": "active",
    "status": "active",
    "intent": "order",
    "category": "problem-list-item",
}


@dataclass(slots=True)
class Search:
    """A Bundle as the answer to a query: where it came from, where more is, and what went wrong."""

    bundle: dict[str, Any]
    is_search: bool
    outcomes: list[tuple[str, frozenset[str]]] = field(default_factory=list)  # state, types that it names

    def note_outcome(self, outcome: object) -> None:
        """Keep what an OperationOutcome says about the query."""
        state, words = _outcome(outcome)
        if state:
            self.outcomes.append((state, _types_in(words)))

    def note_failure(self) -> None:
        """Keep that a query failed and nothing says which."""
        self.outcomes.append(("failed", frozenset()))

    def link(self, *relations: str) -> str:
        """The URL of the first link with one of these relations; "" where there is none."""
        links = self.bundle.get("link")
        for link in links if isinstance(links, list) else (links,):
            if isinstance(link, dict) and link.get("relation") in relations:
                url = link.get("url")
                if isinstance(url, str) and url.strip():
                    return url.strip()
        return ""

    def matches(self) -> int:
        """How many entries the search matched."""
        entries = self.bundle.get("entry")
        return sum(1 for entry in entries if _is_match(entry)) if isinstance(entries, list) else 0

    def total(self) -> int | None:
        """How many matches the server says there are."""
        total = self.bundle.get("total")
        return total if isinstance(total, int) and not isinstance(total, bool) else None


def search_signs(searches: Sequence[Search]) -> Iterator[ListSign]:
    """What all the Bundles of a request say about its lists."""
    pages = {url for search in searches if (url := search.link("self"))}
    for search in searches:
        asked = _asked(search.link("self"))
        for state, types in search.outcomes:
            reason = (
                "the system that was asked refused it or failed"
                if state == "failed"
                else "the system that was asked left something out"
            )
            yield from _signs(_named_kinds(types, asked), state, reason)
        following = search.link("next")
        if following and following not in pages:
            yield from _signs(asked, "incomplete", "there are further pages that were not sent")
        elif search.is_search and not search.outcomes and asked:
            yield from _counted(search, asked)


def _counted(search: Search, asked: frozenset[Kind]) -> Iterator[ListSign]:
    total, matches = search.total(), search.matches()
    if matches == 0 and total in (None, 0):
        if _is_whole(search.link("self")):
            yield from _signs(asked, "empty", "searched, and nothing was found")
    elif total is not None and total > matches and not search.link("previous", "prev", "next"):
        yield from _signs(asked, "incomplete", "fewer entries were sent than the search found")


def _signs(kinds: Iterable[Kind] | None, state: str, reason: str) -> Iterator[ListSign]:
    """A sign for each kind; for every one where it is not known which (None)."""
    for kind in Kind if kinds is None else sorted(kinds):
        yield ListSign(kind, state, reason)


def _asked(url: str) -> frozenset[Kind] | None:
    """The lists that a search asks for, by its `self` link; None where it does not say."""
    try:
        split = urlsplit(url)
    except ValueError:
        return None
    segments = [unquote(segment) for segment in split.path.split("/") if segment]
    if segments and segments[-1] == "_search":
        segments.pop()
    if not segments or segments[-1] not in KNOWN_TYPES:
        return None
    types = {segments[-1]}
    for name, value in parse_qsl(split.query):
        if name.partition(":")[0] == "_revinclude":
            if value == "*":
                return None
            types.add(value.partition(":")[0])
    return frozenset(KINDS[type_] for type_ in types if type_ in KINDS)


def _is_whole(url: str) -> bool:
    """Whether a search asks for the whole of a current list, so that no match means that it is empty."""
    for name, value in parse_qsl(urlsplit(url).query):
        bare = name.partition(":")[0] if name.startswith(("patient", "subject")) else name
        if bare in _WHOLE or bare in _WHOLE_RESULT or bare.partition(".")[0] in ("patient", "subject"):
            continue
        codes = {token.rpartition("|")[2] for token in value.split(",")}
        if _WHOLE_IF.get(bare) not in codes:
            return False
    return True


def _is_match(entry: object) -> bool:
    if not isinstance(entry, dict):
        return True
    search, resource = entry.get("search"), entry.get("resource")
    if isinstance(resource, dict) and resource.get("resourceType") == "OperationOutcome":
        return False
    return not isinstance(search, dict) or search.get("mode") not in ("include", "outcome")


def _outcome(outcome: object) -> tuple[str, str]:
    """The state that an OperationOutcome puts its list in ("" for none), and its words."""
    issues = outcome.get("issue") if isinstance(outcome, dict) else None
    state = ""
    words: list[str] = []
    for issue in issues if isinstance(issues, list) else (issues,):
        if not isinstance(issue, dict):
            continue
        if issue.get("severity") not in _HARMLESS:
            state = "failed"
        elif issue.get("code") in _LEFT_OUT and not state:
            state = "incomplete"
        details = issue.get("details")
        said = [issue.get("diagnostics"), details.get("text") if isinstance(details, dict) else None]
        for name in ("expression", "location"):
            places = issue.get(name)
            said += places if isinstance(places, list) else [places]
        words += [one for one in said if isinstance(one, str)]
    return state, " ".join(words)


def _types_in(words: str) -> frozenset[str]:
    """The resource types that words name: those that rules read, else those whose name is no English word."""
    names = frozenset(_NAME.findall(words)) & KNOWN_TYPES
    return names & KINDS.keys() or frozenset(name for name in names if _TWO_HUMPS.match(name))


def _named_kinds(types: frozenset[str], asked: frozenset[Kind] | None) -> frozenset[Kind] | None:
    if asked is not None or not types:
        return asked
    return frozenset(KINDS[type_] for type_ in types if type_ in KINDS)
