"""Query parameters of paths that have none of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from service.fhir.refused import Case, Issue, Refused

_EVERYWHERE: Final = ("_format", "_pretty")
_NAME: Final = re.compile(r"[A-Za-z0-9_:.-]{1,40}")


def only_everywhere(names: Iterable[str]) -> None:
    """Raise Refused for every parameter but those that each FHIR path knows."""
    unknown = [name for name in names if name not in _EVERYWHERE]
    if unknown:
        known = " and ".join(_EVERYWHERE)
        issues = (Issue("value", f"{shown(name)} is no parameter here: known are {known}") for name in unknown)
        raise Refused(Case.BAD_PARAMETER, *issues)


def shown(name: str) -> str:
    """A parameter's name as an error may repeat it: a sender may have put anything there."""
    return name if _NAME.fullmatch(name) else "a parameter with an unreadable name"
