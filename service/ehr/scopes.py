"""Scopes: SMART 1 (`patient/Observation.read`), SMART 2 (`.rs`), or names that only a vendor knows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_RESOURCE: Final = re.compile(
    r"(?:patient|user|system)/(?P<type>\*|[A-Z][A-Za-z]+)\.(?P<rights>\*|read|write|[cruds]+)(?:\?.*)?"
)
# Known, and about no resource.
_OTHER: Final = re.compile(
    r"openid|profile|fhirUser|email|address|phone|offline_access|online_access|launch(/.*)?|smart/.*"
)


def may_ask(scope: str, resource_type: str, *, is_read: bool) -> bool:
    """Whether a query could succeed with these scopes. False only where it would surely fail.

    >>> may_ask("launch patient/Condition.rs", "Observation", is_read=False)
    False
    >>> may_ask("launch patient/Condition.rs Epic.Clinical.Read", "Observation", is_read=False)
    True
    """
    scopes = scope.split()
    if not scopes:
        return True
    for each in scopes:
        match = _RESOURCE.fullmatch(each)
        if match is None:
            if not _OTHER.fullmatch(each):
                return True
        elif match["type"] in ("*", resource_type) and _permits(match["rights"], is_read=is_read):
            return True
    return False


def read_scopes(resource_types: Iterable[str], *, smart_1: bool) -> str:
    """The scopes to ask for: reading these types, and nothing else."""
    return " ".join(f"system/{each}.{'read' if smart_1 else 'rs'}" for each in sorted(resource_types))


def _permits(rights: str, *, is_read: bool) -> bool:
    return rights in ("*", "read") or (rights != "write" and ("r" if is_read else "s") in rights)
