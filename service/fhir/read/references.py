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


class References:
    """Finds entries. Its indexes are built when first something has to be found."""

    def __init__(self, received: Sequence[Received]) -> None:
        """Take all entries of the chart."""
        self._received = received

    @cached_property
    def _by_url(self) -> dict[str, list[Received]]:
        return _index((unversioned(one.full_url)[0], one) for one in self._received if one.full_url)

    @cached_property
    def _by_type_and_id(self) -> dict[tuple[str, str], list[Received]]:
        return _index(((one.source.type, identity(one)), one) for one in self._received)

    @cached_property
    def _by_id(self) -> dict[str, list[Received]]:
        return _index((identity(one).lower(), one) for one in self._received)

    @cached_property
    def _by_identifier(self) -> dict[tuple[str, str], list[Received]]:
        return _index((found, one) for one in self._received for found in identifiers(one.resource))

    def find(self, reference: object, near: str = "", of_type: str = "") -> Received | None:
        """The entry that a Reference means; `near` is the fullUrl of the entry it stands in.

        An identifier counts only where there is no literal reference, and only for one entry `of_type`.
        """
        literal = reference_string(reference)
        if literal and "?" not in literal:
            return self._literal(literal, near)
        identifier = identifier_of(reference)
        if identifier is None:
            return None
        found = [one for one in self._by_identifier.get(identifier, ()) if of_type in ("", one.source.type)]
        return found[0] if len(found) == 1 else None

    def _literal(self, literal: str, near: str) -> Received | None:
        plain, version = unversioned(literal)
        found = self._by_url.get(plain)
        if found:
            return _of_version(found, version)
        parts = type_and_id(plain)
        if parts is None:
            # A urn that no fullUrl carries: some senders leave the fullUrl out, and use the id alone.
            alone = self._by_id.get(plain.rpartition(":")[2]) if plain.startswith(_URN) else None
            return alone[0] if alone and len(alone) == 1 and not alone[0].full_url else None
        base, type_, id_ = parts
        same = self._by_type_and_id.get((type_, id_), [])
        if base:
            # Another server's resource may have the same id: two absolute addresses are never taken for one.
            same = [one for one in same if not is_absolute(one.full_url)]
        elif (beside := type_and_id(unversioned(near)[0])) is not None:
            found = self._by_url.get(f"{beside[0]}/{type_}/{id_}" if beside[0] else "")
            same = found or same
        return _of_version(same, version)


def is_absolute(url: str) -> bool:
    """Whether a fullUrl is an address on a server (not a urn, not relative)."""
    return "://" in url


def _of_version(found: Sequence[Received], version: str) -> Received | None:
    """The entry of this version, else the one there is.

    Of two copies that contradict each other always the same one, in whatever order they came.
    """
    for one in found:
        meta = one.resource.get("meta")
        if version and isinstance(meta, dict) and meta.get("versionId") == version:
            return one
    same = {one.full_url for one in found}
    if len(same) != 1 or (len(found) > 1 and "" in same):
        return None
    return min(found, key=lambda one: repr(one.resource)) if len(found) > 1 else found[0]


def _index(pairs: Iterable[tuple[Any, Received]]) -> dict[Any, list[Received]]:
    index: dict[Any, list[Received]] = defaultdict(list)
    for key, one in pairs:
        index[key].append(one)
    return dict(index)


def contained(resource: dict[str, Any], reference: object) -> dict[str, Any] | None:
    """The contained resource that a reference such as "#med" means; None for any other reference."""
    literal = reference_string(reference)
    if not literal.startswith("#"):
        return None
    given = resource.get("contained")
    for one in given if isinstance(given, list) else (given,):
        if isinstance(one, dict):
            id_ = one.get("id")
            # FHIR forbids the `#` in the id itself; it is sent all the same.
            if isinstance(id_, str) and id_.lstrip("#") == literal[1:]:
                return one
    return None
