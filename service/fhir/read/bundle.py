"""Bundles of every type, one inside the other: every entry of them once, as data or with the reason why not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from service.core.chart import Label, SetAside, Source, Unreadable
from service.fhir.read.received import KINDS, MOST_LABELS, Received, labels_of
from service.fhir.read.references import type_and_id
from service.fhir.read.resource_types import KNOWN_TYPES, OLDER_TYPES
from service.fhir.read.searches import Search
from service.fhir.refused import Case, Issue, Refused

_MOST_INNER: Final = 10  # Bundles inside each other; a search inside a batch-response is the second
_TYPE_NAME: Final = re.compile(r"[A-Za-z]{1,64}")
_UNKNOWN: Final = "unknown"

_BUNDLE_TYPES: Final = frozenset(
    [
        "collection",
        "searchset",
        "transaction",
        "batch",
        "transaction-response",
        "batch-response",
        "history",
        "document",
        "message",
        "subscription-notification",
    ]
)
_FIRST_ENTRY: Final = {"document": "Composition", "message": "MessageHeader"}

# Types whose entry is just that resource, and how a Bundle's entry may say that it is data.
_PLAIN_TYPES: Final = KNOWN_TYPES - {"Bundle", "OperationOutcome"}
_WRITES: Final = frozenset({"POST", "PUT"})
_DATA: Final = frozenset({"match", "include"})

_make = tuple.__new__  # half the cost of a NamedTuple's own __new__, and two are made for every entry


@dataclass(slots=True)
class Contents:
    """What came in, while it is unpacked."""

    max_entries: int
    count: int = 0  # entries so far, and so the position of the next
    received: list[Received] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    searches: list[Search] = field(default_factory=list)
    remarks: dict[str, None] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)  # reference → position of the DELETE, in a history
    is_history: bool = False  # newest first, FHIR says
    older_types: int = 0

    def remark(self, words: str) -> None:
        """Note a fault of the input as a whole, once."""
        self.remarks[words] = None

    def take_chart(self, resource: dict[str, Any]) -> None:
        """A Bundle, or a single resource as an entry of its own. Raises Refused where entries are too many."""
        if resource.get("resourceType") == "Bundle":
            self.take_bundle(resource)
        else:
            search = Search({}, is_search=False)
            _Bundle(self, search).take([{"resource": resource}])
            self.searches.append(search)
        self._refuse_too_many(0)

    def take_bundle(
        self, bundle: dict[str, Any], labels: tuple[Label, ...] = (), barred: str = "", depth: int = 0
    ) -> None:
        """All entries of a Bundle, those of inner Bundles in their place."""
        type_ = bundle.get("type")
        if not isinstance(type_, str) or type_ not in _BUNDLE_TYPES:
            self.remark("a Bundle without a type that FHIR knows was read as a collection")
        if bundle.get("implicitRules") is not None:
            barred = "its Bundle names implicitRules that are not known here"
        entries = bundle.get("entry")
        if isinstance(entries, dict):
            self.remark("the entry of a Bundle had no list around it")
            entries = [entries]
        if not isinstance(entries, list):
            entries = []
        self._refuse_too_many(len(entries))
        self.is_history |= type_ == "history"
        search = Search(bundle, is_search=type_ == "searchset")
        inner = _Bundle(
            self,
            search,
            labels=tuple(dict.fromkeys((*labels, *labels_of(bundle.get("meta")))))[:MOST_LABELS],
            barred=barred,
            depth=depth,
            is_history=type_ == "history",
        )
        inner.take(entries)
        self.searches.append(search)

    def next_source(self, type_: str, reference: str | None) -> Source:
        """Count an entry that holds no resource to be read."""
        self.count += 1
        return Source(self.count - 1, type_, reference)

    def _refuse_too_many(self, more: int) -> None:
        if self.count + more > self.max_entries:
            message = f"the chart has more than {self.max_entries} entries, the limit here: send fewer"
            raise Refused(Case.TOO_MANY_ENTRIES, Issue("too-costly", message))


@dataclass(slots=True)
class _Bundle:
    """One Bundle whose entries are being taken."""

    contents: Contents
    search: Search
    labels: tuple[Label, ...] = ()
    barred: str = ""
    depth: int = 0
    is_history: bool = False

    def take(self, entries: Sequence[Any]) -> None:
        """All entries. Almost all are plain, and pass here without being looked at closer."""
        contents, labels, barred = self.contents, self.labels, self.barred
        append = contents.received.append
        count = contents.count
        for entry in entries:
            try:
                resource = entry["resource"]
                type_ = resource["resourceType"]
                full_url = entry["fullUrl"]
                is_plain = (
                    type_ in _PLAIN_TYPES
                    and full_url[0] > " "
                    and "response" not in entry
                    and ("request" not in entry or entry["request"]["method"] in _WRITES)
                    and ("search" not in entry or entry["search"]["mode"] in _DATA)
                    and ("meta" not in resource or "security" not in resource["meta"])
                )
            except (KeyError, TypeError, IndexError):
                count = self._take_closer(entry, count)
                continue
            if is_plain and full_url.__class__ is str:
                source = _make(Source, (count, type_, full_url, labels))
                append(_make(Received, (resource, source, full_url, barred)))
                count += 1
            else:
                count = self._take_closer(entry, count)
        contents.count = count

    def _keep(self, resource: dict[str, Any], type_: str, full_url: str) -> None:
        labels = tuple(dict.fromkeys((*self.labels, *labels_of(resource.get("meta")))))
        contents = self.contents
        source = Source(contents.count, type_, _reference(resource, type_, full_url) or None, labels)
        contents.count += 1
        contents.received.append(Received(resource, source, full_url, self.barred))

    def _take_closer(self, entry: Any, count: int) -> int:  # noqa: ANN401 - any JSON
        """An entry that is not plain, after `count` others; how many there are with it."""
        self.contents.count = count
        self._take_odd(entry)
        return self.contents.count

    def _take_odd(self, entry: Any) -> None:  # noqa: ANN401 - any JSON
        """An entry that is a request or an answer, holds a Bundle or an outcome, or is not well formed."""
        if not isinstance(entry, dict):
            self._lose(_UNKNOWN, "the entry is no object")
            return
        resource = entry.get("resource")
        full_url = _stripped(entry.get("fullUrl"))
        if self._is_only_request(entry, resource, full_url):
            return
        answer = entry.get("response")
        if isinstance(answer, dict):
            self._note_answer(answer)
        if resource is None:
            self._without_resource(entry, full_url)
            return
        type_ = resource.get("resourceType") if isinstance(resource, dict) else None
        if not isinstance(resource, dict) or not isinstance(type_, str) or not _TYPE_NAME.fullmatch(type_):
            self._lose(_UNKNOWN, "it has no resourceType that names a type", full_url)
        elif type_ not in KNOWN_TYPES:
            self._lose_unknown(type_, _reference(resource, type_, full_url))
        elif type_ == "Bundle":
            self._take_inner(resource, full_url)
        elif type_ == "OperationOutcome":
            self.search.note_outcome(resource)
            self._keep(resource, type_, full_url)
        elif _mode(entry) == "outcome":
            self._put_aside(type_, "it is about the search, not found by it", _reference(resource, type_, full_url))
        else:
            self._keep(resource, type_, full_url)

    def _lose_unknown(self, type_: str, reference: str) -> None:
        if type_ in OLDER_TYPES:
            self.contents.older_types += 1
            self._lose(type_, "it comes from a FHIR version before 4.0", reference)
        else:
            self._lose(type_, "its type is none that FHIR knows", reference)

    def _take_inner(self, bundle: dict[str, Any], full_url: str) -> None:
        if self.depth >= _MOST_INNER:
            self._lose("Bundle", "it stands inside too many other Bundles", full_url)
        else:
            self.contents.take_bundle(bundle, self.labels, self.barred, self.depth + 1)

    def _is_only_request(self, entry: dict[str, Any], resource: object, full_url: str) -> bool:
        """Whether the entry asks for something else than to write its resource; it is counted if so."""
        request = entry.get("request")
        method = request.get("method") if isinstance(request, dict) else None
        if method is None:
            return False
        method = method.upper() if isinstance(method, str) else ""
        if method in _WRITES:
            return False
        type_, reference = _requested(entry, resource, full_url)
        if method == "DELETE":
            if self.is_history and reference:
                self.contents.deleted[reference] = self.contents.count
            self._put_aside(type_, "it asks to delete something, and is no evidence", reference)
        elif method in ("GET", "HEAD"):
            self._put_aside(type_, "it asks for data, and holds none", reference)
        elif method == "PATCH":
            self._lose(type_, "it changes a resource that is not here (PATCH)", reference)
        else:
            self._lose(type_, "its request.method is none that FHIR knows", reference)
        return True

    def _note_answer(self, answer: dict[str, Any]) -> None:
        outcome = answer.get("outcome")
        status = answer.get("status")
        if outcome is not None:
            self.search.note_outcome(outcome)
        elif isinstance(status, str) and status.strip()[:1] in ("4", "5"):
            self.search.note_failure()

    def _without_resource(self, entry: dict[str, Any], full_url: str) -> None:
        type_, reference = _requested(entry, None, full_url)
        if isinstance(entry.get("response"), dict):
            self._put_aside(type_, "it is an answer without a resource", reference)
        else:
            self._lose(type_, "it holds no resource", reference)

    def _lose(self, type_: str, reason: str, reference: str = "") -> None:
        source = self.contents.next_source(type_, reference or None)
        self.contents.unreadable.append(Unreadable(source, KINDS.get(type_), reason))

    def _put_aside(self, type_: str, reason: str, reference: str = "") -> None:
        source = self.contents.next_source(type_, reference or None)
        self.contents.set_aside.append(SetAside(source, reason))


def bundle_faults(bundle: dict[str, Any], at: str) -> list[Issue]:
    """Why a Bundle at the top of a request can't be read at all; `at` is its FHIRPath."""
    entries = bundle.get("entry")
    if entries is not None and not isinstance(entries, list | dict):
        return [Issue("structure", "entry is not a list: send the chart's resources as Bundle.entry", f"{at}.entry")]
    first = _FIRST_ENTRY.get(type_) if isinstance(type_ := bundle.get("type"), str) else None
    if first is None or not entries or not isinstance(entries, list):
        return []
    resource = entries[0].get("resource") if isinstance(entries[0], dict) else None
    if isinstance(resource, dict) and resource.get("resourceType") == first:
        return []
    message = f"the first entry of a {type_} must be a {first}: send it first, or send a Bundle of type collection"
    return [Issue("invalid", message, f"{at}.entry[0].resource")]


def _requested(entry: dict[str, Any], resource: object, full_url: str) -> tuple[str, str]:
    """Type and reference of what an entry is about: its resource, else what its request names."""
    own = resource.get("resourceType") if isinstance(resource, dict) else None
    request = entry.get("request")
    url = _stripped(request.get("url")) if isinstance(request, dict) else ""
    parts = type_and_id(url) or type_and_id(full_url)
    named = own if isinstance(own, str) else parts[1] if parts else url.partition("?")[0]
    return (named if named in KNOWN_TYPES else _UNKNOWN), full_url or (f"{parts[1]}/{parts[2]}" if parts else "")


def _reference(resource: dict[str, Any], type_: str, full_url: str) -> str:
    """How the sender can find an entry again: its fullUrl, else `Type/id`; "" where it has neither."""
    id_ = _stripped(resource.get("id"))
    return full_url or (f"{type_}/{id_}" if id_ else "")


def _mode(entry: dict[str, Any]) -> object:
    search = entry.get("search")
    return search.get("mode") if isinstance(search, dict) else None


def _stripped(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
