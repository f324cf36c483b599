"""References: from what a resource points at to the entry that holds it (FHIR checklist, section 8)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Final

from service.fhir.read.received import Received, identity

_TYPE: Final = re.compile(r"[A-Z][A-Za-z]+")
_ID: Final = re.compile(r"[^?#\s]+")
_CONDITIONAL: Final = re.compile(r"[A-Z][A-Za-z]+\?(?:.*&)?identifier=(?P<system>[^|&]*)(?:\||%7C)(?P<value>[^&]+)")
_URN: Final = ("urn:uuid:", "urn:oid:")


def unversioned(reference: str) -> tuple[str, str]:
    """A reference without its version, and the version: "Patient/1/_history/2" → ("Patient/1", "2")."""
    plain, _, version = reference.strip().partition("/_history/")
    return (plain.lower() if plain.lower().startswith(_URN) else plain), version


def type_and_id(reference: str) -> tuple[str, str, str] | None:
    """Base ("" for a relative reference), type and id; None for a urn or anything else."""
    path, _, id_ = reference.rpartition("/")
    base, _, type_ = path.rpartition("/")
    return (base, type_, id_) if _TYPE.fullmatch(type_) and _ID.fullmatch(id_) else None


def reference_string(reference: object) -> str:
    """The literal reference of a Reference; "" where it has none. A bare string is taken for one."""
    literal = reference.get("reference") if isinstance(reference, dict) else reference
    return literal.strip() if isinstance(literal, str) else ""


def display_of(reference: object) -> str:
    """The words of a Reference; "" where it has none."""
    words = reference.get("display") if isinstance(reference, dict) else None
    return words.strip() if isinstance(words, str) else ""


def identifier_of(reference: object) -> tuple[str, str] | None:
    """System and value of a logical reference, also of a conditional one ("Patient?identifier=system|value")."""
    if not isinstance(reference, dict):
        return None
    found = _identifier(reference.get("identifier"))
    if found is not None:
        return found
    match = _CONDITIONAL.match(reference_string(reference))
    return (match["system"], match["value"]) if match else None


def identifiers(resource: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """System and value of each identifier of a resource."""
    given = resource.get("identifier")
    found = (_identifier(one) for one in (given if isinstance(given, list) else (given,)))
    return tuple(identifier for identifier in found if identifier is not None)


def _identifier(raw: object) -> tuple[str, str] | None:
    if not isinstance(raw, dict):
        return None
    system, value = raw.get("system"), raw.get("value")
    if not isinstance(value, str) or not value.strip():
        return None
    return (system.strip() if isinstance(system, str) else "", value.strip())


class _Copies:
    """Entries of one name. Mostly there is one; a hostile chart has thousands, so nothing is looked for twice."""

    __slots__ = ("_by_version", "_only", "found")

    def __init__(self) -> None:
        self.found: list[Received] = []
        self._by_version: dict[object, Received] | None = None
        self._only: Received | None = None

    def of_version(self, version: str) -> Received | None:
        """The entry of this version, else the one there is; None where several different ones have the name."""
        if len(self.found) == 1:
            return self.found[0]
        if self._by_version is None:
            self._by_version = {_version_id(one): one for one in self.found}
            if len({one.full_url or one.source.position for one in self.found}) == 1:
                # Of copies that contradict each other always the same one, in whatever order they came.
                self._only = min(self.found, key=lambda one: repr(one.resource))
        return (self._by_version.get(version) if version else None) or self._only


_Index = dict[Any, _Copies]


class References:
    """Finds entries. Its indexes are built when first something has to be found."""

    def __init__(self, received: Sequence[Received]) -> None:
        """Take all entries of the chart."""
        self._received = received

    @cached_property
    def _by_plain_url(self) -> dict[str, Received] | None:
        """Entries by fullUrl, where no two have the same and each can be compared as it stands; else None.

        So it is in almost every chart, and costs a tenth of the index that allows for anything.
        """
        plain = {one.full_url: one for one in self._received if one.full_url}
        urls = [one.full_url for one in self._received if one.full_url]
        written = "\n".join(urls)
        lower = written.lower()
        if len(plain) < len(urls) or "/_history/" in written or written.split() != urls:
            return None
        return plain if lower == written or "urn:" not in lower else None

    @cached_property
    def _by_url(self) -> _Index:
        return _index((unversioned(one.full_url)[0], one) for one in self._received if one.full_url)

    @cached_property
    def _by_name(self) -> _Index:
        return _index(((one.source.type, identity(one)), one) for one in self._received)

    @cached_property
    def _by_name_without_server(self) -> _Index:
        pairs = (((one.source.type, identity(one)), one) for one in self._received if not is_absolute(one.full_url))
        return _index(pairs)

    @cached_property
    def _by_id(self) -> _Index:
        return _index((identity(one).lower(), one) for one in self._received if not one.full_url)

    @cached_property
    def _by_identifier(self) -> _Index:
        return _index(
            (key, one)
            for one in self._received
            for found in dict.fromkeys(identifiers(one.resource))
            for key in ((found, one.source.type), (found, ""))
        )

    def find(self, reference: object, near: str = "", of_type: str = "") -> Received | None:
        """The entry that a Reference means; `near` is the fullUrl of the entry it stands in.

        An identifier counts only where there is no literal reference, and only for one entry `of_type`.
        """
        literal = reference_string(reference)
        if literal and "?" not in literal:
            return self._literal(literal, near)
        identifier = identifier_of(reference)
        copies = self._by_identifier.get((identifier, of_type)) if identifier is not None else None
        return copies.found[0] if copies is not None and len(copies.found) == 1 else None

    def _literal(self, literal: str, near: str) -> Received | None:
        plain, version = unversioned(literal)
        if self._by_plain_url is not None:
            found = self._by_plain_url.get(plain)
            if found is not None:
                return found
            copies = None
        else:
            copies = self._by_url.get(plain)
        if copies is None:
            copies = self._by_parts(plain, near)
        return copies.of_version(version) if copies is not None else None

    def _by_parts(self, plain: str, near: str) -> _Copies | None:
        parts = type_and_id(plain)
        if parts is None:
            # A urn that no fullUrl carries: some senders leave the fullUrl out, and use the id alone.
            copies = self._by_id.get(plain.rpartition(":")[2]) if plain.startswith(_URN) else None
            return copies if copies is not None and len(copies.found) == 1 else None
        base, type_, id_ = parts
        if base:
            # Another server's resource may have the same id: two absolute addresses are never taken for one.
            return self._by_name_without_server.get((type_, id_))
        beside = type_and_id(unversioned(near)[0])
        copies = self._by_url.get(f"{beside[0]}/{type_}/{id_}") if beside is not None and beside[0] else None
        return copies or self._by_name.get((type_, id_))


def is_absolute(url: str) -> bool:
    """Whether a fullUrl is an address on a server (not a urn, not relative)."""
    return "://" in url


def _version_id(one: Received) -> object:
    meta = one.resource.get("meta")
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return version if isinstance(version, str) else None


def _index(pairs: Iterable[tuple[Any, Received]]) -> _Index:
    index: _Index = defaultdict(_Copies)
    for key, one in pairs:
        index[key].found.append(one)
    return dict(index)


def contained_resources(resource: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The contained resources by their ids. FHIR forbids a `#` in the id itself; it is sent all the same."""
    given = resource.get("contained")
    found: dict[str, dict[str, Any]] = {}
    for one in given if isinstance(given, list) else (given,):
        if isinstance(one, dict) and isinstance(one.get("id"), str):
            found.setdefault(one["id"].lstrip("#"), one)
    return found
