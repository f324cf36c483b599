"""SMART `system/` scopes, version 1 and 2: what an access token allows."""

from __future__ import annotations

import re
from typing import Final

_SCOPE: Final = re.compile(r"system/(\*|[A-Z][A-Za-z]*)\.(\*|read|write|(?=[cruds])c?r?u?d?s?)")
_LETTERS: Final = {"*": "cruds", "read": "rs", "write": "cud"}


def allows(scope: str, resource_type: str, interaction: str) -> bool:
    """Whether a scope claim allows an interaction (`c`, `r`, `u`, `d` or `s`) with a type.

    A scope with a condition (`system/RiskAssessment.rs?…`) allows less than it seems and is not counted: what is
    asked here knows no conditions.

    >>> allows("system/Patient.rs system/RiskAssessment.cr", "RiskAssessment", "c")
    True
    >>> [allows(scope, "RiskAssessment", "s") for scope in ("system/*.read", "user/*.read", "system/RiskAssessment.sr")]
    [True, False, False]
    """
    for one in scope.split():
        match = _SCOPE.fullmatch(one)
        if match and match[1] in ("*", resource_type) and interaction in _LETTERS.get(match[2], match[2]):
            return True
    return False
